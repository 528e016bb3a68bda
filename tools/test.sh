#!/bin/sh
# All checks and all tests. The last line is pytest's; the exit code says whether all of it passed.
cd "$(dirname "$0")/.." || exit 1
tools/environment.sh dev || exit 1
tools/browser.sh
tools/check.sh
checks=$?
.venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --no-loadscope-reorder "$@"
tests=$?
[ "$tests" -ne 0 ] && exit "$tests"
exit "$checks"
