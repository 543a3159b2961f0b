"""A step gets its room, and is only taken from the cache where its artifacts are all that it reads."""

import pytest
from kfp import dsl
from kfp.dsl import PipelineTask

from components.images import image
from pipelines.placement import place


@dsl.component(base_image=image("training"), install_kfp_package=False)
def train() -> None:
    pass


@pytest.fixture
def task() -> PipelineTask:
    tasks = []

    @dsl.pipeline(name="one-step")
    def one_step() -> None:
        tasks.append(train())

    return tasks[0]


def test_a_step_asks_for_its_own_room(task: PipelineTask) -> None:
    resources = place(task).container_spec.resources
    assert (resources.cpu_request, resources.memory_limit) == ("2", "4G")


@pytest.mark.parametrize("cached", [True, False])
def test_whether_a_step_may_come_from_the_cache_is_said(task: PipelineTask, cached: bool) -> None:
    assert place(task, cached=cached)._task_spec.enable_caching is cached
