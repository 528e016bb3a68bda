#!/bin/sh
# Find a browser for the browser tests, or install Debian's chromium where we may.
set -u

[ -n "${PAVILION_BROWSER:-}" ] && exit 0
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done

as_root=
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null && as_root="sudo -n"
fi
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || [ -n "$as_root" ]; }; then
    echo "No browser found; installing Debian's chromium ..."
    log=$(mktemp)
    if { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        exit 0
    fi
    tail -n 3 "$log"
    rm -f "$log"
fi

cat <<'END'
*******************************************************************************
*  NO BROWSER: chromium is not here and cannot be installed by this account.  *
*  The browser tests are SKIPPED; everything else runs. Install chromium to   *
*  run them.                                                                  *
*******************************************************************************
END
