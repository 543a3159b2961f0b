#!/usr/bin/env bash
# Builds the images of infra/images/Dockerfile with the container engine that is there, and says how large they are.
#
#   IMAGES                  which of them (serving features training)
#   ONTIME_IMAGE_REGISTRY   their registry, and
#   ONTIME_IMAGE_TAG        their tag, and
#   PYTHON_IMAGE            what they stand on; by default those of infra/versions.toml
#   BUILD_ENGINE            docker, podman or buildah; by default the first that answers
#   BUILD_FLAGS             what this engine needs beside, such as "--network=host --isolation chroot"
set -euo pipefail
cd "$(dirname "$0")/../.."

pinned() { # SECTION NAME
    sed -n "/^\[$1\]/,/^\[/s/^$2 = \"\(.*\)\"/\1/p" infra/versions.toml
}

# What the environment asks for by name, in the versions of the lock.
packages() { # ENVIRONMENT
    local names
    names=$(sed -n "/^$1 = \[/,/^\]/s/^ *\"\([A-Za-z0-9-]*\).*/\1/p" pyproject.toml | paste -s -d '|')
    .venvs/uv/bin/uv export --quiet --frozen --only-group "$1" --no-hashes --no-annotate --no-header |
        sed 's/ ;.*//; s/\[.*\]//' | grep -E -x "($names)==.*" | paste -s -d ' '
}

build() { # ENVIRONMENT
    local arguments=(
        --file infra/images/Dockerfile
        --target "$1"
        --tag "$registry/ontime-$1:$tag"
        --build-arg PYTHON_IMAGE="$python_image"
        --build-arg UV_VERSION="$(pinned tools uv)"
        --build-arg REVISION="$revision"
        --label org.opencontainers.image.title="ontime-$1"
        --label org.opencontainers.image.licenses=Apache-2.0
        --label org.opencontainers.image.revision="$revision"
        --label org.opencontainers.image.version="$version"
        --label ontime.packages="$(packages "$1")"
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
        buildah) # What it lists as size counts layers twice.
            local container enter=()
            # Who is not root mounts in a namespace where they are.
            [ "$(id -u)" = 0 ] || enter=(buildah unshare)
            container=$(buildah from "$name")
            # shellcheck disable=SC2016 # expanded in that namespace
            "${enter[@]}" bash -c 'du -s --bytes --one-file-system "$(buildah mount "$1")"' du "$container" | cut -f 1
            buildah rm "$container" > /dev/null
            ;;
    esac | numfmt --to=si --suffix=B --format="$name  %.2f"
}

engine=$(infra/images/engine.sh)
registry=${ONTIME_IMAGE_REGISTRY:-$(pinned images registry)}
tag=${ONTIME_IMAGE_TAG:-$(pinned images tag)}
python_image=${PYTHON_IMAGE:-$(pinned images python)}
version=$(sed -n '/^\[project\]/,/^\[/s/^version = "\(.*\)"/\1/p' pyproject.toml)
revision=$(git describe --always --dirty --abbrev=40 --exclude '*')

read -r -a images <<< "${IMAGES:-serving features training}"
for image in "${images[@]}"; do
    echo "Building $registry/ontime-$image:$tag with $engine"
    build "$image" || {
        echo "Not built. The images stand on $python_image; PYTHON_IMAGE names another, see docs/images.md." >&2
        exit 1
    }
done
for image in "${images[@]}"; do size "$image"; done
