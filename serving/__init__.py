"""What answers: model directories, their detectors, and the deployments made of them."""
