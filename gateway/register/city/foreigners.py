"""Names of foreign residents: in Latin letters or kanji as on their residence card, with a reading and perhaps a 通称.

Rule: nations are as frequent as in the statistics of foreign residents of the Immigration Services Agency
(出入国在留管理庁「在留外国人統計」, end of 2023, rounded); names are everyday ones of each nation, put together by lot.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.register.city.names import Draws, Written, given_names, surnames
from masking.value import Sex


@dataclass(frozen=True, slots=True)
class Nation:
    """One nation's names: `TEXT/reading` words, parted by commas.

    `share` is its part of all foreign residents; `common` the share of its people who have a 通称 entered; `given` how
    many given names people have, at least and at most.
    """

    name: str
    share: float
    common: float
    surnames: str
    male: str
    female: str
    given: tuple[int, int] = (1, 1)


NATIONS: Final[Mapping[str, Nation]] = MappingProxyType(
    {
        "CN": Nation(
            "中国",
            0.26,
            0.10,
            "王/ワン,李/リー,张/ジャン,劉/リウ,陳/チェン,楊/ヤン,"
            "趙/ジャオ,黃/ホアン,周/ジョウ,吳/ウー,徐/シュー,孫/スン",
            "偉/ウェイ,強/チアン,磊/レイ,洋/ヤン,勇/ヨン,"
            "軍/ジュン,杰/ジエ,浩然/ハオラン,宇軒/ユーシュエン,志遠/ジーユエン",
            "芳/ファン,娜/ナー,敏/ミン,静/ジン,麗/リー,"
            "艷/イェン,欣怡/シンイー,雪梅/シュエメイ,佳慧/ジアフイ,曉燕/シアオイェン",
        ),
        "VN": Nation(
            "ベトナム",
            0.18,
            0.02,
            "NGUYEN/グエン,TRAN/チャン,LE/レ,PHAM/ファム,HOANG/ホアン,PHAN/ファン,VU/ヴー,DANG/ダン,BUI/ブイ,DO/ドー",
            "VAN MINH/ヴァン ミン,VAN HUNG/ヴァン フン,DUC ANH/ドゥック アイン,"
            "QUOC BAO/クオック バオ,HUU NAM/フー ナム,"
            "THANH TUNG/タイン トゥン,MINH KHOI/ミン コイ,VAN DUNG/ヴァン ズン",
            "THI LAN/ティ ラン,THI HUONG/ティ フオン,THI THU HA/ティ トゥー ハー,"
            "THI MAI/ティ マイ,NGOC ANH/ゴック アイン,"
            "THI HONG NHUNG/ティ ホン ニュン,THUY LINH/トゥイ リン,THI PHUONG THAO/ティ フオン タオ",
        ),
        "KR": Nation(
            "韓国",
            0.14,
            0.70,
            "金/キム,李/イ,朴/パク,崔/チェ,鄭/チョン,姜/カン,趙/チョ,尹/ユン,張/チャン,林/イム",
            "民秀/ミンス,成浩/ソンホ,永哲/ヨンチョル,正勲/ジョンフン,東賢/ドンヒョン,相佑/サンウ,炳旭/ビョンウク",
            "美姫/ミヒ,英子/ヨンジャ,恩珠/ウンジュ,秀賢/スヒョン,智恵/ジヘ,善美/ソンミ,貞淑/ジョンスク",
        ),
        "PH": Nation(
            "フィリピン",
            0.11,
            0.02,
            "SANTOS/サントス,REYES/レイエス,CRUZ/クルーズ,"
            "BAUTISTA/バウティスタ,GARCIA/ガルシア,DELA CRUZ/デラ クルーズ,"
            "MENDOZA/メンドーサ,VILLANUEVA/ビリャヌエバ",
            "JOSE/ホセ,MARK/マーク,ANTONIO/アントニオ,RAMIL/ラミル,CHRISTIAN/クリスチャン,DANILO/ダニロ",
            "MARIA/マリア,ANGELICA/アンジェリカ,JENNIFER/ジェニファー,"
            "ROSALIE/ロサリー,CRISTINA/クリスティーナ,LIZA/リザ",
            (1, 2),
        ),
        "BR": Nation(
            "ブラジル",
            0.08,
            0.15,
            "DA SILVA/ダ シルバ,DOS SANTOS/ドス サントス,OLIVEIRA/オリベイラ,SOUZA/ソウザ,FERREIRA/フェレイラ,"
            "TANAKA PEREIRA/タナカ ペレイラ,"
            "SATO RODRIGUES/サトウ ロドリゲス,DE ALMEIDA BARBOSA/デ アルメイダ バルボーザ",
            "JOAO/ジョアン,CARLOS/カルロス,LUCAS/ルーカス,MARCELO/マルセロ,EDUARDO/エドゥアルド,HENRIQUE/エンリケ",
            "MARIA/マリア,APARECIDA/アパレシーダ,JULIANA/ジュリアーナ,"
            "FERNANDA/フェルナンダ,LUCIANA/ルシアーナ,KAORI/カオリ",
            (1, 3),
        ),
        "NP": Nation(
            "ネパール",
            0.07,
            0.01,
            "GURUNG/グルン,TAMANG/タマン,SHRESTHA/シュレスタ,THAPA/タパ,RAI/ライ,KHADKA/カドカ,ADHIKARI/アディカリ",
            "BISHNU/ビシュヌ,RAJU/ラジュ,PRAKASH/プラカシュ,SURESH/スレシュ,DIPAK/ディパク,NABIN/ナビン",
            "SITA/シタ,SUNITA/スニタ,ANJU/アンジュ,KABITA/カビタ,SARITA/サリタ,PUJA/プジャ",
        ),
        "ID": Nation(
            "インドネシア",
            0.06,
            0.01,
            "WIJAYA/ウィジャヤ,SAPUTRA/サプトラ,HIDAYAT/ヒダヤット,PRATAMA/プラタマ,KUSUMA/クスマ,LESTARI/レスタリ",
            "BUDI/ブディ,AGUS/アグス,RIZKY/リズキー,DWI/ドゥイ,EKO/エコ,FAJAR/ファジャル",
            "SITI/シティ,DEWI/デウィ,RINA/リナ,AYU/アユ,NUR/ヌル,INDAH/インダー",
        ),
        "US": Nation(
            "米国",
            0.05,
            0.01,
            "MILLER/ミラー,ANDERSON/アンダーソン,THOMPSON/トンプソン,"
            "O'BRIEN/オブライエン,WALKER/ウォーカー,YOUNG/ヤング",
            "JAMES/ジェームズ,DAVID/デイビッド,KEVIN/ケビン,ERIC/エリック,BRIAN/ブライアン,SCOTT/スコット",
            "EMILY/エミリー,SARAH/サラ,LAURA/ローラ,RACHEL/レイチェル,ANNE/アン,CATHERINE/キャサリン",
            (1, 2),
        ),
        "PE": Nation(
            "ペルー",
            0.05,
            0.12,
            "QUISPE MAMANI/キスペ ママニ,FLORES ROJAS/フローレス ロハス,HUAMAN CASTILLO/ワマン カスティーヨ,"
            "HIGA VARGAS/ヒガ バルガス,ARAKAKI TORRES/アラカキ トーレス",
            "LUIS/ルイス,JORGE/ホルヘ,MIGUEL/ミゲル,ALBERTO/アルベルト",
            "ROSA/ロサ,CARMEN/カルメン,PATRICIA/パトリシア,MILAGROS/ミラグロス",
            (1, 2),
        ),
    }
)

_CODES: Final = tuple(NATIONS)
_SUMS: Final = tuple(itertools.accumulate(nation.share for nation in NATIONS.values()))


def _words(text: str) -> tuple[Written, ...]:
    return tuple(Written(*word.split("/")) for word in text.split(","))


_SURNAMES: Final = {code: _words(nation.surnames) for code, nation in NATIONS.items()}
_GIVEN: Final = {
    (code, sex): _words(nation.male if sex is Sex.MALE else nation.female)
    for code, nation in NATIONS.items()
    for sex in Sex
}


def nation(chance: Draws) -> str:
    """The code of a nation, by its share."""
    return _CODES[bisect.bisect(_SUMS, chance.random() * _SUMS[-1])]


def foreign_surname(chance: Draws, code: str) -> Written:
    """A family name of a nation."""
    words = _SURNAMES[code]
    return words[int(chance.random() * len(words))]


def foreign_name(
    chance: Draws, code: str, sex: Sex, family: Written, *, always_common: bool = False
) -> tuple[Written, str | None]:
    """A name with its reading, family and given names parted by U+3000, and a 通称, for some or `always_common`."""
    origin = NATIONS[code]
    low, high = origin.given
    pool = _GIVEN[code, sex]
    first = int(chance.random() * len(pool))
    count = low + int(chance.random() * (high - low + 1))
    given = [pool[(first + step) % len(pool)] for step in range(count)]
    written = Written(
        f"{family.text}　{' '.join(each.text for each in given)}",
        f"{family.kana}　{' '.join(each.kana for each in given)}",
    )
    if not always_common and chance.random() >= origin.common:
        return written, None
    return written, f"{surnames().draw(chance).text}　{given_names(sex, 1985).draw(chance).text}"
