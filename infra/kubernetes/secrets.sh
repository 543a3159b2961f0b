#!/usr/bin/env bash
# Makes the secrets of the settings, where models are served and where steps run; no value is in the repository,
# on the disk or in an argument list.
#
#   secrets.sh generate       passwords for the stores of overlays/kind; those that are there already are kept
#   secrets.sh environment    what the environment holds: ONTIME_ONLINE_STORE, ONTIME_MONITOR_DATABASE_URL and,
#                             where the bucket asks for keys, the variables below that are set
#
#   KUBECTL             the client and its flags (kubectl)
#   MODELS_NAMESPACE    where models are served (ontime)
#   STEPS_NAMESPACE     where steps run (kubeflow; in a multi-user Kubeflow the profile)
set -euo pipefail
# A secret that could not be read is not one that is absent: its passwords would be made anew.
shopt -s inherit_errexit

models=${MODELS_NAMESPACE:-ontime}
steps=${STEPS_NAMESPACE:-kubeflow}
read -ra client <<< "${KUBECTL:-kubectl}"
bucket_variables=(
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION
    GOOGLE_SERVICE_ACCOUNT_KEY
    AZURE_STORAGE_ACCOUNT_NAME AZURE_STORAGE_ACCOUNT_KEY
)

# Lines of KEY=VALUE from standard input. Applied by the server, so that no annotation repeats them.
secret() { # NAMESPACE NAME
    "${client[@]}" create secret generic "$2" --namespace "$1" --from-env-file /dev/stdin --dry-run=client --output yaml |
        "${client[@]}" apply --server-side --force-conflicts --field-manager ontime-secrets --filename -
}

# No step reads the monitor's database: its password is kept where models are served.
addresses() { # ONLINE_STORE DATABASE_URL
    if [ "$steps" != "$models" ]; then
        printf 'ONTIME_ONLINE_STORE=%s\n' "$1" | secret "$steps" ontime-secrets
    fi
    printf 'ONTIME_ONLINE_STORE=%s\nONTIME_MONITOR_DATABASE_URL=%s\n' "$1" "$2" | secret "$models" ontime-secrets
}

kept_or_new() { # NAMESPACE NAME KEY
    local held
    held=$("${client[@]}" get secret "$2" --namespace "$1" --ignore-not-found --output "jsonpath={.data['$3']}" | base64 --decode)
    if [ -n "$held" ]; then echo "$held"; else head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; fi
}

generate() {
    local redis postgresql access_key secret_key artifacts_key
    redis=$(kept_or_new "$models" ontime-store-passwords redis)
    postgresql=$(kept_or_new "$models" ontime-store-passwords postgresql)
    access_key=$(kept_or_new "$models" ontime-object-store AWS_ACCESS_KEY_ID)
    secret_key=$(kept_or_new "$models" ontime-object-store AWS_SECRET_ACCESS_KEY)
    artifacts_key=$(kept_or_new "$steps" mlpipeline-minio-artifact secretkey)
    printf 'redis=%s\npostgresql=%s\n' "$redis" "$postgresql" | secret "$models" ontime-store-passwords
    # The keys of Kubeflow Pipelines itself to its artifacts.
    printf 'accesskey=pipelines\nsecretkey=%s\n' "$artifacts_key" | secret "$steps" mlpipeline-minio-artifact
    addresses "redis://:$redis@redis.$models.svc:6379/0" \
        "postgresql+psycopg://ontime:$postgresql@postgresql.$models.svc:5432/monitor"
    for namespace in "$models" "$steps"; do
        printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n' "$access_key" "$secret_key" |
            secret "$namespace" ontime-object-store
    done
}

environment() {
    : "${ONTIME_ONLINE_STORE:?is the online store\'s address, such as rediss://:password@host:6379/0}"
    : "${ONTIME_MONITOR_DATABASE_URL:?is the address of the monitor\'s database, such as postgresql+psycopg://user:password@host:5432/monitor}"
    addresses "$ONTIME_ONLINE_STORE" "$ONTIME_MONITOR_DATABASE_URL"
    for namespace in "$models" "$steps"; do
        # The key of Google is a document of several lines, whose breaks mean nothing.
        for variable in "${bucket_variables[@]}"; do
            if [ -n "${!variable:-}" ]; then printf '%s=%s\n' "$variable" "${!variable//$'\n'/}"; fi
        done | secret "$namespace" ontime-object-store
    done
}

case ${1:-} in
    generate) generate ;;
    environment) environment ;;
    *) echo "Usage: secrets.sh generate|environment" >&2; exit 2 ;;
esac
