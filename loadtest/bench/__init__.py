"""The lookup against a bare gRPC echo: what recording every disclosure costs."""
