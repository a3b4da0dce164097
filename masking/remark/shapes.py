"""The shape of a word that may be a name by itself: which part, in which script, how long, and what else it may be.

Rule: weights are learned for shapes and never for names: 林 and 森 are of one shape, one character that is a surname
and stands in nature; 佐藤 is of another.
"""

from __future__ import annotations

import re
from typing import Final

from masking.remark import kana_names
from masking.remark.kana_words import word_set
from masking.remark.laid_out import Layout
from masking.remark.office_words import NO_SIGN_OFF, POSITIONS
from masking.remark.parts import KANJI, Parts, Sure
from masking.remark.romaji import is_given, is_surname
from masking.remark.words import NAMES, Class, Words

_NATURE: Final = frozenset(
    "東西南北高長平大小林森谷島池滝原岡沖泉畑浜岸松杉竹梅桜柳桐菊梨栗桃藤萩椿星月波浪旗鈴城寺宮堀境角脇奥裏辺"
)
"""Words that stand in remarks by themselves, and mean just that."""
_SAME: Final = NAMES | {Class.PLACE}
"""Most surnames of two characters are places, too: that says nothing."""
_WORDS_FIRST: Final = POSITIONS | NO_SIGN_OFF
_ALL_KANJI: Final = re.compile(f"[{KANJI}]+")
_ABROAD_IN_LETTERS: Final = word_set(
    """
    nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly thi van minh linh anh thuy huong lan hoa mai
    nga trang thao phuong hung dung tuan nam wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin
    luo gao liang zheng song tang han feng cheng cao peng zeng xiao tian dong pan yuan cai jiang yu wei kim lee park
    choi jung jeong kang cho yoon jang lim shin seo kwon hwang ahn oh santos cruz reyes garcia mendoza ramos flores
    torres castillo rivera dela silva souza oliveira pereira lima costa ferreira rodrigues almeida nascimento alves
    carvalho gomes martins araujo barbosa rocha singh kumar sharma gurung rai tamang thapa shrestha lama magar khan
    ahmed ali hossain islam rahman hasan smith johnson brown jones miller davis wilson taylor anderson thomas john mary
    james david michael robert william anna maria ana jose juan carlos luis pedro paulo joao lucas emma sofia sophia
    olga elena ivan natalia dewi sari putri agus budi siti nur fatima aisha mohamed muhammad abdul hassan jessica
    michelle jennifer sarah emily daniel peter paul mark kevin jason chan wong cheung lau
    """
)
"""Frequent among those who come from elsewhere; in small letters."""
_ABROAD_IN_KANA: Final = word_set(
    """
    グエン グェン チャン レ レー ファム ホアン ファン ヴー ダン ブイ リー ワン チェン キム パク イ チェ サントス クルス
    レイエス ガルシア シルバ ソウザ リマ コスタ シン クマール シャルマ グルン ライ タマン タパ シュレスタ ラマ カン
    カーン アリ ラーマン マリア アナ ジョン マイケル ホセ カルロス ルイス ペドロ ルーカス エマ ソフィア オルガ
    ファティマ アイシャ モハメド アハメド ジェシカ リン アイン トゥイ ミン ラン ズン フォン フン
    """
)


class Shapes:
    """Asked of words as they stand in a text."""

    def __init__(self, words: Words, parts: Parts) -> None:
        self._may_be, self._surname, self._given = words.may_be, parts.surname, parts.given

    def of(self, layout: Layout, start: int, end: int) -> str:
        """Of which shape the word from `start` to `end` is: for each, signs have weights of their own."""
        text = layout.text[start:end]
        if "A" <= text[0] <= "ỿ":
            return "latin"
        if not _ALL_KANJI.fullmatch(text):
            return "katakana" if "ァ" <= text[0] <= "ー" else "hiragana"
        if len(text) == 1:
            return "nature" if text in _NATURE else "word" if text in _WORDS_FIRST else "character"
        word = layout.begins.get(start)
        kind = word.kind if word is not None and word.end == end else None
        return "place" if kind is Class.PLACE else "name" if kind in {Class.SURNAME, Class.GIVEN} else "kanji"

    def signs(self, layout: Layout, start: int, end: int) -> list[str]:
        """What the word is by itself, and as what its text reads it."""
        text = layout.text[start:end]
        word = layout.begins.get(start)
        if word is not None and word.end == end:
            read = word.kind.name.lower()
        else:
            read = "doubled" if layout.text[end : end + 1] == text[-1] else "pieces"
        if "A" <= text[0] <= "ỿ":
            surname, given = (Sure.WORD if known else Sure.NO for known in (is_surname(text), is_given(text)))
            others: frozenset[Class] = frozenset()
        else:
            surname, given = self._surname(text), self._given(text)
            others = self._may_be(text) - (NAMES if len(text) == 1 else _SAME)
            if not surname and kana_names.is_surname(text):
                surname = Sure.WORD
        abroad = text.lower() in _ABROAD_IN_LETTERS or text in _ABROAD_IN_KANA
        return [
            f"read as {read}",
            f"surname {surname:d}",
            f"given {given:d}",
            f"surname {surname:d}, given {given:d}",
            *(f"also {kind.name.lower()}" for kind in others or ()),
            *(() if others else ("nothing else",)),
            *(("from abroad",) if abroad else ()),
        ]
