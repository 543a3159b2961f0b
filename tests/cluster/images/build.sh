#!/usr/bin/env bash
# Builds the fake executor on the serving image; reads the variables of infra/images/build.sh.
set -euo pipefail
cd "$(dirname "$0")/../../.."
engine=$(infra/images/engine.sh)
name() { .venvs/serving/bin/python -c 'import sys; from components.images import image; print(image(sys.argv[1]))' "$1"; }
export PYTHONPATH=$PWD
arguments=(--build-arg SERVING_IMAGE="$(name serving)" --tag "$(name fake-executor)")
# shellcheck disable=SC2206 # several flags in one variable
arguments+=(${BUILD_FLAGS:-})
case "$engine" in
    docker) DOCKER_BUILDKIT=1 docker build "${arguments[@]}" tests/cluster/images ;;
    *) "$engine" build --format docker "${arguments[@]}" tests/cluster/images ;;
esac
