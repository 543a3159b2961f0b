#!/usr/bin/env bash
# Says which container engine builds images here: BUILD_ENGINE, or the first of these that answers.
set -euo pipefail
engines=${BUILD_ENGINE:-docker podman buildah}
# Each is called in its own way, so another one would not do.
case ${BUILD_ENGINE:-docker} in
    docker | podman | buildah) ;;
    *) echo "BUILD_ENGINE names docker, podman or buildah, not '$BUILD_ENGINE'." >&2; exit 2 ;;
esac
# A client without its daemon, or a podman that may not make a container, is not there.
for engine in $engines; do
    if "$engine" info > /dev/null 2>&1; then
        echo "$engine"
        exit
    fi
done
echo "No container engine answers (tried: $engines). Start docker, or install podman or buildah;" \
    "BUILD_ENGINE names one." >&2
exit 1
