"""An estate: everything that one gateway needs, in one folder, made for development.

Rule: what is there is used again (a city of the same size and day, the same keys), what is missing is made; a real
installation lays out the same files from its own sources.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from gateway.clock import SystemClock, day_of
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL
from gateway.ledger.ledger import Ledger
from gateway.pki import folder as pki
from gateway.register.city import Cast, StaffRole, build_city, cast
from gateway.register.city.build import REGISTER_FILE, STANDING_FILE
from gateway.register.city.example import note_example
from gateway.register.city.found import CityKey, city_in
from gateway.standing.tables import sqlite_schema
from masking.keyring import Keyring

TRUST_DOMAIN: Final = "shiomi.example"
ORIGIN: Final = "shiomi.example/disclosures"
SYSTEMS: Final = {
    "child-welfare": "childcare-case",
    "citizen-affairs": "counter-terminal",
    "tax-collection": "arrears-desk",
    "planning": "statistics",
    "tax-assessment": "resident-tax",
    "health": "immunisation",
    "education": "enrolment",
    "disaster-welfare": "relief",
    "internal-audit": "audit-desk",
    "information-systems": "operations",
}
"""The department systems of the demo, by department."""

SHIPPED: Final = Path(str(files("gateway"))).parent
"""Where purposes/ and config/ are."""

_SETTINGS: Final = """\
# Written by the demo; a real gateway's settings look just like this.
city: 潮見市
listen: {listen}
tls:
  certificate: pki/server.crt
  private_key: pki/server.key
  client_authorities: pki/ca.crt
identity:
  trust_domain: {trust_domain}
  issuer: {issuer}
  audience: {audience}
  jwks: pki/jwks.json
register:
  url: sqlite:///city/register.db
  map: {map}
standing:
  url: sqlite:///city/standing.db
operators:
  - {{department: information-systems, roles: [systems-clerk]}}
notices:
  folder: notices
  officer: s0001
purposes: {purposes}
limits: {limits}
keyring: keyring
ledger:
  state: state
  origin: {origin}
metrics: {metrics}
reflection: {reflection}
"""


@dataclass(frozen=True, slots=True)
class Estate:
    """One folder with settings, city, keys, certificates and ledger."""

    path: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.path / "gateway.yaml"

    @property
    def keyring(self) -> Path:
        """The masking root key."""
        return self.path / "keyring"

    @property
    def state(self) -> Path:
        """The ledger's directory."""
        return self.path / "state"

    @property
    def address(self) -> Path:
        """Where the gateway listens, written while a demo serves it."""
        return self.path / "address"

    @property
    def pki(self) -> pki.Folder:
        """Certificates and the development identity provider."""
        return pki.Folder(self.path / "pki")

    def cast(self) -> Cast:
        """Who is who in the city."""
        return cast(self.path / "city" / REGISTER_FILE, self.path / "city" / STANDING_FILE)

    def token(self, person: StaffRole, *, lifetime: int = 8 * 3600) -> str:
        """A staff token for a person, bound to their department's system. `lifetime` in seconds."""
        pair = self.pki.client(person.department, SYSTEMS[person.department])
        return self.pki.open_provider().issue_token(
            staff=person.staff,
            post=person.post,
            department=person.department,
            role=person.role,
            certificate=pair.certificate.read_bytes(),
            now=SystemClock().wall(),
            lifetime=lifetime,
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody may want different: the city's size and seed, the addresses, reflection, and texts of their own."""

    residents: int = 32_000
    seed: int = 1
    listen: str = "127.0.0.1:0"
    metrics: str = "none"
    reflection: bool = False
    purposes: Path | None = None
    limits: Path | None = None


def retire_ledger(estate: Estate) -> None:
    """Put the ledger aside, in place of the one that was put aside before: the next `prepare` begins a new one."""
    if estate.state.exists():
        aside = estate.path / "state.before"
        shutil.rmtree(aside, ignore_errors=True)
        estate.state.rename(aside)


def _cast_of(estate: Estate) -> Cast | None:
    """Whom this release shows; None where somebody is missing: a city of the same day may be another release's."""
    try:
        return estate.cast()
    except LookupError:
        return None


def prepare(path: Path, wishes: Wishes, *, progress: Callable[[int], None] = lambda _: None) -> Estate:
    """Make or complete the estate in `path`; `progress` hears of residents done while the city is built."""
    estate = Estate(path)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    city, key = path / "city", CityKey(wishes.seed, day_of(SystemClock().wall()), wishes.residents)
    there = _cast_of(estate) if city_in(city) == key else None
    if there is None:
        build_city(
            city,
            residents=key.residents,
            seed=key.seed,
            today=key.today,
            standing_schema=sqlite_schema(),
            replace=True,
            progress=progress,
        )
        there = estate.cast()
    note_example(city / REGISTER_FILE, there.bystander)
    if not estate.keyring.exists():
        Keyring.generate(estate.keyring)
    now = SystemClock().wall()
    if not estate.pki.authority.certificate.exists():
        pki.create(estate.pki.path, TRUST_DOMAIN, ["localhost", "127.0.0.1"], now, 825)
    for department, system in SYSTEMS.items():
        if not estate.pki.client(department, system).certificate.exists():
            estate.pki.issue_client(department, system, now, 365)
    if not estate.state.exists():
        keyring = Keyring.open(estate.keyring)
        Ledger.create(
            estate.state,
            origin=ORIGIN,
            wrapping=keyring.derive(WRAPPING_LABEL),
            snapshot=keyring.derive(SNAPSHOT_LABEL),
        )
    estate.settings.write_text(
        _SETTINGS.format(
            listen=wishes.listen,
            metrics=wishes.metrics,
            reflection=str(wishes.reflection).lower(),
            trust_domain=TRUST_DOMAIN,
            issuer=pki.issuer_of(TRUST_DOMAIN),
            audience=pki.audience_of(TRUST_DOMAIN),
            origin=ORIGIN,
            map=SHIPPED / "config" / "register-map.yaml",
            purposes=wishes.purposes or SHIPPED / "purposes",
            limits=wishes.limits or SHIPPED / "config" / "limits.yaml",
        ),
        encoding="utf-8",
    )
    return estate
