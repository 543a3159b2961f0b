"""`python mlserver_messages.py write|read`: MLServer's gRPC messages, whose classes only its environment has.

`write` makes a request of the rows (JSON) on standard input, `read` the probabilities (JSON) of an answer.
"""

import json
import sys

import numpy as np
from mlserver.grpc.converters import ModelInferResponseConverter
from mlserver.grpc.dataplane_pb2 import ModelInferRequest, ModelInferResponse

MODEL = "model"


def write(content: bytes) -> bytes:
    """A request; its numbers are raw bytes, which is what costs the server least."""
    rows = np.array(json.loads(content), dtype="<f4")
    tensor = ModelInferRequest.InferInputTensor(name="rows", datatype="FP32", shape=rows.shape)
    request = ModelInferRequest(model_name=MODEL, inputs=[tensor], raw_input_contents=[rows.tobytes()])
    return request.SerializeToString()


def read(content: bytes) -> bytes:
    """The probabilities of an answer."""
    answer = ModelInferResponse.FromString(content)
    if answer.raw_output_contents:
        return json.dumps(np.frombuffer(answer.raw_output_contents[0], dtype="<f4").tolist()).encode()
    return json.dumps(list(ModelInferResponseConverter.to_types(answer).outputs[0].data)).encode()


if __name__ == "__main__":
    action = {"write": write, "read": read}[sys.argv[1]]
    sys.stdout.buffer.write(action(sys.stdin.buffer.read()))
