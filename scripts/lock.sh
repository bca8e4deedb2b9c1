#!/bin/sh
# Locks requirements/*.in into *.txt with hashes and without addresses, so that everybody's own mirror keeps working.
set -eu
cd "$(dirname "$0")/.."
. scripts/find_python.sh
require_python
if [ ! -x build/uv/bin/uv ]; then
    "$PYTHON" -m venv build/uv
    build/uv/bin/pip --quiet --disable-pip-version-check install uv
fi
lock() {
    build/uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
        --python-version 3.11 --universal --override requirements/instead.txt "$@"
}
lock requirements/build.in -o requirements/build.txt
lock requirements/run.in -o requirements/run.txt
# dev.txt holds the same versions as run.txt: tests run what ships.
lock requirements/dev.in -c requirements/run.txt -o requirements/dev.txt
