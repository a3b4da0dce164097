from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Address, Area, AreaLevel, Masked, Occasion, Value

HOME = Address("1310500102", "潮見市", "汐町", 2, "3番4号 メゾン潮見101")


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value", "level"),
    [
        (Area(AreaLevel.CITY, "13105", "潮見市"), HOME, "city"),
        (Area(AreaLevel.TOWN, "13105001", "潮見市汐町"), HOME, "town"),
        (Area(AreaLevel.CHOME, "1310500102", "潮見市汐町2丁目"), HOME, "chome"),
        (Area(AreaLevel.TOWN, "13105001", "潮見市汐町"), replace(HOME, chome=0), "chome"),  # a town without chome
        (Area(AreaLevel.CITY, "13105", "潮見市"), replace(HOME, town=""), "town"),  # an address without town
        (Area(AreaLevel.TOWN, "13105001", "潮見市汐町"), replace(HOME, code="13105001"), "town"),  # a shorter code
        (Area(AreaLevel.CHOME, "13105001", "潮見市汐町2丁目"), replace(HOME, code="13105001"), "chome"),
        (EMPTY, None, "town"),  # null stays null
        (MALFORMED, "潮見市汐町2丁目3番4号", "town"),  # an address in one string has no parts to cut by
        (MALFORMED, replace(HOME, code=""), "town"),  # no code
        (MALFORMED, replace(HOME, code="131050010"), "town"),  # a digit is missing
        (MALFORMED, replace(HOME, code="１３１０５００１０２"), "town"),  # full-width digits
        (MALFORMED, replace(HOME, code="13105001020304"), "town"),  # a lot number in the code
        (MALFORMED, replace(HOME, city=" "), "city"),  # no city
        (MALFORMED, replace(HOME, chome=-1), "chome"),
        (MALFORMED, replace(HOME, chome=100), "chome"),
        (MALFORMED, replace(HOME, town="汐\ud842"), "town"),  # a torn character
    ],
)
def test_area_shows_no_more_than_its_level(
    expected: Masked, value: Value | None, level: str, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Text and code are cut alike; an address that has less is given at the level it has."""
    assert expected == bound("area", level=level)(value, occasion)


@given(lots=st.tuples(st.text(), st.text()), level=st.sampled_from(AreaLevel))
def test_homes_of_one_area_look_alike(
    lots: tuple[str, str], level: AreaLevel, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Nothing of the lot or building is left."""
    first, second = (bound("area", level=level)(replace(HOME, lot=lot), occasion) for lot in lots)
    assert first == second


@pytest.mark.parametrize("settings", [{}, {"level": "ward"}, {"level": 1}])
def test_area_refuses_settings_with_advice(settings: dict[str, object]) -> None:
    """What a steward wrote wrong is answered with what to write."""
    with pytest.raises(ValueError, match="`level: city`"):
        CATALOGUE["area"].settings.model_validate(settings)
