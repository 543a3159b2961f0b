#!/usr/bin/env bash
# Builds what the tests on a cluster need beside our own images; reads the variables of infra/images/build.sh.
#
#   IMAGES     which of them (fake-executor test-redis)
set -euo pipefail
cd "$(dirname "$0")/../../.."
engine=$(infra/images/engine.sh)
python_image=${PYTHON_IMAGE:-$(sed -n 's/^python = "\(.*\)"/\1/p' infra/versions.toml)}
export PYTHONPATH=$PWD
name() { .venvs/serving/bin/python -c 'import sys; from components.images import image; print(image(sys.argv[1]))' "$1"; }
read -r -a images <<< "${IMAGES:-fake-executor test-redis}"
for image in "${images[@]}"; do
    arguments=(
        --target "$image"
        --tag "$(name "$image")"
        --build-arg SERVING_IMAGE="$(name serving)"
        --build-arg PYTHON_IMAGE="$python_image"
    )
    # shellcheck disable=SC2206 # several flags in one variable
    arguments+=(${BUILD_FLAGS:-})
    case "$engine" in
        docker) DOCKER_BUILDKIT=1 docker build "${arguments[@]}" tests/cluster/images ;;
        *) "$engine" build --format docker --layers "${arguments[@]}" tests/cluster/images ;;
    esac
done
