"""Certificates and staff tokens for development, demonstration and tests: never for a city's real staff.

Rule: the gateway itself never imports this; in earnest, a city brings its own authority and identity provider.
"""
