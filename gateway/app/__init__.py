"""The app: every port meets its adapter here, and nowhere else.

Rule: all that can be found wrong before serving is found at once; what serves is whole. The clock is a parameter of
this factory and of nothing else, so that no setting can move time.
"""

from gateway.app.assembly import assemble
from gateway.app.checking import CannotStart, check
from gateway.app.running import Chore, Gateway

__all__ = ["CannotStart", "Chore", "Gateway", "assemble", "check"]
