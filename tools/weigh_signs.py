"""Learn from marked remarks how much each sign counts that a word is a name by itself: masking/remark/weights.tsv.

Rule: learnt from `alone.txt` but for what it holds back, and from the working fifth of `remarks.txt`; nothing is learnt
from what judges. Each remark is learnt from as it stands, once more with part of its names masked already, as the
engine reads it a second time, and twice more about others, for it is not the name that matters.

    .venv/bin/python -m tools.weigh_signs          # writes weights.tsv, half a minute
"""

import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from masking.names import Part, table
from masking.remark.engine import Engine
from masking.remark.lone_names import ANY, Candidate
from masking.remark.shadow import Shadow, shadow
from tests.masking.remarks.corpus import PERSON, Remark, Span, lone, split

FILE: Final = Path(__file__).resolve().parent.parent / "masking" / "remark" / "weights.tsv"
RARE: Final = 6
"""Signs that fewer words have are left out."""
SLIGHT: Final = 0.08
"""Smaller weights are left out."""
CAUTION: Final = 2.0
"""How much a weight costs, squared (ridge, L2)."""
ROUNDS: Final = 8
OTHERS: Final = 2
"""Times that a remark is learnt from about others."""
FREQUENT: Final = 1_500
"""Of the table of surnames, the ones that others are given."""
SHORT: Final = 0.25
"""Share of surnames of one character among them."""
NEW: Final = 0.3
"""Share of given names among them that parents made last week: the beginning of one, the end of another."""
_KANJI: Final = re.compile("[々一-鿿]+")
_HIRAGANA: Final = re.compile("[ぁ-ゖー]+")
_KATAKANA: Final = re.compile("[ァ-ヺー]+")


class Row(NamedTuple):
    """A word that may be a name, and whether it is."""

    candidate: Candidate
    is_name: bool


def remarks() -> list[Remark]:
    """What is learnt from."""
    return [*lone("tune"), *split("tune")]


def rows(engine: Engine, learnt: Sequence[Remark]) -> Iterator[Row]:
    """Each candidate of each remark, in all its forms."""
    chance = random.Random(1)  # noqa: S311 - the same weights every time
    for remark in learnt:
        read = shadow(remark.text)
        yield from _candidates(engine, read, remark.spans)
        masked = [span for span in remark.spans if chance.random() < 1 / 2]
        if masked:
            yield from _candidates(engine, read.without([_within(read, span) for span in masked]), remark.spans)
        for _ in range(OTHERS):
            if (other := about_others(remark, chance)) is not None:
                yield from _candidates(engine, shadow(other.text), other.spans)


def _candidates(engine: Engine, read: Shadow, spans: Sequence[Span]) -> Iterator[Row]:
    persons = {(span.start, span.end): span for span in spans if span.type == PERSON}
    for candidate in engine.candidates(read.plain):
        start, end = read.span(candidate.start, candidate.end)
        whole = any(span.kind.startswith("full") and span.start < end and start < span.end for span in persons.values())
        if not whole:  # a part of a whole name is found with it
            yield Row(candidate, (start, end) in persons)


def _within(read: Shadow, span: Span) -> tuple[int, int]:
    """Where in the shadow a span of the text is."""
    places = [at for at in range(len(read.plain)) if span.start <= read.starts[at] and read.ends[at] <= span.end]
    return places[0], places[-1] + 1


def about_others(remark: Remark, chance: random.Random) -> Remark | None:
    """The remark with other names of the same scripts, the same one for the same; None if there is nobody to rename, or
    if the remark plays with its names.
    """
    alone = [span for span in remark.spans if span.type == PERSON and not span.kind.startswith("full")]
    if not alone or any(remark.text.count(remark.of(span)) > 1 for span in alone):
        return None
    text, spans, at = "", [], 0
    for span in remark.spans:
        name = remark.of(span)
        if span in alone:
            name = _other(name, chance, surname=span.kind.startswith("surname"))
        text += remark.text[at : span.start]
        spans.append(Span(len(text), len(text) + len(name), span.type, span.kind))
        text += name
        at = span.end
    return Remark(text + remark.text[at:], tuple(spans), remark.split, remark.line)


def _other(name: str, chance: random.Random, *, surname: bool) -> str:
    written = name if not _is_half(name) else shadow(name).plain
    part = _surname(chance) if surname else chance.choice(_given())
    if _KANJI.fullmatch(written):
        made = not surname and chance.random() < NEW
        return part.text[0] + chance.choice(_given()).text[-1] if made else part.text
    if _KATAKANA.fullmatch(written):
        return part.kana
    if _HIRAGANA.fullmatch(written):
        return "".join(chr(ord(kana) - 0x60) if "ァ" <= kana <= "ヶ" else kana for kana in part.kana)
    return name


@cache
def _given() -> tuple[Part, ...]:
    return (*table("given-female"), *table("given-male"))


def _is_half(name: str) -> bool:
    return all("ｦ" <= kana <= "ﾟ" for kana in name)


def _surname(chance: random.Random) -> Part:
    surnames = table("surnames")[:FREQUENT]
    short = chance.random() < SHORT
    return chance.choice([part for part in surnames if (len(part.text) == 1) == short])


def learn(learnt: Sequence[Row]) -> dict[tuple[str, str], float]:
    """Weights by shape and sign: logistic regression with a ridge, by Newton's method."""
    named = [{(shape, sign) for shape in (ANY, row.candidate.shape) for sign in row.candidate.signs} for row in learnt]
    counted = Counter(sign for signs in named for sign in signs)
    index = {sign: at for at, sign in enumerate(sorted(sign for sign, times in counted.items() if times >= RARE))}
    seen = np.zeros((len(named), len(index)), dtype=np.float32)
    for at, signs in enumerate(named):
        seen[at, [index[sign] for sign in signs if sign in index]] = 1
    is_name = np.array([row.is_name for row in learnt], dtype=np.float32)
    weight = np.zeros(len(index), dtype=np.float64)
    ridge = np.full(len(index), CAUTION)
    ridge[index[ANY, "each"]] = 1e-3
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-(seen @ weight)))
        slope = seen.T @ (chance - is_name) + ridge * weight
        bend = (seen * (chance * (1 - chance) + 1e-6)[:, None].astype(np.float32)).T @ seen
        weight -= np.linalg.solve(bend.astype(np.float64) + np.diag(ridge), slope)
    found = {sign: round(float(weight[at]), 2) for sign, at in index.items()}
    return {sign: value for sign, value in found.items() if abs(value) >= SLIGHT}


def fingerprint(engine: Engine) -> str:
    """What weights depend on, but for what other finders hear: the remarks, and the signs that are seen in some."""
    seen = hashlib.sha256()
    for remark in remarks():
        seen.update(repr((remark.text, remark.spans)).encode())
    for remark in split("tune"):
        for candidate in engine.candidates(shadow(remark.text).plain):
            signs = sorted(sign for sign in candidate.signs if not sign.startswith(("heard", "within")))
            seen.update(repr((candidate.start, candidate.end, candidate.shape, signs)).encode())
    return seen.hexdigest()[:16]


def written(weights: dict[tuple[str, str], float], learnt_from: str) -> str:
    """As the file has them."""
    head = (
        "# How much each sign counts for a word of each shape (any: of all). Made by tools/weigh_signs.py.\n"
        f"# Learnt from {learnt_from}\n"
    )
    return head + "".join(f"{shape}\t{sign}\t{weight:.2f}\n" for (shape, sign), weight in sorted(weights.items()))


def main() -> int:
    """Write the file; returns 0."""
    engine = Engine()
    learnt = list(rows(engine, remarks()))
    text = written(learn(learnt), fingerprint(engine))
    FILE.write_text(text, encoding="utf-8")
    print(f"{text.count(chr(10)) - 2} weights, from {len(learnt)} words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
