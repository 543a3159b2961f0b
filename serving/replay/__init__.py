"""A stretch of the past sent to a deployment as it happened: requests in their order, then what came true."""
