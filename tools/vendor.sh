#!/bin/sh
# Builds server/static/vendor again from tools/vendor (needs Node with npm; nobody needs it to run Pavilion).
#   tools/vendor.sh           build and replace the committed files
#   tools/vendor.sh --check   build and compare with the committed sha256 list
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out="$here/../server/static/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/vendor/package.json" "$here/vendor/package-lock.json" "$here/vendor/app.scss" "$work/"
cd "$work"
npm ci --ignore-scripts --no-audit --no-fund --silent
mkdir built
npx --no-install sass --style=compressed --no-source-map --quiet-deps app.scss built/govuk.css
# The source map comments point at files that are not shipped.
sed 's,//# sourceMappingURL=[^ ]*$,,' node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js > built/govuk.js
sed 's,//# sourceMappingURL=[^ ]*$,,' node_modules/htmx.org/dist/htmx.min.js > built/htmx.js
cp node_modules/htmx.org/LICENSE built/LICENSE.htmx.txt
if grep -q 'url(' built/govuk.css; then
    echo "vendor.sh: the compiled style sheet asks for another file; take that component out of app.scss" >&2
    exit 1
fi
if [ "${1:-}" = "--check" ]; then
    cp "$out/LICENSE.govuk-frontend.txt" built/
    cd built
    sha256sum --check --quiet "$out/SHA256SUMS"
    echo "server/static/vendor is what tools/vendor builds."
else
    cp built/* "$out/"
    cd "$out"
    sha256sum LICENSE.govuk-frontend.txt LICENSE.htmx.txt govuk.css govuk.js htmx.js > SHA256SUMS
    cat SHA256SUMS
fi
