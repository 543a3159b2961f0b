#!/usr/bin/env bash
# A cluster on this machine with everything: cluster.sh up, and cluster.sh down.
# Every version is pinned in infra/versions.toml; a second `up` goes on where the first one stopped.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "$0")" && pwd)
versions=$here/../versions.toml
cluster=ontime
# Whatever else the machine's kubeconfig names is left alone.
context=(--context "kind-$cluster")
helm_context=(--kube-context "kind-$cluster")

pinned() { # NAME
    local value
    value=$(sed -n "s/^$1 = \"\(.*\)\"/\1/p" "$versions")
    [ -n "$value" ] || { echo "infra/versions.toml does not pin $1" >&2; return 1; }
    echo "$value"
}

say() { printf '\n%s\n' "$*"; }

# Every tool that is missing in one go, each with where it comes from.
need() {
    local missing=0 tool
    for tool in "$@"; do
        command -v "$tool" > /dev/null && continue
        missing=1
        case $tool in
            kind) echo "kind is missing: go install sigs.k8s.io/kind@v$(pinned kind), or https://kind.sigs.k8s.io" ;;
            kubectl) echo "kubectl is missing: https://kubernetes.io/docs/tasks/tools" ;;
            helm) echo "helm is missing: https://helm.sh/docs/intro/install" ;;
            git) echo "git is missing: kubectl fetches the manifests of Kubeflow Pipelines with it" ;;
        esac >&2
    done
    return $missing
}

# kind takes Docker unless it is told otherwise.
choose_engine() {
    if docker info > /dev/null 2>&1; then
        engine=docker
    elif podman info > /dev/null 2>&1; then
        engine=podman
        export KIND_EXPERIMENTAL_PROVIDER=podman
    else
        echo "No container engine answers: start docker, or install podman." >&2
        return 1
    fi
}

# All that is missing, tools and engine, in one run.
equip() { # TOOL...
    local missing=0
    need "$@" || missing=1
    choose_engine || missing=1
    return $missing
}

create() {
    if kind get clusters 2> /dev/null | grep -qx "$cluster"; then return; fi
    kind create cluster --name "$cluster" --image "$(pinned kind_node)" --wait 5m
}

# The node knows no registry that has our images: they are brought to it.
load_images() {
    local registry=${ONTIME_IMAGE_REGISTRY:-$(pinned registry)} tag=${ONTIME_IMAGE_TAG:-$(pinned tag)} archive image
    archive=$(mktemp)
    # shellcheck disable=SC2064 # The file's name is known now.
    trap "rm -f '$archive'" EXIT
    for environment in features training serving; do
        image=$registry/ontime-$environment:$tag
        if "$engine" image inspect "$image" > /dev/null 2>&1; then
            say "Bringing $image to the cluster"
            # Podman overwrites no archive.
            : > "$archive"
            "$engine" save --output "$archive" "$image"
            kind load image-archive --name "$cluster" "$archive"
        else
            say "$image is not on this machine: run 'make images', then 'make cluster' again."
        fi
    done
    rm -f "$archive"
}

pipelines() {
    local version
    version=$(pinned kubeflow_pipelines)
    kubectl "${context[@]}" apply --server-side --force-conflicts \
        --kustomize "https://github.com/kubeflow/pipelines/manifests/kustomize/cluster-scoped-resources?ref=$version"
    kubectl "${context[@]}" wait --for condition=established --timeout 2m crd/applications.app.k8s.io crd/workflows.argoproj.io
    kubectl "${context[@]}" apply --server-side --force-conflicts --kustomize "$here/kubeflow-pipelines"
}

charts() {
    helm "${helm_context[@]}" upgrade --install seldon-core seldon-core-operator \
        --repo https://storage.googleapis.com/seldon-charts --version "$(pinned seldon_core)" \
        --namespace seldon-system --create-namespace --set usageMetrics.enabled=false --wait --timeout 10m
    helm "${helm_context[@]}" upgrade --install monitoring kube-prometheus-stack \
        --repo https://prometheus-community.github.io/helm-charts --version "$(pinned kube_prometheus_stack)" \
        --namespace monitoring --create-namespace --values "$here/kube-prometheus-stack.yaml" --wait --timeout 15m
}

# After the charts, which bring the kinds of what is applied here.
ours() {
    kubectl "${context[@]}" apply --server-side --force-conflicts --kustomize "$here/overlays/kind"
    KUBECTL="kubectl ${context[*]}" "$here/secrets.sh" generate
}

ready() {
    # The largest of the images come from far away.
    kubectl "${context[@]}" --namespace ontime rollout status --timeout 10m statefulset/redis
    kubectl "${context[@]}" --namespace ontime rollout status --timeout 10m statefulset/postgresql
    kubectl "${context[@]}" --namespace kubeflow rollout status --timeout 15m deployment
}

key_of() { # KEY
    kubectl "${context[@]}" --namespace ontime get secret ontime-object-store --output "jsonpath={.data.$1}" | base64 --decode
}

# Its answers hold keys, and so may its complaints: nobody may see them but who asked.
weed() {
    local command=(kubectl "${context[@]}" --namespace kubeflow exec --stdin deployment/seaweedfs -- /usr/bin/weed shell)
    "${command[@]}" 2> /dev/null && return
    echo "The store of objects could not be asked; this shows why: ${command[*]} <<< s3.bucket.list" >&2
    return 1
}

# No here-document, which may come to the disk: the text holds keys.
has_word() { # WORD TEXT
    grep -qw "$1" < <(printf '%s\n' "$2")
}

# A bucket for the features, and an account that may use it and read the models, which are the pipelines' artifacts.
bucket() {
    local actions="Read:ontime,Write:ontime,List:ontime,Tagging:ontime,Read:mlpipeline,List:mlpipeline"
    local access secret buckets accounts
    access=$(key_of AWS_ACCESS_KEY_ID)
    secret=$(key_of AWS_SECRET_ACCESS_KEY)
    printf '%s\n' "s3.bucket.create -name ontime" \
        "s3.configure -user ontime -access_key $access -secret_key $secret -actions $actions -apply" |
        weed > /dev/null
    # The shell of the store ends well whatever it was asked.
    buckets=$(weed <<< "s3.bucket.list")
    accounts=$(weed <<< "s3.configure")
    has_word ontime "$buckets" || { echo "The bucket 'ontime' could not be made." >&2; return 1; }
    has_word ontime "$accounts" || { echo "The account 'ontime' could not be made." >&2; return 1; }
}

addresses() {
    say "The cluster is up. Each of these opens an address on this machine until Ctrl-C:"
    cat << END
  kubectl ${context[*]} -n kubeflow port-forward service/ml-pipeline-ui 8080:80          # pipelines: http://localhost:8080
  kubectl ${context[*]} -n monitoring port-forward service/monitoring-grafana 3000:80    # dashboards: http://localhost:3000
docs/cluster.md says how to submit a pipeline and how to ask a model.
END
}

up() {
    equip kind kubectl helm git
    create
    load_images
    pipelines
    charts
    ours
    ready
    bucket
    addresses
}

down() {
    equip kind
    kind delete cluster --name "$cluster"
}

case ${1:-} in
    up) up ;;
    down) down ;;
    *) echo "Usage: cluster.sh up|down" >&2; exit 2 ;;
esac
