"""Seldon messages: what they hold, and how JSON (over REST) and protobuf (over gRPC) write that."""
