"""The server that is measured: `huiyin serve` as it is, with the bare views beside its pages."""

from __future__ import annotations

import argparse
import os
import sys

from huiyin.ops.main import settle_data_folder


def main(port: int) -> int:
    """Serve until SIGTERM."""
    settle_data_folder(None)
    os.environ["HUIYIN_FILINGS_PER_ADDRESS"] = "0"  # two clients file what a city would
    import django
    from django.conf import settings

    settings.ROOT_URLCONF = "huiyin.ops.bench.bare"
    django.setup()
    from huiyin.ops import serve

    return serve.run(argparse.Namespace(host="127.0.0.1", port=port, threads=6, no_tick=False))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
