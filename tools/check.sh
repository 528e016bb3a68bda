#!/bin/sh
# Style, types and the plan of the house; says which of them failed.
cd "$(dirname "$0")/.." || exit 1
failed=
.venv/bin/ruff format --check --quiet . >/dev/null || failed="$failed format (make format)"
.venv/bin/ruff check --quiet --output-format concise . || failed="$failed ruff"
.venv/bin/mypy --no-error-summary || failed="$failed mypy"
.venv/bin/lint-imports --no-logo >.venv/lint-imports.log 2>&1 || {
    cat .venv/lint-imports.log
    failed="$failed lint-imports"
}
if [ -n "$failed" ]; then
    echo "Checks that failed:$failed"
    exit 1
fi
echo "Checks passed: format, ruff, mypy, lint-imports."
