"""What a cluster adds to a step: the room it gets, and whether its outputs may be taken from a cache."""

from dataclasses import dataclass

from kfp.dsl import PipelineTask


@dataclass(frozen=True)
class Room:
    """What a step is given, as Kubernetes quantities: CPU it can count on, memory at most."""

    cpu: str = "1"
    memory: str = "2G"


# By component; the others get the default. The memory is more than twice the peak of a local run over the
# whole year of the example: 1.1 GB in the first two of these, 0.8 GB and less in all other steps.
ROOMS = {
    "retrieve-features": Room(memory="4G"),
    "train": Room(cpu="2", memory="4G"),
    "validate": Room(cpu="2"),
}


def place(task: PipelineTask, *, cached: bool = True) -> PipelineTask:
    """Give a step its room and say whether its outputs may be reused; returns the same task.

    A step that reads or writes anything besides its artifacts (the clock, the feature store, what is
    serving) is never cached: the key of the cache knows its parameters and artifacts alone.
    """
    room = ROOMS.get(task.name, Room())
    task.set_cpu_request(room.cpu)
    task.set_memory_request(room.memory)
    task.set_memory_limit(room.memory)
    return task.set_caching_options(cached)
