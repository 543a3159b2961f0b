"""MLServer's side of the comparison, in its own environment: the network behind a runtime of its kind."""

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

OUTPUT = "probability"


class Network(MLModel):
    """ONNX Runtime on one thread, as in the other servers."""

    async def load(self) -> bool:
        """Open the network."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = self.settings.parameters.uri
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The probabilities of the one input."""
        rows = NumpyCodec.decode_input(payload.inputs[0])
        (probabilities,) = self._session.run([OUTPUT], {self._input: rows})
        output = NumpyCodec.encode_output(OUTPUT, probabilities)
        return InferenceResponse(model_name=self.name, outputs=[output])
