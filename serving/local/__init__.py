"""This machine as a cluster of one: what a published SeldonDeployment needs to run without Kubernetes."""
