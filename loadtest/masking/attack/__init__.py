"""Attacks on masked releases of the synthetic city, whose truth is known.

Rule: an attack is counted in attempts and successes, with a confidence interval; a claim is broken if even the
interval's lower end lies above what the claim allows. An attack that never works proves nothing, so each has a control
beside it: the same attack on something that it must succeed against.
"""
