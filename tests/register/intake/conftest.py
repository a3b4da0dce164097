"""The hamlet's files, whole and in a directory of their own."""

from pathlib import Path

import pytest

from gateway.finding import parse_yaml
from gateway.register.schema_reading import schema_map_of
from tests.register.intake.hamlet import MAP, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path, schema_map_of(parse_yaml(MAP.encode(), "map.yaml")))
