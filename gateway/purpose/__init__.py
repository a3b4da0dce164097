"""Purposes: YAML in, all findings at once or compiled plans out; and the book of those in force.

Rule: everything is pure but `book`, which reads the files.
"""
