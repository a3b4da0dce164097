"""Intake: a register made of CSV files by the schema map that it will be read by."""
