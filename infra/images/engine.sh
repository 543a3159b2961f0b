#!/usr/bin/env bash
# Says which container engine builds images here: BUILD_ENGINE, or the first of these that answers.
set -euo pipefail
if [ -n "${BUILD_ENGINE:-}" ]; then
    echo "$BUILD_ENGINE"
    exit
fi
# A client without its daemon, or a podman that may not make a container, is not there.
for engine in docker podman buildah; do
    if "$engine" info > /dev/null 2>&1; then
        echo "$engine"
        exit
    fi
done
echo "No container engine answers: start docker, or install podman or buildah." >&2
exit 1
