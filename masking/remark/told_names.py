"""Surnames and given names alone, by what stands beside them: 妻心結同席, 担当:沓掛, 陸が次女, 氏を榊に改める.

Rule: what stands beside a word decides how sure it has to be a name by itself; where a cue asks for a name, even one
that no dictionary has is believed, and where nothing does, none. Each finder yields a part's beginning and end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from masking.remark.kana_words import word_set
from masking.remark.laid_out import Layout
from masking.remark.office_words import HOUSEHOLD, OFFICE_DEEDS, READING_LABELS, TITLES
from masking.remark.parts import KANJI, Parts, Sure
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.vocabulary import KIN, OFFICES, ROLES, STRICT_HONORIFICS
from masking.remark.whole_names import CALLING, STOP, TELLING
from masking.remark.words import NAMES, Class, Word

_Part: TypeAlias = tuple[int, int]
_Ask: TypeAlias = Callable[[str], Sure]

_CUE: Final = re.compile("第[0-9一二三四五六]子|内縁の[夫妻]")
_CUES_BY_FIRST: Final = {
    first: tuple(sorted((cue for cue in TELLING if cue[0] == first), key=len, reverse=True))
    for first in {cue[0] for cue in TELLING}
}
"""The cues that begin with a character, the longest first."""
_JOINT: Final = re.compile(" ?(?P<joint>[の、:：・(（「『=→/-]|は|が|を)? ?")
_NAMING: Final = word_set("旧姓 新姓 前姓 姓 氏 旧氏 新氏 氏名 名 名前 改名 本名 通称")
"""Labels behind which a single character is a name, whatever else it may be."""
_NEVER: Final = frozenset("何某同各両無有不変要済他")
_LOOSE: Final = frozenset({"の", "は", "が", "を", "、"})
"""Behind these something else than a name may follow as well."""
_ENDING: Final = {Class.MARK, Class.PARTICLE, Class.BLANK}
_RENAMED: Final = re.compile(" ?[にへと](?:改|変更|復|戻|訂正|なる|なった|なり)|に復氏|姓|氏を|を名乗")
_CHANGED: Final = re.compile(
    f"(?P<old>[{KANJI}]{{1,4}})(?:姓)?(?:から|→|より)(?P<new>[{KANJI}]{{1,4}})(?:姓)?(?:に|へ)?(?:改姓|改氏|復氏|氏変更|姓変更|変更|名字)"
)
_SAID: Final = re.compile("[」』]?(?:という|と言う|と名乗|と称|と記|と書|と印字|と読|姓)")
_AND: Final = frozenset({"と", "、", "・", "及び", "や"})
_BESIDE: Final = _AND | {"の", "は", "が", "も", "(", "（"}
_SUBJECTS: Final = frozenset({"は", "が", "を", "も", "と"})
_TOGETHER: Final = re.compile("両名|両氏|の?[0-9二三四五]名|の?[二三]人|ら")
_WRITTEN: Final = re.compile(
    "(?:読み|よみ|ヨミ|フリガナ|ふりがな|カナ|名義人?|口座名|振込人?|表札|名札|宛名)(?:は|が|も|に)?[「『 :：]*"
)
_HIRAGANA: Final = re.compile("[ぁ-ゖー]{3,}")
_FOLLOWING: Final = frozenset("のがはともをにへよさちく")
"""What may follow a name in hiragana directly: particles, and さん, ちゃん, くん."""
_KANA: Final = re.compile("[ァ-ヺー]{2,8}|[ぁ-ゖー]{2,8}")
_NO_READING: Final = STOP | READING_LABELS
_FAMILY: Final = KIN | {"親権者", "保護者", "両親", "実家", "世帯", "親", "奥さん", "旦那", "旦那さん", "家族"}
_OF_HOUSE: Final = (HOUSEHOLD | {"宛", "あて", "記", "名義", "様方"}) - {"側", "姓"}


class ToldNames:
    """Finds names of one part by what is beside them."""

    def __init__(self, parts: Parts) -> None:
        self._surname: _Ask = parts.surname
        self._given: _Ask = parts.given

    def find(self, layout: Layout) -> Iterator[Found]:
        """All of them; some may overlap."""
        of_names = _RENAMED.search(layout.text) is not None or _SAID.search(layout.text) is not None
        of_names = of_names or _CHANGED.search(layout.text) is not None
        for word in layout.words:
            start = word.start
            if cue := _cue_at(layout, start):
                yield from self._found(self._behind_cue(layout, cue, start + len(cue)))
            if _may_begin(layout, start):
                yield from self._found(self._called(layout, start))
                yield from self._found(self._of_family(layout, start))
                if of_names:
                    yield from self._found(self._renamed(layout, start))
        yield from self._found(self._written(layout))

    @staticmethod
    def _found(parts: Iterator[_Part]) -> Iterator[Found]:
        for start, end in parts:
            yield Found(start, end, SpanType.PERSON, WORDS)

    def _either(self, text: str) -> Sure:
        return max(self._given(text), self._surname(text))

    def _behind_cue(self, layout: Layout, cue: str, end: int) -> Iterator[_Part]:
        """What follows a relation (a given name) or a label or title (mostly a surname)."""
        joint = _JOINT.match(layout.text, end)
        if joint is None:
            return
        start = joint.end()
        loose = joint["joint"] in _LOOSE
        of_kin = cue in KIN or cue.startswith("第")
        if cue in TITLES | ROLES and not of_kin and (joint["joint"] is None and start == end):
            return  # 課長報告
        if cue in KIN and layout.text[start : start + 1] == layout.text[start + 1 : start + 2] >= "一":
            yield start, start + 1  # 妻望望まず
            return
        if cue in KIN and (end := self._in_hiragana(layout.text, start)):
            yield start, end
            return
        asked = self._given if of_kin and not loose else self._either
        for stop, text in layout.runs(start):
            if cue in _NAMING and len(text) == 1 and text not in _NEVER and text >= "一" and layout.closes(stop):
                yield start, stop
                return
            if text in STOP or (cue.endswith("先") and _is_place(layout, start, stop)):
                continue
            sure = _of_one_word(layout, start, stop, asked(text))
            if sure and _believed(layout, stop, sure, text, loose=loose):
                yield start, stop
                return

    def _in_hiragana(self, text: str, start: int) -> int:
        """Where a given name in hiragana ends, whatever words the dictionary makes of it (よう/この); 0 if none begins."""
        run = _HIRAGANA.match(text, start)
        if run is None:
            return 0
        for end in range(min(run.end(), start + 5), start + 2, -1):
            if self._given(text[start:end]) is Sure.NAME and (end == run.end() or text[end] in _FOLLOWING):
                return end
        return 0

    def _called(self, layout: Layout, start: int) -> Iterator[_Part]:
        """渕さん, 尾花沢宅, 沓掛主任."""
        for stop, text in layout.runs(start):
            following = layout.after(stop)
            if following is None or text in STOP:
                continue
            behind = following.text
            if behind in STRICT_HONORIFICS:
                sure = _of_one_word(layout, start, stop, self._either(text))
            elif behind in _OF_HOUSE or behind in TITLES or behind in ROLES:
                sure = _of_one_word(layout, start, stop, self._surname(text))
                if behind in OFFICES and _is_place(layout, start, stop):
                    continue
            else:
                continue
            if sure:
                yield start, stop
                return

    def _of_family(self, layout: Layout, start: int) -> Iterator[_Part]:
        """心結の親権者, 莉央は長男, 凪と紬は双子, and 千葉(隣人)."""
        if not layout.opens(start):
            return
        for stop, text in layout.runs(start):
            particle = layout.after(stop)
            then = layout.after(particle.end) if particle is not None and particle.text in _BESIDE else None
            if particle is None or then is None:
                continue
            if text in STOP or self._either(text) < (Sure.MAYBE if self._given(text) else Sure.WORD):
                continue
            if (
                particle.text in ("の", "は", "が", "も")
                and then.text in _FAMILY
                and not _is_place(layout, start, stop)
            ):
                yield start, stop
                return
            if particle.text in ("(", "（") and then.text in TELLING and layout.text[then.end : then.end + 1] in ")）":
                yield start, stop
                return
            if particle.text in _AND:
                yield from self._together(layout, start, stop)
                return

    def _together(self, layout: Layout, start: int, stop: int) -> Iterator[_Part]:
        """沖、辻、堀の3名, and 凪と紬は双子: all of a list are people where what follows says so of them."""
        listed = [(start, stop)]
        separator = layout.after(stop)
        while separator is not None and separator.text in _AND:
            following = next(
                ((end, text) for end, text in layout.runs(separator.end) if text not in STOP and self._either(text)),
                None,
            )
            if following is None:
                return
            listed.append((separator.end, following[0]))
            separator = layout.after(following[0])
        end = listed[-1][1]
        sure = all(self._either(layout.text[first:last]) >= Sure.WORD for first, last in listed)
        kin = separator is not None and separator.text in ("は", "が") and _next_is(layout, separator, _FAMILY)
        if _TOGETHER.match(layout.text, end) or (kin and sure):
            yield from listed

    def _renamed(self, layout: Layout, start: int) -> Iterator[_Part]:
        """離婚により柏に復氏, 関から堀に改姓, and 榊という男."""
        change = _CHANGED.match(layout.text, start)
        if change is not None and all(
            self._either(change[each]) and change[each] not in STOP for each in ("old", "new")
        ):
            yield change.span("old")
            yield change.span("new")
        for stop, text in layout.runs(start):
            renamed = _RENAMED.match(layout.text, stop) is not None and _about_names(layout.text, start, stop)
            said = _SAID.match(layout.text, stop) is not None and _opens_name(layout, start)
            if (renamed or said) and text not in STOP and self._surname(text) >= (Sure.MAYBE if renamed else Sure.WORD):
                yield start, stop
                return

    def _written(self, layout: Layout) -> Iterator[_Part]:
        """読みはトウカイリン, 表札は榊."""
        for label in _WRITTEN.finditer(layout.text):
            if (kana := _KANA.match(layout.text, label.end())) is not None:
                if label[0][0] not in "表名宛" and layout.closes(kana.end()) and kana[0] not in _NO_READING:
                    yield kana.span()
                    more = _KANA.match(layout.text, kana.end() + 1)
                    if more is not None and layout.text[kana.end()] == " " and more[0] not in _NO_READING:
                        yield kana.start(), more.end()
                continue
            for stop, text in layout.runs(label.end()):
                if text not in STOP and self._surname(text) and layout.closes(stop):
                    yield label.end(), stop
                    break


def _cue_at(layout: Layout, start: int) -> str:
    """The longest cue that begins here and ends where a word does; "" for none."""
    special = _CUE.match(layout.text, start)
    if special is not None:
        return special[0]
    for cue in _CUES_BY_FIRST.get(layout.text[start], ()):
        if start + len(cue) in layout.ends and layout.text.startswith(cue, start):
            return cue
    return ""


def _believed(layout: Layout, stop: int, sure: Sure, text: str, *, loose: bool) -> bool:
    """Whether a word behind a cue is a name, by how sure it is one and by what follows it."""
    word = layout.after(stop)
    if word is None:
        return not loose or sure >= Sure.WORD
    if word.text in STRICT_HONORIFICS:
        return True
    if word.kind in _ENDING:
        if loose and word.kind is Class.PARTICLE:
            return sure is Sure.NAME or (len(text) == 1 and word.text in _SUBJECTS)
        return sure > Sure.MAYBE or not loose
    if loose:
        return word.text in OFFICE_DEEDS and sure is Sure.NAME
    return word.text in CALLING and (sure >= Sure.WORD or len(text) > 1)


def _of_one_word(layout: Layout, start: int, stop: int, sure: Sure) -> Sure:
    """What could be a name only because no dictionary has it is none if it is several words."""
    word = layout.begins.get(start)
    if sure is not Sure.MAYBE or word is None or word.end == stop:
        return sure
    inside = [each for each in layout.words if start <= each.start < stop]
    return sure if all(len(each.text) == 1 for each in inside) else Sure.NO


def _may_begin(layout: Layout, start: int) -> bool:
    word = layout.before(start)
    return word is None or word.kind in _ENDING or word.kind is Class.OTHER or word.text in TELLING


def _opens_name(layout: Layout, start: int) -> bool:
    word = layout.before(start)
    return word is None or word.kind in {Class.MARK, Class.BLANK} or word.text in ("は", "が", "に")


def _is_place(layout: Layout, start: int, stop: int) -> bool:
    word = layout.begins.get(start)
    return word is not None and word.end == stop and word.kind is Class.PLACE


def _next_is(layout: Layout, word: Word, words: frozenset[str] | set[str]) -> bool:
    following = layout.after(word.end)
    return following is not None and (following.text in words or following.kind in NAMES)


def _about_names(text: str, start: int, stop: int) -> bool:
    """Whether it is names that are spoken of close by."""
    near = text[max(0, start - 8) : start] + text[stop : stop + 8]
    return any(word in near for word in ("氏", "姓", "名", "離婚", "婚姻", "結婚", "養子", "復", "改"))
