import pytest
from pydantic import Field, ValidationError

from masking.band import BandSettings
from masking.catalogue import CATALOGUE
from masking.masker import NoSettings, Settings


class Sample(Settings):
    size: int = Field(description="write a size, e.g. `size: 3`")
    plain: str = ""


def complaints(given: object) -> list[tuple[tuple[int | str, ...], str, str]]:
    """Place, kind and message of all that is wrong with the settings given."""
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate(given)
    return [(error["loc"], error["type"], error["msg"]) for error in refused.value.errors()]


def test_every_complaint_carries_its_advice() -> None:
    """Place, kind of error and what to do, for all faults at once."""
    expected = [
        (("size",), "missing", "Field required: write a size, e.g. `size: 3`"),
        (("sise",), "extra_forbidden", "no such setting: this mask takes size, plain"),
    ]
    assert expected == complaints({"sise": 3})


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ((("size",), "int_type"), {"size": "3"}),  # strict: text is no number
        ((("size",), "int_type"), {"size": True}),  # nor is a truth value
        ((("plain",), "string_type"), {"size": 3, "plain": 4}),  # no advice, pydantic's own message
        (((), "model_type"), "size"),  # no mapping at all
    ],
)
def test_settings_are_strict(expected: tuple[tuple[str, ...], str], given: object) -> None:
    """Nothing is converted on a steward's behalf."""
    assert [expected] == [(place, kind) for place, kind, _ in complaints(given)]


def test_settings_are_frozen() -> None:
    """A masker cannot be changed after it was bound."""
    settings = Sample(size=3)
    with pytest.raises(ValidationError, match="frozen"):
        settings.size = 4  # type: ignore[misc] # that it cannot be written is what is tested


def test_a_mask_without_settings_says_so() -> None:
    """A setting too many is refused with the list of those there are: none."""
    with pytest.raises(ValidationError, match="this mask takes none"):
        NoSettings.model_validate({"width": 5})


@pytest.mark.rule("M1")
@pytest.mark.parametrize("name", [name for name, kind in CATALOGUE.items() if kind.keyed])
def test_a_keyed_masker_cannot_be_bound_without_a_domain(name: str) -> None:
    """A missing domain is an error, never a silent default."""
    with pytest.raises(ValueError, match=f"mask {name} needs the keys of a pseudonym domain"):
        CATALOGUE[name].bind(CATALOGUE[name].settings.model_construct(), None)


def test_a_masker_takes_its_own_settings_only() -> None:
    """A compiler that mixes up two maskers is told at once."""
    with pytest.raises(TypeError, match="mask redact takes NoSettings, not BandSettings"):
        CATALOGUE["redact"].bind(BandSettings(width=5), None)
