"""A small network as ONNX bytes, written without the onnx package, which only training has.

The field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

import numpy as np

FLOAT = 1
IR_VERSION = 8
OPSET = 17


def network(features: int) -> bytes:
    """`probability` = sigmoid(sum of the features / 1000), a missing one counting nothing."""
    nodes = [
        _node("IsNaN", ["rows"], "missing"),
        _node("Where", ["missing", "zero", "rows"], "filled"),
        _node("MatMul", ["filled", "weights"], "sum"),
        _node("Sigmoid", ["sum"], "probability"),
    ]
    graph = b"".join(_message(1, node) for node in nodes) + _message(2, b"small")
    graph += _message(5, _tensor("zero", np.zeros(())))
    graph += _message(5, _tensor("weights", np.full((features, 1), 0.001)))
    graph += _message(11, _value("rows", features)) + _message(12, _value("probability", 1))
    return _integer(1, IR_VERSION) + _message(7, graph) + _message(8, _integer(2, OPSET))


def _node(operator: str, inputs: list[str], output: str) -> bytes:
    names = b"".join(_message(1, name.encode()) for name in inputs)
    return names + _message(2, output.encode()) + _message(4, operator.encode())


def _tensor(name: str, values: np.ndarray) -> bytes:
    dimensions = b"".join(_integer(1, length) for length in values.shape)
    data = _message(9, values.astype("<f4").tobytes())
    return dimensions + _integer(2, FLOAT) + _message(8, name.encode()) + data


def _value(name: str, columns: int) -> bytes:
    shape = _message(1, _message(2, b"n")) + _message(1, _integer(1, columns))
    kind = _message(1, _integer(1, FLOAT) + _message(2, shape))
    return _message(1, name.encode()) + _message(2, kind)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _integer(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
