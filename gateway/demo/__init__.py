"""The embedded city: a whole gateway in one folder, for showing, measuring and testing on one machine."""
