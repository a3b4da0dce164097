"""The ledger: the only door out. One append records the disclosure and spends the budget."""
