"""A second pass by a trained model, GiNZA's ja_ginza (extra `ner`), over texts in plain spelling, all at once.

Rule: nothing is fetched: a model that is not installed is an error that says how to install it. Only the labels listed
here count, each for one of our types; whatever else the model sees is none of our business.

Measured (one core): 30 to 45 ms a remark, 430 MB; the dictionary alone takes 1 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from masking.remark.span import MODEL, Found, SpanType

NAME: Final = "ja_ginza"
LABELS: Final[Mapping[str, SpanType]] = MappingProxyType({"Person": SpanType.PERSON})
"""GiNZA's labels (拡張固有表現階層, ENE 7) that are masked."""
_BATCH: Final = 32
_UNUSED: Final = ("parser", "morphologizer", "attribute_ruler", "lemmatizer", "compound_splitter", "bunsetu_recognizer")


class NoModel(Exception):
    """The model is not installed."""


class Model:
    """The model, loaded (2 s)."""

    def __init__(self) -> None:
        # Only who asks for the second pass pays for spaCy's models; without the extra there are none.
        try:
            import ja_ginza  # noqa: F401, PLC0415 - see above
            import spacy  # noqa: PLC0415 - see above
        except ImportError:
            raise NoModel("the model ja_ginza is not installed: run `make ner`, or leave --ner out") from None
        self._pipeline: Any = spacy.load(NAME, exclude=list(_UNUSED))

    def __call__(self, texts: Sequence[str]) -> list[list[Found]]:
        """What the model sees in each text."""
        return [
            [
                Found(entity.start_char, entity.end_char, LABELS[entity.label_], MODEL)
                for entity in read.ents
                if entity.label_ in LABELS
            ]
            for read in self._pipeline.pipe(texts, batch_size=_BATCH)
        ]
