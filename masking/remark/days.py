"""Days, in eras and in the western calendar: 令和3年5月1日, 元年, S45.8.12, 2021/5/1, 5月1日.

Rule: a day of the year is what tells about somebody; a year, a month or a day of the month alone is none.
"""

from __future__ import annotations

from typing import Final

from masking.remark.pattern import Pattern, pattern
from masking.remark.span import SpanType

_K: Final = "〇零一二三四五六七八九十"
_YEAR: Final = f"(?:[0-9]{{1,2}}|元|[{_K}]{{1,3}})"
_MONTH: Final = "(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY: Final = "(?:3[01]|[12][0-9]|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_ERA: Final = "(?:明治|大正|昭和|平成|令和|明|大|昭|平|令|(?<![A-Za-z0-9])[MTSHRmtshr])"
_LONG_ERA: Final = "(?:明治|大正|昭和|平成|令和)"
_WEST: Final = "(?:1[89][0-9]{2}|20[0-9]{2})"
_UNKNOWN: Final = "(?:頃|ごろ)?"

DAYS: Final[tuple[Pattern, ...]] = (
    pattern(SpanType.DATE, f"{_ERA}\\.? ?{_YEAR} ?年 ?{_MONTH} ?月 ?{_DAY} ?日"),
    pattern(SpanType.DATE, f"{_ERA}\\.? ?{_YEAR}(?P<mark>[./-]) ?{_MONTH}(?P=mark) ?{_DAY}(?![0-9])"),
    pattern(SpanType.DATE, f"{_ERA}[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"),
    pattern(SpanType.DATE, f"(?<![0-9]){_WEST} ?年 ?{_MONTH} ?月 ?{_DAY} ?日"),
    pattern(SpanType.DATE, f"(?<![0-9-]){_WEST}(?P<mark>[./-]){_MONTH}(?P=mark){_DAY}(?![0-9-])"),
    pattern(
        SpanType.DATE, f"(?<![0-9-]){_WEST}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?= ?(?:生|付|届|転|死|受付|$))"
    ),
    pattern(SpanType.DATE, f"(?<![0-9{_K}]){_MONTH} ?月 ?{_DAY} ?日(?!間|数)"),
    pattern(SpanType.DATE, f"(?:同年|翌年|本年|去年|昨年){_MONTH}月{_DAY}日"),
    pattern(
        SpanType.DATE,
        r"(?<![0-9./-])(?P<it>(?:1[0-2]|0?[1-9])/(?:3[01]|[12][0-9]|0?[1-9]))(?![0-9/]|-[0-9]|の(?:持分|共有)|(?:に)?(?:減額|相当|ずつ))",
    ),
)
