"""How fast masking is, beside other packages in one run.

Rule: ratios of one run count; the absolute figures belong to the machine. Each package gets its fairest set-up: columns
named beforehand, so that nobody searches for what everybody knows is there.
"""
