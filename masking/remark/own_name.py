"""The resident's own name in a remark: it is shown there as the field beside shows it.

Rule: a mention is the resident's own if all of its parts are theirs, spelt or read; whoever is not is given the
surrogate that any other remark of the domain gives them. One part alone, 佐藤さん, is the resident, unless the remark
names somebody else in full by that part, and not the resident.

Claim: nothing that the name field and the remark do not show each. Known attack: who shares the resident's surname and
is only called by it, is taken for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from masking.japanese.folding import plain
from masking.remark.span import Mention, Role, Script
from masking.remark.surrogates import Surrogates
from masking.value import OwnName, Surrogate

_APART: Final = re.compile(r"[\s・･=＝,、]+")


class WithOwn:
    """Surrogates of one remark (see `masking.remark.surrogates.Surrogates`): the resident's own, and for others those
    that they have anyway.
    """

    def __init__(self, own: OwnName, shown: Surrogate, others: Surrogates, mentions: Iterable[Mention]) -> None:
        """`shown`: what the name field shows; `mentions`: all people whom the remark names."""
        self._shown, self._others = shown, others
        spelt = [words for name in (own.name, own.kana) if (words := _words(name))]
        self._whole = {"".join(words) for words in spelt}
        self._parts: Mapping[Role, set[str]] = {
            Role.SURNAME: {words[0] for words in spelt if len(words) > 1},
            # Of several given names one calls somebody as well as all do.
            Role.GIVEN: {each for words in spelt for each in (*words[1:], "".join(words[1:])) if each},
        }
        in_full = [mention for mention in mentions if len(mention.parts) > 1]
        named = any(self._is_whole(mention) for mention in in_full)
        for mention in in_full if not named else ():
            for part in mention.parts:
                self._parts[part.role].discard(part.written)

    def of(self, mention: Mention) -> str:
        text = self._shown.kana if mention.script is Script.KANA else self._shown.name
        surname, *given = text.split()
        if self._is_whole(mention):
            return " ".join((surname, *given))
        if len(mention.parts) == 1:
            (part,) = mention.parts
            for role in (part.role, *Role):  # which of both a part alone is, the reader can only guess
                if part.written in self._parts[role]:
                    return surname if role is Role.SURNAME else " ".join(given)
        return self._others.of(mention)

    def _is_whole(self, mention: Mention) -> bool:
        """Whether it is the resident's name in full, wherever the reader has cut it."""
        if "".join(part.written for part in mention.parts) in self._whole:
            return True
        return len(mention.parts) > 1 and all(part.written in self._parts[part.role] for part in mention.parts)


def _words(name: str) -> list[str]:
    return [spelling for word in _APART.split(name) if (spelling := plain(word))]
