#!/bin/sh
# Make .venv exactly what a lock file says: `tools/environment.sh [dev]`.
# A marker is written last, so a .venv that was cut off half-way is seen and made again.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "$1" >&2
    exit 1
}

lock=requirements.lock
[ "${1:-}" = dev ] && lock=requirements-dev.lock
marker=.venv/.complete

stamp() {
    echo "$1 $(cat "$1" pyproject.toml | cksum)"
}

if [ -x .venv/bin/python ] && [ -x .venv/bin/pavilion ] && [ -f "$marker" ] \
    && grep -qxF "$(stamp "$lock")" "$marker" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if [ ! -f "$marker" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "Pavilion needs Python 3.11 or newer; install it, or say PYTHON=/path/to/python3.11."
    "$python" -c 'import ensurepip, venv' 2>/dev/null \
        || fail "This Python has no venv module; install it (on Debian: apt-get install python3-venv) and try again."
    if [ -e .venv ]; then
        echo "The folder .venv is incomplete; making it again."
        rm -rf .venv || fail "The folder .venv is incomplete and cannot be removed; delete it and try again."
    fi
    "$python" -m venv .venv || fail "The folder .venv could not be made; see the line above."
fi

rm -f "$marker"
echo "Installing the packages of $lock (the first time takes a minute or two) ..."
.venv/bin/python -m pip install --disable-pip-version-check --progress-bar off -qq \
    --require-hashes --no-deps --requirement "$lock" \
    || fail "The packages could not be installed; see the line above, and check the network and the space on the disk."
.venv/bin/python -m pip install --disable-pip-version-check -qq \
    --no-deps --no-build-isolation --no-index --editable . \
    || fail "Pavilion itself could not be installed into .venv; see the line above."
# The search for meeting times is compiled once, here and not under somebody's eyes.
.venv/bin/python -c 'from events.matchmaking.scheduler.annealing import warm; warm()' || true
{
    stamp "$lock"
    [ "$lock" = requirements.lock ] || stamp requirements.lock
} >"$marker"
