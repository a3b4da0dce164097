"""Surnames of one character, and those that are places (辻, 林, 千葉), without an honorific: who speaks, is spoken to, or
has something of his own.

Rule: such a word is a name where only people do what is said of it (辻が了承, 堀に伝言, 榊の印), at the beginning of a
clause; trees, waters and hills that stand in remarks by themselves need the surest of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from masking.remark.laid_out import Layout
from masking.remark.office_words import NO_SIGN_OFF, POSITIONS
from masking.remark.parts import KANJI, Parts, Sure
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.whole_names import STOP
from masking.remark.words import Class, Word

_DIRECTIONS: Final = frozenset("東西南北高長平大小")
"""Positions that are surnames of many, and not of superiors as 上 and 前 are."""
_NATURE: Final = _DIRECTIONS | frozenset(
    "林森谷島池滝原岡沖泉畑浜岸松杉竹梅桜柳桐菊梨栗桃藤萩椿星月星波浪旗鈴城寺宮堀境角脇奥裏辺"
)
"""Words that stand in remarks by themselves, and mean just that."""
_SPOKEN: Final = (
    "言|い(?:う|っ|わ)|話し|話す|伝え|告げ|聞[いく]|聴[いく]|尋ね|訊|頼[みむん]|断[わり]|怒|謝|渡し|渡す|預け|預か|呼ば|呼び|名乗|"
    "了承|了解|承知|同意|同席|立会|立ち会|回答|連絡|電話|架電|受電|入電|報告|説明|相談|依頼|指示|伝言|引継|引き継|申出|"
    "対応|担当|受付|受領|署名|押印|代筆|起案|決裁|確認|調整|面談|聴取|訪問|来庁|来所|留守|外出|帰宅|入院|退院|死亡|転居|転出|転入|主張|要望|要求|苦情|抗議|在席|不在|休暇|出張|退職|異動|後任|前任"
)
_DOES: Final = re.compile(f"(?:が|は|も|へ|に|より|から|と|まで)(?:も|は)?[^。、 ]{{0,10}}?(?:{_SPOKEN})")
_SURELY_DOES: Final = re.compile(
    f"(?:が|は|も|へ|に|より|から|まで)(?:{_SPOKEN})|と(?:面談|同席|協議|口論|話|相談|電話|連絡|同行|訪問)"
)
_HAS: Final = re.compile(
    "の(?:印|判|署名|メモ|字|筆跡|話|言|ことば|意向|希望|後任|前任|携帯|口座|通帳|代理|上司|部下|妻|夫|子|母|父|兄|姉|弟|妹|娘|息子|"
    "親|実家|本家|遺族|名|姓)"
)
_AND: Final = re.compile("[とや・、](?P<other>[々\u3400-\u9fff]{1,3})(?:と|が|で|の|、)")
_DONE: Final = re.compile(f"(?:{_SPOKEN})(?:済|中|予定|あり|有|なし|$|。|、)")
_PERSONAL: Final = re.compile(
    "代?印|拝(?!見|借|受)|本人|当人|両名|両氏|夫妻|Dr|ドクター|CM|CW|PSW|ケアマネ|民生|代理|休み|休暇|待ち|預かり|戻り|帰省|気付|経由|"
    "(?:他|外|ほか|ら)[0-9一二三四五]*名|と(?:は)?(?:別人|同一人|同姓|結婚|離婚|再婚|婚姻|改姓|改氏|名乗)|に(?:嫁|一任|託|預け)|へ復氏|"
    f"を(?:名乗|[{KANJI}]{{1,3}}に(?:訂正|変更|改))|と[{KANJI}]{{1,3}}を(?:混同|取り違|取違|間違)"
)
_SIGNS: Final = re.compile(
    "(?:記録|起案|起票|受付|入力|審査|決裁|合議|代理|民生|実家|母方|父方|by|TEL|c/o|[0-9][/.][0-9]{1,2}|[0-9]日)[:：・ ]?$"
)
_DOES_OF_PLACES: Final = re.compile(f"(?:が|は|も)(?:{_SPOKEN})|と(?:面談|同席|協議|口論|同行)")
_AMBIGUOUS: Final = frozenset({Class.PLACE, Class.COMMON, Class.ACTION, Class.PROPER})
_NEVER: Final = ((POSITIONS | NO_SIGN_OFF) - _DIRECTIONS) | STOP
_TIMES: Final = frozenset(
    [
        "日",
        "時",
        "分",
        "頃",
        "午前",
        "午後",
        "本日",
        "昨日",
        "今朝",
        "先日",
        "先週",
        "今週",
        "翌日",
        "当日",
        "同日",
        "夜間",
        "朝",
        "夕方",
    ]
)
_OF_NAMES: Final = re.compile(
    "(?:一|二|の|旧|新|別|外|異体|漢)字|字体|姓|苗字|名字|署名|判子|印影|ゴム印|三文判|表札|宛名|検索|へん|かんむり|冠|画数|木が|読み|読む|読ん"
)
"""Where it is names that are spoken of, and how they are written."""
_AS_A_NAME: Final = re.compile("(?:は|が|も|と|で|を|の(?:一|旧|新)?字|のゴム印|、|。|」|[)）]|$)")
_INSTEAD: Final = re.compile("(?:で(?:は)?なく|ではない|と(?:は)?別|と混同|違い|の誤り|に訂正|が正)")


class ShortNames:
    """Finds surnames of one character, and those that are places or words."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def find(self, layout: Layout) -> Iterator[Found]:
        """All of them in a text."""
        of_names = _OF_NAMES.search(layout.text) is not None
        for word in layout.words:
            if not word.is_kanji or self._parts.surname(word.text) < Sure.WORD or word.text in _NEVER:
                continue
            signs = _SIGNS.search(layout.text, max(0, word.start - 8), word.start) is not None
            if signs and layout.closes(word.end):
                pass
            elif not _free(layout, word.start):
                continue
            elif len(word.text) == 1:
                if not _is_one(layout, word, of_names=of_names):
                    continue
            elif word.kind not in _AMBIGUOUS or not _is_person(layout, word):
                continue
            yield Found(word.start, word.end, SpanType.PERSON, WORDS)


def _is_one(layout: Layout, word: Word, *, of_names: bool) -> bool:
    text, end = layout.text, word.end
    nature = word.text in _NATURE
    return (
        text[end : end + 1] == word.text  # 原原因不明の発熱
        or (not nature and _is_deed(layout, end))
        or any(
            expression.match(text, end) is not None
            for expression in (
                _PERSONAL,
                _HAS,
                _DONE,
                _SURELY_DOES,
                # In quotes it is a character that is spoken of.
                *((_AS_A_NAME,) if of_names and text[word.start - 1 : word.start] not in ("「", "『") else ()),
                *((_DOES, _INSTEAD) if not nature else ()),
            )
        )
    )


def _is_person(layout: Layout, word: Word) -> bool:
    """Whether only a person is spoken of so, where the word is a place or another word, too."""
    text, end = layout.text, word.end
    does = _DOES_OF_PLACES if word.kind is Class.PLACE else _SURELY_DOES
    return any(expression.match(text, end) is not None for expression in (_PERSONAL, _HAS, does))


def _is_deed(layout: Layout, place: int) -> bool:
    word = layout.after(place)
    if word is None or word.kind is not Class.ACTION:
        return False
    return layout.closes(word.end) or layout.text.startswith(("済", "中", "予定"), word.end)


def _free(layout: Layout, start: int) -> bool:
    """Whether nothing before belongs to the word: a clause begins here, or a particle but の or a time is before."""
    word = layout.before(start)
    if word is not None and word.text in _TIMES:
        return True
    return word is None or word.kind in {Class.MARK, Class.BLANK} or (word.kind is Class.PARTICLE and word.text != "の")
