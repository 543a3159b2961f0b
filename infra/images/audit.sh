#!/usr/bin/env bash
# Asks for known vulnerabilities of every package in each image, and ends with 0 only if there was an answer for
# every one of them and no vulnerability in any.
#
#   IMAGES     which of them (features training serving)
#   SERVICE    whom to ask: pypi (the package index's own API) or osv
set -uo pipefail
cd "$(dirname "$0")/../.."
service=${SERVICE:-pypi}
requirements=$(mktemp)
trap 'rm -f "$requirements"' EXIT
failed=()
read -r -a images <<< "${IMAGES:-features training serving}"
for image in "${images[@]}"; do
    echo "The packages of ontime-$image, asked of $service"
    .venvs/uv/bin/uv export --quiet --frozen --only-group "$image" --no-annotate --no-header > "$requirements" &&
        # Strict: a package of which the service knows nothing has not been audited.
        .venvs/audit/bin/pip-audit --strict --progress-spinner off --vulnerability-service "$service" \
            --requirement "$requirements" --disable-pip --require-hashes || failed+=("$image")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "Not free of known vulnerabilities, or not audited, see above: ${failed[*]}." >&2
    echo "A service that cannot be reached, or that knows none of the packages, has not said that all is well." >&2
    exit 1
fi
