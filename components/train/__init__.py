"""The step that trains the network and exports it, with everything it needs inside, as ONNX."""
