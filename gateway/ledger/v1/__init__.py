"""The ledger format's generated types; made by `make proto`, never edited."""
