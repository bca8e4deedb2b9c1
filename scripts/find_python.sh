# Sourced: sets PYTHON to an interpreter of 3.11 or newer that can make virtual environments, or says what is missing.

usable_python() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14; do
        if usable_python "$candidate"; then
            PYTHON=$candidate
            return 0
        fi
    done
    return 1
}

require_python() {
    find_python && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "huiyin: no Python 3.11 or newer with venv here; installing python3 and python3-venv."
        apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends python3 python3-venv >/dev/null 2>&1 || true
        find_python && return 0
    fi
    echo "huiyin: Python 3.11 or newer with the venv module is needed, and none was found." >&2
    echo "huiyin: install it (Debian, Ubuntu: apt-get install python3 python3-venv) or name one: make run PYTHON=/path/to/python3.12" >&2
    exit 1
}
