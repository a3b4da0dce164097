"""The contract departments compile against, generated from proto/gateway/v1 by `make proto`; never edited."""
