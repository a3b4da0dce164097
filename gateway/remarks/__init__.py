"""Reading remarks in a process of its own, so that nobody else's lookup ever waits for it."""
