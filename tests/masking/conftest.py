from collections.abc import Callable
from datetime import date

import pytest

from masking.allotment import MemoryAllotments
from masking.catalogue import CATALOGUE
from masking.keyring import DomainKeys, Keyring, PseudonymDomain
from masking.masker import Masker
from masking.value import Occasion, Sex


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """A root key that the golden vectors are made with: octets 0 to 31, epoch 3."""
    return Keyring(3, bytes(range(32)))


@pytest.fixture(scope="session")
def domain() -> PseudonymDomain:
    return PseudonymDomain("planning", "planning-statistics", "resident_id")


@pytest.fixture(scope="session")
def keys(keyring: Keyring, domain: PseudonymDomain) -> DomainKeys:
    return keyring.domain(domain)


@pytest.fixture(scope="session")
def other_keys(keyring: Keyring) -> DomainKeys:
    return keyring.domain(PseudonymDomain("tax", "planning-statistics", "resident_id"))


@pytest.fixture(scope="session")
def occasion() -> Occasion:
    return Occasion("00000000001", Sex.FEMALE, date(2026, 11, 22))


@pytest.fixture(scope="session")
def bound(keys: DomainKeys) -> Callable[..., Masker]:
    """Binds a masker of the catalogue by its name, with settings as a steward writes them."""

    def bind(name: str, **settings: object) -> Masker:
        kind = CATALOGUE[name]
        return kind.bind(kind.settings.model_validate(settings), keys if kind.keyed else None, MemoryAllotments())

    return bind
