"""What holds for every test: a marked rule exists, and a property is judged by its values, not by its speed."""

import pytest
from hypothesis import settings

from tools.rule_coverage import published_rules

pytest_plugins = ["tests.estates"]

settings.register_profile("register-gateway", deadline=None, print_blob=True)
settings.load_profile("register-gateway")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse to run a test that claims to show a rule which docs/rules.md does not have."""
    rules = set(published_rules())
    for item in items:
        for marker in item.iter_markers("rule"):
            unknown = [rule for rule in marker.args if rule not in rules]
            if unknown or not marker.args:
                named = ", ".join(unknown) or "none given"
                raise pytest.UsageError(f"{item.nodeid}: marker `rule` must name rules of docs/rules.md ({named})")
