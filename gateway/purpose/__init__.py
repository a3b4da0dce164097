"""Purposes: YAML in, all findings at once or compiled plans out; and the book of those in force. Pure but for reading files."""
