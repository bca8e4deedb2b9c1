"""Data folders of earlier releases start under this one and still prove themselves.

Each archive is the demo of a release: database and keys, all fictional; the files of papers are left out to keep it small.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.trials.installation import Installation

ARCHIVES = sorted(Path(__file__).parent.glob("demo-*.tar.gz"))


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name)
def test_an_earlier_release_is_taken_over_with_its_record_whole(archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as kept:
        kept.extractall(tmp_path, filter="data")
    for key in (tmp_path / "keys").iterdir():
        key.chmod(0o400)
    folder = Installation(tmp_path, "")
    prepared = folder.run("init")
    assert prepared.returncode == 0, prepared.stderr
    report = json.loads(folder.run("verify", "--json").stdout)
    assert report["counts"]["events"] > 300
    assert {finding["kind"] for finding in report["findings"]} == {"file"}  # the files that were left out
