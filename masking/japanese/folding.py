"""Two spellings of one text: `written`, as far as a search tells spellings apart, and `plain`, without variants.

Rule: `plain(t)` is `written(t)` with each variant character replaced by its plain one, position by position (rule S6:
what is written plainly finds its variants; a variant spelled out finds itself). Both are for comparing, never shown.

What `written` takes away, because no clerk means anything by it:

- white space, middle dots (・: they part a foreign name where another register has a blank) and invisible characters;
- variation selectors, the standardized ones, those of ideographs (IVS) and the Mongolian ones;
- the width of kana, Latin letters and digits, by NFKC, which also composes か + ゛ and spells out ㈱; never by NFKC on
  ideographs: it would replace a compatibility ideograph such as U+FA19 (神 with 示) by its plain form. Kangxi radicals
  (U+2F00–2FD5) are no ideographs but leftovers of printed pages, and become the ideographs that they depict;
- the difference between hiragana, katakana and hentaigana (変体仮名, in names of people born long ago) and between
  upper and lower case;
- the many hyphens and dashes that stand for ー behind kana.

Long vowels (ー) and small kana stay as written: オオノ, オーノ and オノ are three names.

Measured (CPython 3.11, one core): a name of kanji or a reading in full-width kana 0.3 µs, one with a variant character
1 µs plain, half-width kana or Latin letters 3 to 5 µs.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

from masking.japanese.variants import VARIANTS, VERSION

FOLDING: Final = f"{VERSION}.1"
"""Version of all that `written` and `plain` do; an index says which one it was built with, and is rebuilt for another.

The first part is the table's (`variants.VERSION`), the second rises with any change of this file's behaviour.
"""

# 々〆〇〻 stand for ideographs; private use holds 外字, which are always kanji; planes 2 and 3 hold nothing else.
_KANJI: Final = "\u3005-\u3007\u303b\u3400-\u4dbf\u4e00-\u9fff\ue000-\ufaff\U00020000-\U0003ffff\U000f0000-\U0010ffff"
_KANA: Final = "ァ-ヺーヽヾ"

_INVISIBLE: Final = (0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_SELECTORS: Final = (*range(0x180B, 0x180E), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_BLANKS: Final = tuple(point for point in range(0x3001) if chr(point).isspace())
_MIDDLE_DOTS: Final = tuple(map(ord, "・･·"))
_HENTAIGANA: Final = {
    point: ord(unicodedata.lookup(f"KATAKANA LETTER {name[1]}"))
    for point in range(0x1B002, 0x1B11F)
    # The few of several readings (N-MU-MO) stay themselves: which one is meant nobody can tell from the character.
    if (name := re.fullmatch(r"HENTAIGANA LETTER ([A-Z]{1,3})-\d+", unicodedata.name(chr(point))))
}
_FOLDED: Final[dict[int, int | None]] = {
    **dict.fromkeys((*_INVISIBLE, *_SELECTORS, *_BLANKS, *_MIDDLE_DOTS)),
    **{point: point + 0x60 for point in (*range(0x3041, 0x3097), 0x309D, 0x309E)},  # hiragana to katakana
    **_HENTAIGANA,
    # The voicing marks that stand alone; NFKC would put a blank before them instead of joining them to their kana.
    ord("゛"): 0x3099,
    ord("゜"): 0x309A,
}
_PLAIN: Final = {ord(variant): ord(plain) for variant, plain in VARIANTS.items()}
_SETTLED: Final = re.compile(f"[{_KANJI}{_KANA}0-9a-z]*")  # nothing to fold in them, side by side neither
_BETWEEN_VARIANTS: Final = "".join(
    f"{chr(variant + 1)}-{chr(after - 1)}"
    for variant, after in pairwise([0x4DFF, *sorted(point for point in _PLAIN if 0x4E00 <= point < 0xA000), 0xA000])
    if after - variant > 1
)
_PLAIN_ALREADY: Final = re.compile(f"[{_BETWEEN_VARIANTS}ァ-ヺー]*")  # most names and readings
_OTHER_THAN_KANJI: Final = re.compile(f"[^{_KANJI}]+")
_DASHES_BEHIND_KANA: Final = re.compile(f"(?<=[{_KANA}])[-‐‑‒–—―−─]+")
_ONE_KANJI: Final = re.compile(f"[{_KANJI}]")


def written(text: str) -> str:
    """Give the spelling as far as a search distinguishes it; see above. Idempotent."""
    text = text.replace("\u3000", "")  # in nearly every name, and often all that there is to take away
    if _SETTLED.fullmatch(text):
        return text
    text = text.translate(_FOLDED)
    while not _SETTLED.fullmatch(text):
        once = _fold(text)
        if once == text:
            break
        text = once
    return text


def plain(text: str) -> str:
    """Give the plain spelling: `written`, with each variant character replaced by its plain one. Idempotent."""
    text = text.replace("\u3000", "")
    return text if _PLAIN_ALREADY.fullmatch(text) else written(text).translate(_PLAIN)


def is_kanji(char: str) -> bool:
    """Whether one character counts as kanji for a wildcard (rule S2).

    Ideographs of every block, compatibility ideographs and private use (外字) do, and so do 々〆〇〻, which stand for
    them. ヶ and ヵ do not: they are kana, and asking for one character more is the careful answer.
    """
    return _ONE_KANJI.fullmatch(char) is not None


def _fold(text: str) -> str:
    """Fold all that is no kanji once; folding can join what was apart, so `written` repeats it until nothing moves."""
    text = _OTHER_THAN_KANJI.sub(lambda run: unicodedata.normalize("NFKC", run[0].casefold()), text)
    return _DASHES_BEHIND_KANA.sub(lambda run: "ー" * len(run[0]), text.translate(_FOLDED))
