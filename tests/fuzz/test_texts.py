"""Texts that people write, spoilt in any way: they are read, or everything wrong in them is found; nothing else."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.field import FIELDS, Mapped, SearchKey
from gateway.finding import Findings, Source, parse_yaml
from gateway.purpose.check import check
from gateway.purpose.limits import read_limits
from gateway.register.schema_reading import schema_map_of
from gateway.settings import Settings
from tests.estates import ROOT
from tests.fuzz import mutated
from tests.test_settings import WHOLE

_LONGEST: Final = 2001
EVERYTHING: Final = Mapped(frozenset(FIELDS), frozenset(SearchKey))
CORPUS: Final = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
PURPOSES: Final = tuple(path.read_text(encoding="utf-8") for path in sorted((ROOT / "purposes").glob("*.yaml")))
LIMITS: Final = (ROOT / "config" / "limits.yaml").read_text(encoding="utf-8")
MAP: Final = (ROOT / "config" / "register-map.yaml").read_text(encoding="utf-8")


IN_FORCE: Final = read_limits(parse_yaml(LIMITS.encode(), "limits.yaml"))
READERS: Final[dict[str, Callable[[Source], object]]] = {
    "purpose": lambda source: check([source], IN_FORCE, EVERYTHING),
    "limits": read_limits,
    "map": schema_map_of,
}

SOUND: Final = {
    "purpose": parse_yaml(PURPOSES[0].encode(), "purpose.yaml"),
    "limits": parse_yaml(LIMITS.encode(), "limits.yaml"),
    "map": parse_yaml(MAP.encode(), "map.yaml"),
}


def outcome(text: str | bytes, read: Callable[[Source], object]) -> str:
    """`read`, or all that was found; whatever else is raised goes through."""
    try:
        read(parse_yaml(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"), "spoilt.yaml"))
    except Findings as found:
        return printed(found)
    return "read"


def printed(found: Findings) -> str:
    """The findings as a terminal gets them: one a line, no longer than a screen, with nothing that it cannot show."""
    text = str(found)
    text.encode()
    lines = text.split("\n")
    assert len(lines) == len(found.findings)
    assert all(len(line) <= _LONGEST for line in lines)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for line in lines for char in line)
    return text


@settings(max_examples=60)
@given(st.sampled_from(PURPOSES).flatmap(mutated.texts))
def test_a_spoilt_purpose_is_checked_or_found_out(text: str) -> None:
    """By line and column, whatever was done to it."""
    outcome(text, READERS["purpose"])


@settings(max_examples=30)
@given(mutated.texts(LIMITS))
def test_spoilt_limits_are_read_or_found_out(text: str) -> None:
    """The same."""
    outcome(text, READERS["limits"])


@settings(max_examples=20)
@given(mutated.texts(MAP))
def test_a_spoilt_schema_map_is_read_or_found_out(text: str) -> None:
    """The same; a map that is read also says what the register has."""
    outcome(text, lambda source: schema_map_of(source).mapped)


@settings(max_examples=30)
@given(text=mutated.texts(WHOLE))
def test_spoilt_settings_are_read_or_found_out(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same."""
    path = tmp_path_factory.getbasetemp() / "spoilt.yaml"
    path.write_bytes(text.encode(errors="surrogatepass"))
    try:
        Settings.read(path)
    except Findings as found:
        printed(found)


@settings(max_examples=40)
@given(st.sampled_from([*PURPOSES, LIMITS]).map(str.encode).flatmap(mutated.octets), st.sampled_from(sorted(READERS)))
def test_a_torn_file_is_read_or_found_out(octets: bytes, reader: str) -> None:
    """Flipped bits, cut ends, foreign octets; and a text in the place of another."""
    outcome(octets, READERS[reader])


_PLAIN: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=8), st.sampled_from(list(FIELDS))
)
_VALUES: Final = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(data=st.data())
def test_no_value_in_the_place_of_another_breaks_a_reader(data: st.DataObject) -> None:
    """Anything that YAML can say, anywhere in a text: lists for words, dates for numbers, keys that nobody knows."""
    reader = data.draw(st.sampled_from(sorted(SOUND)))
    value = copy.deepcopy(SOUND[reader].value)
    place = value
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or data.draw(st.integers(0, 2)) == 0:
            place[key] = data.draw(_VALUES)
            break
        place = place[key]
    try:
        READERS[reader](replace(SOUND[reader], value=value))
    except Findings as found:
        printed(found)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_once_broke_a_reader_is_found_out(path: Path) -> None:
    """Each text of the corpus stopped the program or printed what no terminal should be sent; its first line says how
    it is found out now.
    """
    text = path.read_bytes()
    code = text.partition(b"\n")[0].removeprefix(b"# ").decode()
    assert f": {code}: " in outcome(text, READERS["purpose"])
