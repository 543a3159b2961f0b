#!/usr/bin/env bash
# Builds the images of infra/images/Dockerfile with the container engine that is there, and says how large they are.
#
#   IMAGES                  which of them (serving features training)
#   ONTIME_IMAGE_REGISTRY   their registry, and
#   ONTIME_IMAGE_TAG        their tag; by default those of infra/versions.toml
#   PYTHON_IMAGE            what they stand on (python:3.12-slim)
#   BUILD_ENGINE            docker, podman or buildah; by default the first that answers
#   BUILD_FLAGS             what this engine needs beside, such as "--network=host --isolation chroot"
set -euo pipefail
cd "$(dirname "$0")/../.."

uv=.venvs/uv/bin/uv

pinned() { # SECTION NAME
    python3.12 - "$1" "$2" <<< 'import sys, tomllib
print(tomllib.load(open("infra/versions.toml", "rb"))[sys.argv[1]][sys.argv[2]])'
}

# A client without its daemon, or a podman that may not make a container, is not there.
engine() {
    if docker info > /dev/null 2>&1; then echo docker
    elif podman info > /dev/null 2>&1; then echo podman
    elif buildah info > /dev/null 2>&1; then echo buildah
    else
        echo "No container engine answers: start docker, or install podman or buildah." >&2
        return 1
    fi
}

# What the environment asks for by name, in the versions of the lock.
packages() { # ENVIRONMENT
    "$uv" tree --quiet --frozen --depth 1 --only-group "$1" 2> /dev/null |
        sed -n 's/^[├└]── \([^ []*\)[^ ]* v\([^ ]*\) .*/\1==\2/p' | tr '\n' ' ' | sed 's/ $//'
}

build() { # ENVIRONMENT
    local arguments=(
        --file infra/images/Dockerfile
        --target "$1"
        --tag "$registry/ontime-$1:$tag"
        --build-arg PYTHON_IMAGE="${PYTHON_IMAGE:-python:3.12-slim}"
        --build-arg UV_VERSION="$(pinned tools uv)"
        --build-arg REVISION="$revision"
        --build-arg VERSION="$version"
        --build-arg PACKAGES="$(packages "$1")"
    )
    # shellcheck disable=SC2206 # several flags in one variable
    arguments+=(${BUILD_FLAGS:-})
    case "$engine" in
        docker) DOCKER_BUILDKIT=1 docker build "${arguments[@]}" . ;;
        *) "$engine" build --format docker --layers "${arguments[@]}" . ;;
    esac
}

size() { # ENVIRONMENT
    local name="$registry/ontime-$1:$tag"
    case "$engine" in
        docker | podman) "$engine" image inspect --format '{{.Size}}' "$name" ;;
        buildah) buildah images --json "$name" | sed -n 's/.*"size": "\(.*\)".*/\1/p' | head -1 ;;
    esac | numfmt --to=si --suffix=B --format='%.2f' --invalid=ignore | sed "s|^|$name  |"
}

engine=${BUILD_ENGINE:-$(engine)}
registry=${ONTIME_IMAGE_REGISTRY:-$(pinned images registry)}
tag=${ONTIME_IMAGE_TAG:-$(pinned images tag)}
revision=$(git describe --always --dirty --abbrev=40 --exclude '*' 2> /dev/null || echo unknown)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

images=(${IMAGES:-serving features training})
for image in "${images[@]}"; do
    echo "Building $registry/ontime-$image:$tag with $engine"
    build "$image"
done
for image in "${images[@]}"; do size "$image"; done
