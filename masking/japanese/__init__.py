"""How Japanese names, dates and addresses are written: one table and one reader for each, for everybody who compares.

Rule: pure; what is folded here is for comparing and never shown, and every fold carries the version it was made with.
"""
