"""The acts of the demo, one idea each."""
