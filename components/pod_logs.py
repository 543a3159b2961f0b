"""What a container of a pod wrote, read alike by who publishes and by who follows a run."""

from typing import Any

from kubernetes.client import CoreV1Api

# What a kubelet answers, with the status 200, once the log has been cleared away.
CLEARED = "unable to retrieve container logs"


def pod_log(core: CoreV1Api, pod: str, namespace: str, **options: Any) -> str | None:
    """The log, whatever bytes the container wrote; None where it is no longer there.

    Raises what the client raises: ApiException, and HTTPError of urllib3.
    """
    # The client itself would take them all for UTF-8.
    answer = core.read_namespaced_pod_log(pod, namespace, _preload_content=False, **options)
    text = str(answer.data.decode(errors="replace"))
    return None if text.startswith(CLEARED) else text
