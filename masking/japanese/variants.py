"""Which characters are other forms of which plain one: a table with a source for every row.

Rule: one character to one character, in one step: no plain character is itself a variant. A row belongs here only if a
clerk would call both spellings the same name in another form (高橋 and 髙橋). What sounds or looks alike but is another
name does not: 斎 is no form of 斉, 崎 none of 碕 or 埼.

`variants.tsv` has a row for each variant: plain, variant, source. The sources, facts of which are used and no text:

- `joyo`: 常用漢字表 (Cabinet Notice no. 2 of 2010), the forms it puts in brackets behind a character (康熙字典体); so
  弁 is the plain form of three others, as that table has it;
- `jinmei`: 戸籍法施行規則 別表第二, the pairs that it shows as one character in two forms;
- `hyogai`: 表外漢字字体表 (国語審議会, 2000), its simplified customary forms;
- `jis`: JIS X 0213, the characters that it lists as related, where they are forms of one and not only of one meaning;
- `koseki`: 戸籍統一文字 of the Ministry of Justice, 正字 with their 異体字; of its thousands, those met in names and
  places.

Compatibility ideographs are not listed: Unicode's canonical decomposition says what they are forms of (U+FA19 of 神).

The plain character is one of JIS X 0208, which every keyboard and every old register can write. Where that standard
has both, it is the form of 常用漢字表, then of 人名用漢字, then the one that names have more often (凛 before 凜).

To add a pair, add its row where it sorts, name the source, and raise VERSION: a test holds the table's digest beside
it, because an index that was built with another table finds other people.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

VERSION: Final = "1"
"""Version of the table. It rises with every change of it: indexes were built with it."""

_COMPATIBILITY: Final = (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20))


def _rows() -> Iterator[tuple[str, str]]:
    """Give (variant, plain) of each row of variants.tsv."""
    for line in files("masking.japanese").joinpath("variants.tsv").read_text("utf-8").splitlines()[1:]:
        plain, variant, _source = line.split("\t")
        yield variant, plain


def _variants() -> dict[str, str]:
    listed = dict(_rows())
    made = dict(listed)
    for char in map(chr, _COMPATIBILITY):
        unified = unicodedata.normalize("NFC", char)
        if unified != char:
            made[char] = listed.get(unified, unified)
    return made


VARIANTS: Final[Mapping[str, str]] = MappingProxyType(_variants())
"""Plain character by variant."""
