"""The fictional city 潮見市: a register and a city hall from a seed, the same every time."""

from gateway.register.city.build import AlreadyThere, Summary, build_city
from gateway.register.city.cast import Cast, StaffRole, cast

__all__ = ["AlreadyThere", "Cast", "StaffRole", "Summary", "build_city", "cast"]
