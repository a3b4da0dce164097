"""Founding: a ledger, its keys and its name are made together, and stay together.

Rule: whole or not at all, and nothing old is ever overwritten. Under another commitment key everybody would count as
never seen, so a ledger is opened with its own keys or not.
"""

from __future__ import annotations

import hmac
import shutil
from pathlib import Path

from gateway.ledger.keys import LedgerKeys
from gateway.ledger.merkle import EMPTY_ROOT
from gateway.ledger.note import is_key_name
from gateway.ledger.record import commit
from gateway.ledger.store import SqliteStore, StateInvalid, sync_directory


def found(file: Path, keys: Path, *, origin: str, wrapping: bytes, snapshot: bytes) -> str:
    """Make a new, empty ledger in `file` with its keys in the directory `keys`; returns the verifier key of its heads.

    Raises StateInvalid or KeysInvalid. The caller holds the state directory's lock.
    """
    if not is_key_name(origin):
        raise StateInvalid(f"{origin!r} cannot name a ledger; write it without spaces or +, e.g. city.example/ledger")
    if file.exists():
        raise StateInvalid(f"{file}: there is a ledger already; it is never overwritten")
    made = LedgerKeys.create(keys, name=origin, wrapping=wrapping, snapshot=snapshot)
    try:
        sync_directory(keys)
        sync_directory(keys.parent)
        verifier = str(made.signer.verifier)
        meta = {"origin": origin, "ledger_id": ledger_id(made, origin).hex(), "verifier": verifier}
        SqliteStore.create(file, meta, EMPTY_ROOT)
    except OSError as error:
        shutil.rmtree(keys)
        raise StateInvalid(f"{keys}: cannot be made: {error.strerror}") from None
    except StateInvalid:
        shutil.rmtree(keys)
        raise
    return verifier


def ledger_id(keys: LedgerKeys, origin: str) -> bytes:
    """What bodies are bound to: the commitment key's own mark under the ledger's name, 16 octets."""
    return commit(keys.commitment, origin)


def snapshot_key(keys: LedgerKeys, origin: str) -> bytes:
    """The key of this ledger's snapshots: one that opens is one of its own, and may say that the log is behind it."""
    return hmac.digest(keys.snapshot, ledger_id(keys, origin), "sha256")


def strangers(store: SqliteStore, keys: LedgerKeys, origin: str) -> list[str]:
    """What does not belong to this ledger. Raises StateInvalid, StoreTroubled."""
    named = store.meta("origin")
    if named != origin:
        return [f"the ledger is called {named}, not {origin}; use the name that it was made with"]
    found = []
    if store.meta("ledger_id") != ledger_id(keys, origin).hex():
        found.append("the commitment key is not the one this ledger was made with; restore commitment.key")
    if store.meta("verifier") != str(keys.signer.verifier):
        found.append("the note key is not the one this ledger was made with; restore checkpoint.key")
    return found
