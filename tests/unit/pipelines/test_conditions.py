"""A condition on a named output is seen by KFP's local runner."""

from kfp.local.io import IOStore

from pipelines.local.conditions import resolving


def test_a_named_output_is_found_where_the_pipeline_says() -> None:
    store = IOStore()
    store.put_task_output("judge", "promoted", False)
    resolve = resolving({"pipelinechannel--judge-promoted": ("judge", "promoted")}, lambda *_: "not asked")
    assert resolve("pipelinechannel--judge-promoted", store) is False


def test_any_other_name_is_left_to_kfp() -> None:
    resolve = resolving({}, lambda name, _: f"kfp's {name}")
    assert resolve("pipelinechannel--target", IOStore()) == "kfp's pipelinechannel--target"
