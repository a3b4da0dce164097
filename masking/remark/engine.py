"""The engine: presidio's analyzer with Japanese recognizers, over the shadow of a text.

Rule: no network, no model, and no recognizer but ours. What cannot be searched in time is an error (rule M7), for
presidio's own PatternRecognizer takes a time-out for "nothing found", and its recognizer of mail addresses fetches a
list of domains; neither is used.

Importing presidio takes seconds (spaCy): whoever reads no remarks must not import this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc
from spacy.vocab import Vocab

from masking.japanese.numeral import NUMERALS
from masking.remark.days import DAYS
from masking.remark.lone_names import Candidate
from masking.remark.marker import markers
from masking.remark.mention import Mentions
from masking.remark.names import Find, Names, where
from masking.remark.numbers import MAIL, NUMBERS
from masking.remark.pattern import find_all
from masking.remark.people import People
from masking.remark.places import ADDRESSES, FACILITIES
from masking.remark.roster import Roster
from masking.remark.shadow import OBJECT, Shadow, shadow
from masking.remark.span import Found, Span, SpanType, settled
from masking.remark.surrogates import is_surrogate
from masking.remark.words import Words

LONGEST: Final = 4_000
"""Characters of the longest remark that is read; a longer one is redacted whole (rule M7)."""
_JAPANESE: Final = "ja"
_ARABIC: Final = re.compile("[0-9]")
_NUMERIC: Final = re.compile(f"[0-9{NUMERALS}]")
_PASSES: Final = 6
"""Times that a text is read at most; what still shows something new then is redacted whole."""
_BETWEEN_OBJECTS: Final = re.compile(f"[^ {OBJECT}](?:[^{OBJECT}]*[^ {OBJECT}])?")


class Unreadable(Exception):
    """A remark that cannot be read in full: too long, or it holds what the dictionary cannot read."""


class _Recognizer(EntityRecognizer):
    """One of our ways to find something, as presidio runs them."""

    def __init__(self, name: str, types: Sequence[SpanType], find: Find) -> None:
        self._find = find
        super().__init__(supported_entities=list(types), name=name, supported_language=_JAPANESE)

    def load(self) -> None:
        """Nothing to load: made whole."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What is found, whatever entities are asked for: we ask for all."""
        del entities, nlp_artifacts
        return [RecognizerResult(each.type, each.start, each.end, each.score) for each in self._find(text)]


class _NoModel(NlpEngine):
    """No language model: the recognizers read the words themselves, with the dictionary."""

    engine_name = "none"
    is_available = True

    def __init__(self) -> None:
        self._no_words = Doc(Vocab())

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        del text
        return NlpArtifacts([], self._no_words, [], [], self, language)

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        del batch_size, n_process, kwargs
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        del word, language
        return False

    def is_punct(self, word: str, language: str) -> bool:
        del word, language
        return False

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [_JAPANESE]


class _NoContext(ContextAwareEnhancer):
    """Context stands in the patterns: presidio's looks for whole words, which Japanese does not part."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """The results as they are."""
        del text, nlp_artifacts, recognizers, context
        return raw_results


class Engine:
    """Finds what a remark gives away. Not for several threads at once."""

    def __init__(
        self, names: Iterable[str] = (), model: Callable[[Sequence[str]], list[list[Found]]] | None = None
    ) -> None:
        """`names`: a register's names and readings; `model`: a second pass over plain texts, all at once (`[ner]`)."""
        words = Words()
        self._words, self._people = words, People(words)
        self._names = Names(words, self._people)
        self.enter_names(names)
        self._model = model
        recognizers = (
            _Recognizer("names", [SpanType.PERSON], self._names.find),
            _Recognizer("roster", [SpanType.PERSON], self._in_roster),
            _Recognizer("numbers", sorted({each.type for each in NUMBERS}), where(_ARABIC, partial(find_all, NUMBERS))),
            _Recognizer("mail", [SpanType.EMAIL], lambda text: find_all(MAIL, text)),
            _Recognizer("days", [SpanType.DATE], where(_NUMERIC, partial(find_all, DAYS))),
            _Recognizer("facilities", [SpanType.FACILITY], lambda text: find_all(FACILITIES, text)),
            _Recognizer("addresses", [SpanType.ADDRESS], where(_NUMERIC, partial(find_all, ADDRESSES))),
        )
        registry = RecognizerRegistry(recognizers=list(recognizers), supported_languages=[_JAPANESE])
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=_NoModel(),
            supported_languages=[_JAPANESE],
            context_aware_enhancer=_NoContext(),
        )
        self._mentions = Mentions(words)
        self._types = [str(each) for each in SpanType]

    def enter_names(self, names: Iterable[str]) -> int:
        """Know a register's names and readings from now on, instead of those before; how many are kept."""
        self._roster = Roster(names)
        return self._roster.count

    def _in_roster(self, text: str) -> Iterable[Found]:
        return self._roster.find(text)  # the one of now

    def candidates(self, plain: str) -> list[Candidate]:
        """In a text of plain spelling, the words that may be names alone, with what speaks for each and against it."""
        return list(self._names.candidates(plain))

    def spans(self, text: str) -> list[Span]:
        """What the text gives away, in order. Raises Unreadable, TooSlow."""
        return self.all_spans([text])[0]

    def all_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The same for several texts; with a model, in one pass. Raises Unreadable, TooSlow."""
        if any(len(text) > LONGEST for text in texts):
            raise Unreadable
        shadows = [shadow(text, list(markers(text, is_surrogate))) for text in texts]
        modelled = self._model([each.plain for each in shadows]) if self._model is not None else [[] for _ in shadows]
        return [self._spans(each, found) for each, found in zip(shadows, modelled, strict=True)]

    def _spans(self, text: Shadow, modelled: Iterable[Found]) -> list[Span]:
        """Read until nothing more is found: what was found is out of the text then, and its neighbours are read anew.
        So a masked text, read again, has nothing left to find.
        """
        spans: list[Span] = []
        modelled = self._believed(text.plain, modelled)
        for _ in range(_PASSES):
            found = _apart(text.plain, settled(_beside(self._found(text.plain), modelled)))
            if not found:
                return sorted(spans)
            for each in found:
                mention = self._mentions.of(text.plain[each.start : each.end]) if each.type is SpanType.PERSON else None
                spans.append(Span(*text.span(each.start, each.end), each.type, mention))
            text = text.without([(each.start, each.end) for each in found])
            modelled = []
        raise Unreadable

    def _believed(self, plain: str, modelled: Iterable[Found]) -> list[Found]:
        """Of what the model takes for names, what the dictionary allows to be one."""
        modelled = list(modelled)
        if not modelled:
            return modelled
        words = self._words(plain)
        return [each for each in modelled if each.type is not SpanType.PERSON or self._people.plausible(each, words)]

    def _found(self, plain: str) -> list[Found]:
        if not plain or plain.isspace():
            return []
        results = self._analyzer.analyze(plain, _JAPANESE, entities=self._types)
        return [Found(one.start, one.end, SpanType(one.entity_type), one.score) for one in results]


def _beside(found: list[Found], modelled: Sequence[Found]) -> list[Found]:
    """What was found, and what the model sees where nothing else was: where both see something, the model's ends are
    the less sure ones.
    """
    return found + [
        each for each in modelled if not any(each.start < one.end and one.start < each.end for one in found)
    ]


def _apart(plain: str, spans: Sequence[Span]) -> list[Span]:
    """The spans without the blanks at their ends, and without what is masked already, which parts them."""
    return [
        Span(*part.span(), span.type)
        for span in spans
        for part in _BETWEEN_OBJECTS.finditer(plain, span.start, span.end)
    ]
