"""How names are written besides the plain way: which characters have variants, and how many people bear them.

Rule: a share is of those whose plain spelling has the character. No statistics count spellings, so the shares are
estimates. Their measure are the surnames that the name dataset counts in both spellings: of all 渡辺, 渡邉 and 渡邊 7
in 100 write a variant, of 斎藤, 斉藤, 齋藤 and 齊藤 13, of 沢田 and 澤田 nearly a third; 高橋, which it does not part,
is commonly taken to be 髙橋 for about one in three.

Which spellings there are: JIS X 0213, the ideographs of the family registers (文字情報基盤 MJ, some outside the BMP),
variation sequences of its IVD collection, and for what systems of old had no code for, the city's own characters
(外字) of the private use area.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

Shares = Mapping[str, tuple[tuple[str, float], ...]]
"""Variants of a plain character with their shares."""

IN_SURNAMES: Final[Shares] = MappingProxyType(
    {
        "高": (("髙", 0.32),),
        "崎": (("﨑", 0.18), ("\U0002550e", 0.004), ("嵜", 0.01)),
        "吉": (("\U00020bb7", 0.14),),
        "橋": (("\U0002363a", 0.006), ("槗", 0.01)),
        "辺": (("邊", 0.03), ("邉", 0.03), ("\ue0b2", 0.003)),
        "浜": (("濵", 0.11), ("濱", 0.12)),
        "斎": (("齋", 0.11), ("\ue10d", 0.004)),
        "斉": (("齊", 0.09),),
        "島": (("嶋", 0.06), ("嶌", 0.006)),
        "沢": (("澤", 0.30),),
        "広": (("廣", 0.10),),
        "真": (("眞", 0.06),),
        "徳": (("德", 0.12),),
        "富": (("冨", 0.12),),
        "瀬": (("瀨", 0.06),),
        "桑": (("桒", 0.06),),
        "柳": (("栁", 0.07),),
        "塚": (("\ufa10", 0.12),),
        "福": (("\ufa1b", 0.02),),
        "神": (("\ufa19", 0.03),),
        "都": (("\ufa26", 0.08),),
        "羽": (("\ufa1e", 0.02),),
        "曽": (("曾", 0.12),),
        "国": (("國", 0.06),),
        "竜": (("龍", 0.30),),
        "滝": (("瀧", 0.18),),
        "関": (("關", 0.01),),
        "黒": (("黑", 0.04),),
        "増": (("增", 0.04),),
        "館": (("舘", 0.20),),
        "桜": (("櫻", 0.20),),
        "塩": (("鹽", 0.01),),
        "脇": (("\U000266b0", 0.02),),
        "土": (("\U0002123d", 0.015),),
        "今": (("\U0002b746", 0.004),),
        "葛": (("葛\U000e0100", 0.45),),
        "辻": (("辻\U000e0100", 0.30),),
        "榊": (("榊\U000e0100", 0.10),),
        "芦": (("芦\U000e0100", 0.08),),
        "樋": (("樋\U000e0100", 0.15),),
    }
)

IN_GIVEN_NAMES: Final[Shares] = MappingProxyType(
    {
        "恵": (("惠", 0.05),),
        "真": (("眞", 0.04),),
        "広": (("廣", 0.04),),
        "徳": (("德", 0.05),),
        "栄": (("榮", 0.05),),
        "寿": (("壽", 0.04),),
        "国": (("國", 0.03),),
        "礼": (("禮", 0.04),),
        "静": (("靜", 0.03),),
        "実": (("實", 0.03),),
        "桜": (("櫻", 0.03),),
        "弥": (("彌", 0.04),),
        "吉": (("\U00020bb7", 0.04),),
        "祐": (("\ufa4f", 0.04),),
        "祥": (("\ufa1a", 0.04),),
        "晴": (("\ufa12", 0.02),),
        "瑠": (("瑠\U000e0100", 0.01),),
    }
)

HALF_WIDTH: Final[Mapping[str, str]] = MappingProxyType(
    dict(
        zip(
            "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
            "ァィゥェォャュョッーガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ　",
            (
                *"ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ",
                *(f"{kana}ﾞ" for kana in "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ"),
                *(f"{kana}ﾟ" for kana in "ﾊﾋﾌﾍﾎ"),
                "ｳﾞ",
                "　",
            ),
            strict=True,
        )
    )
)
"""Katakana as systems of old wrote them: half as wide, the voicing mark behind."""

_HALF_WIDTH: Final = str.maketrans(dict(HALF_WIDTH))
_HIRAGANA: Final = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}


def half_width(kana: str) -> str:
    """A reading in katakana, in half-width characters."""
    return kana.translate(_HALF_WIDTH)


def hiragana(kana: str) -> str:
    """A reading in katakana, in hiragana."""
    return kana.translate(_HIRAGANA)


def spelled(text: str, shares: Shares) -> Iterator[tuple[str, float]]:
    """All spellings of a name with their shares, the plain one first; one variant a spelling."""
    variants = [
        (text.replace(char, variant, 1), share)
        for char in dict.fromkeys(text)
        for variant, share in shares.get(char, ())
    ]
    yield text, 1.0 - sum(share for _, share in variants)
    yield from variants
