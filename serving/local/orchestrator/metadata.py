"""Which nodes stand for the graph where someone asks what it takes and gives."""

from serving.local.orchestrator.graph import Node


def edges(node: Node) -> tuple[Node, Node]:
    """The node whose inputs are the graph's, and the one whose outputs are."""
    if not node.children:
        return node, node
    first, last = edges(node.children[0])
    if node.type in {"MODEL", "TRANSFORMER"}:
        return node, last
    if node.type in {"OUTPUT_TRANSFORMER", "COMBINER"}:
        return first, node
    return first, last
