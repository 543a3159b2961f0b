"""The server that a node of the graph runs under: any Seldon component class, over REST and gRPC."""
