"""What the orchestrator reads of Seldon's messages."""

from seldon_core.proto.prediction_pb2 import Feedback, SeldonMessage

from serving.local.orchestrator.walk import ALL_CHILDREN


def chosen_child(answer: SeldonMessage) -> int:
    """The child that a router's answer names: its first value; all children where it has no data."""
    kind = answer.data.WhichOneof("data_oneof")
    if kind == "ndarray":
        first = answer.data.ndarray.values[0]
        if first.WhichOneof("kind") == "list_value":
            first = first.list_value.values[0]
        return int(first.number_value)
    if kind == "tensor":
        return int(answer.data.tensor.values[0])
    return ALL_CHILDREN


def child_of_feedback(feedback: Feedback, node: str) -> int:
    """The child to which the prediction went that feedback speaks of; all where it does not say."""
    routing = feedback.response.meta.routing
    return int(routing[node]) if node in routing else ALL_CHILDREN
