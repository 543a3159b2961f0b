"""A step gets its room and settings, and is only taken from the cache where its inputs are all it reads."""

from typing import Any

import pytest
from kfp import dsl
from kfp.dsl import PipelineTask

from components.images import image
from pipelines.placement import PLACEMENTS, Placement, place


@dsl.component(base_image=image("training"), install_kfp_package=False)
def train() -> None:
    pass


@dsl.component(base_image=image("features"), install_kfp_package=False)
def materialize() -> None:
    pass


@dsl.component(base_image=image("features"), install_kfp_package=False)
def unheard_of() -> None:
    pass


TASKS: dict[str, PipelineTask] = {}


@dsl.pipeline(name="three-steps")
def three_steps(accelerators: str = "0") -> None:
    TASKS["train"] = place(train(), accelerators=accelerators)
    TASKS["materialize"] = place(materialize())
    TASKS["unheard-of"] = unheard_of()


def platform(step: str) -> dict[str, Any]:
    """What Kubernetes alone reads of a step."""
    return dict(TASKS[step].platform_config["kubernetes"])


def variables(given: list[dict[str, Any]]) -> set[str]:
    return {pair["envVar"] for source in given for pair in source["keyToEnv"]}


def test_a_step_asks_for_its_own_room() -> None:
    resources = TASKS["train"].container_spec.resources
    assert (resources.cpu_request, resources.memory_limit) == ("2", "4Gi")


def test_memory_is_reserved_up_to_its_limit() -> None:
    resources = TASKS["materialize"].container_spec.resources
    assert resources.memory_request == resources.memory_limit == "1Gi"


def test_the_number_of_accelerators_is_a_parameter_of_the_run() -> None:
    resources = TASKS["train"].container_spec.resources
    assert resources.accelerator_type == "nvidia.com/gpu"
    assert resources.accelerator_count == "{{channel:task=;name=accelerators;type=String;}}"


def test_training_has_shared_memory_and_may_stand_on_a_node_with_accelerators() -> None:
    (shared,) = platform("train")["emptyDirMounts"]
    assert (shared["mountPath"], shared["medium"]) == ("/dev/shm", "Memory")
    assert platform("train")["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]


def test_a_step_that_reads_a_store_has_its_settings_and_credentials() -> None:
    config, secrets = platform("materialize")["configMapAsEnv"], platform("materialize")["secretAsEnv"]
    assert "ONTIME_FEATURE_STORE_URI" in variables(config)
    assert {"ONTIME_ONLINE_STORE", "AWS_SECRET_ACCESS_KEY"} <= variables(secrets)


def test_a_step_that_reads_a_store_asks_azure_for_the_identity_of_its_account() -> None:
    assert platform("materialize")["podMetadata"]["labels"] == {"azure.workload.identity/use": "true"}
    assert "podMetadata" not in platform("train")


def test_a_missing_key_does_not_keep_a_pod_from_starting() -> None:
    sources = platform("materialize")["configMapAsEnv"] + platform("materialize")["secretAsEnv"]
    assert {source["optional"] for source in sources} == {True}


def test_a_step_that_reads_no_store_has_no_credentials() -> None:
    assert platform("train").keys() & {"configMapAsEnv", "secretAsEnv"} == set()


@pytest.mark.parametrize(("step", "seconds"), [("train", "21600"), ("materialize", "3600")])
def test_a_step_is_ended_in_time(step: str, seconds: str) -> None:
    assert platform(step)["activeDeadlineSeconds"] == seconds


@pytest.mark.parametrize(("step", "cached"), [("train", True), ("materialize", False)])
def test_whether_a_step_may_come_from_the_cache_is_said(step: str, cached: bool) -> None:
    assert TASKS[step]._task_spec.enable_caching is cached


def test_what_reads_a_store_cannot_be_cached() -> None:
    with pytest.raises(ValueError, match="cannot be cached"):
        Placement(cached=True, settings=True)


def test_a_step_without_a_placement_is_refused() -> None:
    with pytest.raises(KeyError, match="unheard-of"):
        place(TASKS["unheard-of"])


@pytest.mark.parametrize("step", PLACEMENTS)
def test_no_step_waits_for_ever(step: str) -> None:
    assert PLACEMENTS[step].minutes > 0
