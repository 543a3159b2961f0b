"""Stands in for Seldon's executor on one machine: the same arguments, the same graph, the same answers.

It is written after recordings of the real one (Seldon Core 1.19) and answers as that does, its wording
included. It knows the `seldon` protocol only, and neither Kafka, tracing, TLS nor the OpenAPI page.
"""
