#!/bin/sh
# Makes what `make` needs, once, and does nothing when it is already there.
#   prepare.sh run    .venv with requirements/run.txt and this checkout
#   prepare.sh dev    .venv with requirements/dev.txt, and the system's programs that the tests call
# Packages come from wherever pip is set to take them; every one is checked against its locked hash.
set -eu
cd "$(dirname "$0")/.."
kind=${1:?run or dev}
. scripts/find_python.sh

fingerprint() { cat requirements/build.txt "requirements/$1.txt" pyproject.toml | cksum | tr -d ' '; }
prepared() { [ -x .venv/bin/huiyin ] && [ "$(cat ".venv/prepared-$1" 2>/dev/null)" = "$(fingerprint "$1")" ]; }
pip() { .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check --no-input "$@"; }

prepare_environment() {
    # What dev installs holds all of run.
    if prepared "$kind" || { [ "$kind" = run ] && prepared dev; }; then
        return 0
    fi
    require_python
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "huiyin: making .venv with $("$PYTHON" --version)"
        rm -rf .venv
        "$PYTHON" -m venv .venv
    fi
    echo "huiyin: installing requirements/$kind.txt"
    # The lock is complete; --no-deps keeps out what it leaves out on purpose (requirements/instead.txt).
    rm -f .venv/prepared-run .venv/prepared-dev
    if ! { pip install --require-hashes -r requirements/build.txt \
        && pip install --require-hashes --no-deps -r "requirements/$kind.txt" \
        && pip install --no-deps --no-build-isolation --editable .; }; then
        echo "huiyin: pip could not install the packages (above is its reason). Check the network or pip's own settings, then run the same command again." >&2
        exit 1
    fi
    fingerprint "$kind" > ".venv/prepared-$kind"
}

has() { command -v "$1" >/dev/null 2>&1; }
has_postgres() { for bin in /usr/lib/postgresql/*/bin/initdb; do [ -x "$bin" ] && return 0; done; has initdb; }
has_chinese_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -n 1)" ]; }

missing_programs() {
    has_postgres || echo postgresql
    has chromium || has chromium-browser || has google-chrome || echo chromium
    has_chinese_font || echo fonts-noto-cjk
    has soffice || echo libreoffice-writer-nogui
    has pdftoppm || echo poppler-utils
}

prepare_programs() {
    missing=$(missing_programs | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] || ! has apt-get; then
        echo "huiyin: the tests need programs that are not here: $missing" >&2
        echo "huiyin: install them as root (Debian, Ubuntu: apt-get install --no-install-recommends $missing) and run the same command again." >&2
        exit 1
    fi
    echo "huiyin: installing $missing"
    log=$(mktemp)
    # No daemon is wanted: the tests start their own throw-away PostgreSQL.
    if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get -q install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
        tail -n 5 "$log" >&2
        echo "huiyin: apt-get could not install $missing(above are its last lines)." >&2
        exit 1
    fi
    rm -f "$log"
    missing=$(missing_programs | tr '\n' ' ')
    [ -z "$missing" ] || { echo "huiyin: still missing after apt-get: $missing" >&2; exit 1; }
}

case $kind in
    run) prepare_environment ;;
    dev) prepare_environment; prepare_programs ;;
    *) echo "huiyin: prepare.sh run, or prepare.sh dev" >&2; exit 2 ;;
esac
