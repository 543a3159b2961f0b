#!/usr/bin/env bash
# Writes the software bill of materials of each image: its Python packages as they are locked, with their hashes
# and who needs whom, as CycloneDX. What the base image brings is told by the base image.
#
#   IMAGES     which of them (features training serving)
#   SBOM       where to (.ontime/sbom)
set -euo pipefail
cd "$(dirname "$0")/../.."
directory=${SBOM:-.ontime/sbom}
mkdir -p "$directory"
read -r -a images <<< "${IMAGES:-features training serving}"
for image in "${images[@]}"; do
    .venvs/uv/bin/uv export --quiet --frozen --only-group "$image" --format cyclonedx1.5 \
        --output-file "$directory/ontime-$image.cdx.json" > /dev/null
    echo "$directory/ontime-$image.cdx.json"
done
