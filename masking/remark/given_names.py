"""Given names by themselves (陽葵の入学, 亮を引き取る, 凪と紬の2児): who is born, brought up, named, missed or buried.

Rule: such a word is a name where it stands at the beginning of a clause and only a person is spoken of so; a word of
the language (光, 学, 和) needs what can be said of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from masking.remark.laid_out import Layout
from masking.remark.parts import Parts, Sure
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.whole_names import STOP
from masking.remark.words import Class

_SEASONS: Final = frozenset("春夏秋冬朝夕夜昼今一二三四五六七八九十上下前後中元千万新旧男女子実本")
_RELATION: Final = "長男|長女|次男|次女|二男|二女|三男|三女|四男|四女|末子|養子|養女|孫|父|母|妻|夫|兄|姉|弟|妹"
_ONLY_PEOPLE: Final = re.compile(
    f"[(（](?:{_RELATION}|[0-9]{{1,2}}(?:歳|才|か月|ヶ月)?[)）・、])|"
    "と(?:命名|名付|改名|名乗)|に(?:改名|会わ|逢わ|面会)|を(?:連れ|引き?取|出産|産ん|養子|認知|抱い|預かり|預け|虐待|叩)|"
    "(?:が|は)(?:生まれ|産まれ|誕生|出生|死亡|他界|逝去|認知|[0-9]{1,2}歳|小学|中学|高校|小[1-6]|中[1-3]|高[1-3]|年[長中少])|"
    "(?:出生|誕生|死亡|他界|逝去)(?!届|率|数|診断|事故|一時|地)|(?:小|中|高)[1-6](?!丁)|年[長中少]|"
    "(?:お?(?:ばあ|じい|婆|爺)(?:ちゃん|さん|様)|お?(?:兄|姉)(?:ちゃん|さん)|おじ(?:さん)?|おば(?:さん)?|お嬢(?:さん|様)|坊)|"
    "児(?!童)"
)
_MOSTLY_PEOPLE: Final = re.compile(
    "の(?:入学|卒業|通学|通園|転校|保育|認知|戸籍|籍|手帳|葬儀|葬式|口座|親権|監護|養育|出生|将来|学校|担任|給食|学費|父|母|夫|妻|兄|姉)|"
    "(?:は|が|も)(?:在学|在園|就学|通園|通学|休学|退学|同居|別居|除く|同時|転入|転出|結婚|離婚|入院|退院|不登校|欠席|早退)|"
    "(?:以外|のみ|だけ|名義|分の| ?[HSRT][0-9]{1,2}(?:[.年生]|$))"
)
_ASKED: Final = re.compile(
    "(?:対象児童?|被虐待児|本児|胎児|遺児|遺族|園児|児童名?|生徒|新生児|出生児|戸主|先代|喪主|施主|一子|嫡出子|子ども|こども|子供)"
    "(?:名|は|の)?[ :：(（・、]*$"
)
_SEVERAL: Final = re.compile(
    "の?(?:[0-9一二三]児|[0-9二三]人|兄弟|姉妹|きょうだい|保育料|入学|通園|給食費|[)）]|双子|親権|養育費)"
)
_ANY_LABEL: Final = re.compile("児|生徒|遺族|戸主|先代|喪主|施主|子|こども")
_NONE: Final = STOP | _SEASONS
_AND: Final = re.compile("と|、|・|及び|および|や|,")


class GivenNames:
    """Finds given names alone."""

    def __init__(self, parts: Parts) -> None:
        self._given = parts.given

    def find(self, layout: Layout) -> Iterator[Found]:
        """All of them in a text."""
        labels = _ANY_LABEL.search(layout.text) is not None
        for word in layout.words:
            asked = labels and _ASKED.search(layout.text, max(0, word.start - 9), word.start) is not None
            if word.text in STOP or not (asked or _free(layout, word.start)):
                continue
            for start, end in self._at(layout, word.start, asked=asked):
                yield Found(start, end, SpanType.PERSON, WORDS)

    def _at(self, layout: Layout, start: int, *, asked: bool) -> Iterator[tuple[int, int]]:
        for end, text in layout.runs(start):
            only = _ONLY_PEOPLE.match(layout.text, end) is not None
            mostly = only or _MOSTLY_PEOPLE.match(layout.text, end) is not None
            closed = asked and (layout.closes(end) or _is_particle(layout, end))
            other = _AND.match(layout.text, end)
            if not (mostly or closed or other) or text in _NONE:
                continue
            sure = self._given(text)
            if not sure or not _of_names(layout, start, end, sure):
                continue
            if only or closed or (mostly and sure is not Sure.WORD):
                yield start, end
                return
            if other is not None:
                for stop, second in layout.runs(other.end()):
                    if second not in STOP and self._given(second) and _SEVERAL.match(layout.text, stop):
                        yield start, end
                        yield other.end(), stop
                        return


def _free(layout: Layout, start: int) -> bool:
    word = layout.before(start)
    return word is None or word.kind in {Class.MARK, Class.BLANK} or (word.kind is Class.PARTICLE and word.text != "の")


def _is_particle(layout: Layout, place: int) -> bool:
    word = layout.after(place)
    return word is not None and word.kind is Class.PARTICLE


def _of_names(layout: Layout, start: int, end: int, sure: Sure) -> bool:
    """Whether the words here may be a name together: those that no dictionary has are one word, or lone characters."""
    word = layout.begins.get(start)
    if word is None or word.end == end:
        return word is not None
    inside = [each for each in layout.words if start <= each.start < end]
    return sure is Sure.NAME or all(len(each.text) == 1 for each in inside)
