# The tasks of this repository; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

ENVIRONMENTS := pipelines features training serving
PYTHON ?= python3.12
UV := .venvs/uv/bin/uv
UV_VERSION := $(shell sed -n 's/^uv = "\(.*\)"/\1/p' infra/versions.toml)
export UV_PYTHON_DOWNLOADS := never
# An index can be slow, and uv's own half a minute and three tries are little for gigabytes.
export UV_HTTP_TIMEOUT ?= 180
export UV_HTTP_RETRIES ?= 8
export PYTHONPATH := $(CURDIR)

# What each environment runs, and so where it is type-checked; the component.py files are KFP's.
TYPED_pipelines := pipelines components/images.py $(wildcard components/*/component.py)
TYPED_features := feature_repo components/ingest components/validate_data components/build_features \
	components/materialize components/retrieve_features
TYPED_training := components/train components/validate
TYPED_serving := serving benchmarks components/settings.py components/image_digests.py components/fit_detectors components/publish \
	tests/cluster tests/examples/cluster
$(foreach step,features training serving,$(eval UNTYPED_$(step) := ! -name component.py))

.PHONY: help
help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(ENVIRONMENTS:%=.venvs/%/.synced) ## Install the four environments from the lock (a second run installs nothing)

$(UV): infra/versions.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null || { \
		echo "Ontime needs Python 3.12: install it (Debian and Ubuntu: python3.12 and python3.12-venv), or name one with PYTHON=/path/to/python3.12." >&2; exit 1; }
	@echo "Installing uv $(UV_VERSION) into .venvs/uv"
	@$(PYTHON) -m venv --clear .venvs/uv
	@.venvs/uv/bin/python -m pip install --quiet --disable-pip-version-check --timeout 180 --retries 8 uv==$(UV_VERSION)
	@touch $@

.venvs/%/.synced: $(UV) uv.lock
	@echo "Installing the $* environment from uv.lock into .venvs/$*"
	@UV_PROJECT_ENVIRONMENT=.venvs/$* $(UV) sync --quiet --frozen --python .venvs/uv/bin/python --group $* --group test
	@touch $@

.venvs/audit/.synced: $(UV) uv.lock
	@UV_PROJECT_ENVIRONMENT=.venvs/audit $(UV) sync --quiet --frozen --python .venvs/uv/bin/python --only-group audit
	@touch $@

# What the pipelines stand at: the whole year, which the gate's full limits are meant for.
AS_OF ?= 2014-01-02
PIPELINES := .venvs/pipelines/bin/python -m pipelines

.PHONY: demo
demo: setup ## Show the whole road, then serve it: until Ctrl-C in a terminal (under 7 minutes until then)
	@$(PIPELINES) demo

.PHONY: serve
serve: .venvs/serving/.synced ## Serve what is published on this machine: REST on 8000, gRPC on 5001
	@exec .venvs/serving/bin/python -m serving.local --with-parent

.PHONY: bench
bench: .venvs/serving/.synced .venvs/mlserver/.synced ## Measure what is published beside the stock parts (about 9 minutes)
	@exec .venvs/serving/bin/python -m benchmarks.serving

.PHONY: run
run: setup ## Run both pipelines as of AS_OF, with the defaults of their parameters
	@$(PIPELINES) run features --as-of $(AS_OF)
	@$(PIPELINES) run training --as-of $(AS_OF)

.PHONY: compile
compile: .venvs/pipelines/.synced ## Compile the pipelines to YAML, for Kubeflow Pipelines
	@$(PIPELINES) compile

.PHONY: format
format: .venvs/pipelines/.synced ## Format the code and mend what ruff can mend
	@.venvs/pipelines/bin/ruff check --fix .
	@.venvs/pipelines/bin/ruff format .

.PHONY: lint
lint: .venvs/pipelines/.synced ## Check style, format and the direction of imports
	.venvs/pipelines/bin/ruff check .
	.venvs/pipelines/bin/ruff format --check .
	.venvs/pipelines/bin/lint-imports

.PHONY: types
types: $(ENVIRONMENTS:%=types-%) ## Check the types, each part in the environment that runs it

types-%: .venvs/%/.synced
	@echo "Checking the types of the $* environment"
	@find $(TYPED_$*) tests/*/$* -name '*.py' $(UNTYPED_$*) -print0 | xargs -0 .venvs/$*/bin/mypy --cache-dir .mypy_cache/$*

.PHONY: test
test: $(ENVIRONMENTS:%=test-%) ## Run every test, each in the environment of what it tests

# The local runner is tested with steps in each environment.
test-pipelines: setup

test-%: .venvs/%/.synced
	.venvs/$*/bin/pytest tests/unit/$* tests/contract/$* tests/integration/$*

.PHONY: test-cluster
test-cluster: .venvs/serving/.synced ## Test images, steps and publishing on the cluster that KUBECONFIG names
	.venvs/serving/bin/pytest tests/cluster

.PHONY: images
images: $(UV) ## Build the images with docker, podman or buildah, and say how large they are
	@infra/images/build.sh

.PHONY: sbom
sbom: $(UV) ## Write what packages are in each image to .ontime/sbom (CycloneDX)
	@infra/images/sbom.sh

.PHONY: audit
audit: .venvs/audit/.synced ## Ask for known vulnerabilities of the packages in each image
	@infra/images/audit.sh

.PHONY: cluster
cluster: ## Bring up a cluster of kind with the whole platform (needs a container engine, see docs/cluster.md)
	@infra/kubernetes/cluster.sh up

.PHONY: cluster-down
cluster-down: ## Remove the cluster of kind, with everything that is in it
	@infra/kubernetes/cluster.sh down

.PHONY: check
check: ## Run what CI runs
	@bash .ci/run
