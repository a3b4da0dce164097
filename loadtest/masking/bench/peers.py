"""The same rows by other packages. Run by their own interpreter, so this file imports nothing of ours.

Reads rows from standard input, a JSON array of [name, income, birth date, address] with texts; prints a JSON object of
rows a second and the first two rows as they came out, by package.
"""

from __future__ import annotations

import hmac
import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

Rows = list[list[str]]
Run = Callable[[], list[Any]]

KEY = bytes(range(32))
SURNAMES = (
    "青山",
    "石田",
    "上野",
    "大西",
    "川村",
    "北原",
    "小島",
    "坂井",
    "清家",
    "高瀬",
    "土屋",
    "中西",
    "西尾",
    "浜口",
)
GIVEN = ("一郎", "恵子", "健太", "沙織", "純", "太一", "直美", "春香", "博", "美咲", "由佳", "吉男")
ROUNDS = 3
FIELDS = ("name", "income", "birth_date", "address")
LAST_YEAR = 2026
TOP = 10_000_000


def name(value: str) -> str:
    """A keyed draw from tables, the cheapest surrogate there is: others may share it."""
    drawn = int.from_bytes(hmac.digest(KEY, value.encode(), "sha256")[:8], "big")
    return SURNAMES[drawn % len(SURNAMES)] + GIVEN[drawn // 16 % len(GIVEN)]


def income(value: str) -> str:
    """A band of a million yen."""
    low = int(value) // 1_000_000 * 1_000_000
    return "10000000-" if low >= TOP else f"{low}-{low + 999_999}"


def birth_date(value: str) -> str:
    """A band of five years, by the year alone."""
    age = LAST_YEAR - int(value[:4])
    return f"{age // 5 * 5}-{age // 5 * 5 + 4}"


def address(value: str) -> str:
    """As far as the number of the chome."""
    return value.partition("丁目")[0].rstrip("0123456789")


MASKS = {"name": name, "income": income, "birth_date": birth_date, "address": address}


def presidio_structured(rows: Rows) -> Run:
    """A data frame whose columns are named beforehand; each mask is a custom operator."""
    pandas, structured = import_module("pandas"), import_module("presidio_structured")
    frame = pandas.DataFrame(rows, columns=list(FIELDS))
    engine = structured.StructuredEngine(data_processor=structured.PandasDataProcessor())
    analysis = structured.StructuredAnalysis(entity_mapping={field: field.upper() for field in FIELDS})
    operators = _operators()

    def run() -> list[Any]:
        rows: list[Any] = engine.anonymize(frame.copy(), analysis, operators=operators).values.tolist()
        return rows

    return run


def presidio_anonymizer(rows: Rows) -> Run:
    """A row as one text, in which is known what stands where."""
    anonymizer, entities = import_module("presidio_anonymizer"), import_module("presidio_anonymizer.entities")
    engine, operators = anonymizer.AnonymizerEngine(), _operators()
    texts = []
    for row in rows:
        at, spans = 0, []
        for field, value in zip(FIELDS, row, strict=True):
            spans.append(entities.RecognizerResult(field.upper(), at, at + len(value), 1.0))
            at += len(value) + 1
        texts.append((",".join(row), spans))
    return lambda: [engine.anonymize(text, spans, operators).text for text, spans in texts]


def _operators() -> dict[str, Any]:
    entities = import_module("presidio_anonymizer.entities")
    return {field.upper(): entities.OperatorConfig("custom", {"lambda": MASKS[field]}) for field in FIELDS}


def privacy_masker(rows: Rows) -> Run:
    """Records whose columns are named beforehand; its own surrogates for names and addresses, tokens for the rest."""
    package, operators = import_module("privacy_masker"), import_module("privacy_masker.operators")
    detectors, structured = import_module("privacy_masker.detectors"), import_module("privacy_masker.structured")
    policy = package.Policy(
        rules={
            "PERSON": operators.Surrogate(kind="person", key=KEY),
            "ADDRESS": operators.Surrogate(kind="address", key=KEY, keep="city"),
        },
        default=operators.Tokenize(strategy="hmac", key=KEY),
    )
    # A detector it must have; with all columns named it is never asked.
    engine = package.PrivacyEngine(detectors=[detectors.RegexDetector.default_ja()], policy=policy)
    types = {"name": "PERSON", "income": "NUMBER", "birth_date": "DATE", "address": "ADDRESS"}
    records = [dict(zip(FIELDS, row, strict=True)) for row in rows]
    return lambda: [list(row.values()) for row in structured.transform_records(engine, records, column_types=types)]


PEERS = {
    "presidio-structured": presidio_structured,
    "presidio-anonymizer": presidio_anonymizer,
    "privacy-masker": privacy_masker,
}
FEW = {"privacy-masker": 500, "presidio-anonymizer": 4_000}
"""Rows for those who would take minutes otherwise."""


def main() -> None:
    """Measure each."""
    rows = json.load(sys.stdin)
    made: dict[str, Any] = {}
    for peer, prepare in PEERS.items():
        some = rows[: FEW.get(peer, len(rows))]
        run = prepare(some)
        shown = run()[:2]
        taken = []
        for _ in range(ROUNDS):
            began = time.process_time()
            run()
            taken.append(len(some) / (time.process_time() - began))
        made[peer] = {
            "version": version(peer),
            "rows": len(some),
            "rows_per_second": round(statistics.median(taken)),
            "shown": shown,
        }
    print(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main()
