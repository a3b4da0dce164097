"""Sheets: lines of cells that people hand in, read so that every bad one is told by its place."""
