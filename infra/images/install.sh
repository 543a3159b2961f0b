#!/bin/sh
# Installs /opt/requirements.txt, with its hashes, into /opt/venv, and leaves nothing else behind, itself included.
# uv is mounted at /mnt/uv, its cache at /mnt/cache.
set -eu
export UV_CACHE_DIR=/mnt/cache UV_LINK_MODE=copy PYC_INVALIDATION_MODE=UNCHECKED_HASH
# An index can be slow; the Makefile says the same.
export UV_HTTP_TIMEOUT=180 UV_HTTP_RETRIES=8
/mnt/uv/uv venv --quiet --python /usr/local/bin/python3.12 /opt/venv
/mnt/uv/uv pip sync --quiet --python /opt/venv/bin/python --require-hashes --compile-bytecode /opt/requirements.txt
find /opt/venv -type d -name tests -prune -exec rm -r {} +
rm -f /tmp/uv-*.lock "$0"
