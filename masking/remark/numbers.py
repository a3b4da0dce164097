"""Numbers that name somebody: of the state, of insurers, of banks, of telephones; and mail addresses.

Rule: a number is one by the word before it, or by its form and a check digit, and never by its length alone; a number
that the text calls one of an invoice, a file or a parcel is none.

- 個人番号: twelve digits, check digit of 平成26年総務省令第85号 art. 5.
- 住民票コード: eleven digits, check digit of 平成14年総務省告示第436号.
- 法人番号: thirteen digits, the first of which is the check digit (法人番号の指定等に関する省令, 平成26年財務省令第70号 art. 2).
- 基礎年金番号: four and six digits. 運転免許証: twelve digits. 旅券: two letters and seven digits.
- Telephone numbers: 電気通信番号計画 (令和元年総務省告示第6号): 0 and nine digits, 0x0 and eight, or local ones by the word before.
"""

from __future__ import annotations

from typing import Final

from masking.remark.pattern import N, Pattern, Z, pattern
from masking.remark.span import CHECKED, SpanType

_OTHER: Final = (
    "受付|整理|管理|文書|伝票|問合せ|問い合わせ|追跡|お客様|荷物|請求|請求書|注文|契約|機器|端末|製造|型|起案|決裁|事件|通知書|照会|案件|郵便|書留|"
    "引受|納付|確認|登録|証明|発行|申請|予約|会員|保険者|送り状|シリアル|納入|見積|資産|物品|備品|ファイル|台帳|送付"
)
_NOT_OTHER: Final = f"(?<!(?:{_OTHER})(?:番号|No\\.?|NO\\.?|no\\.?|№|コード|ID|:)?[はがのを:]? ?[:#]? ?)"
_GAP: Final = "[ -]?"
_SAID: Final = "[^0-9。、\n]{0,12}?"

_PHONE_WORD: Final = "(?:電話番号|電話|携帯電話|携帯|TEL|Tel|tel|FAX|Fax|fax|ファクス|ファックス|連絡先|デンワ|ケイタイ|ﾃﾚ|自宅|直通|代表|℡|内線)"

_WEIGHTS_BY_PLACE: Final = (2, 3, 4, 5, 6, 7)


def _digits(text: str) -> list[int]:
    return [int(char) for char in text if char in "0123456789"]


def _modulo_11(text: str) -> bool:
    *others, last = _digits(text)
    total = sum(digit * _WEIGHTS_BY_PLACE[place % 6] for place, digit in enumerate(reversed(others)))
    rest = total % 11
    return last == (0 if rest <= 1 else 11 - rest)


def _modulo_9(text: str) -> bool:
    first, *others = _digits(text)
    total = sum(digit * (1 + place % 2) for place, digit in enumerate(reversed(others)))
    return first == 9 - total % 9


_MY_NUMBER: Final = f"[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"
_MY_WORD: Final = "(?:個人番号|マイナンバー|マイナンバ|ﾏｲﾅﾝﾊﾞｰ|MN|コジンバンゴウ|12桁)"
_CODE: Final = (
    f"[0-9]{{5}}{_GAP}[0-9]{{6}}|[0-9]{{4}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}|[0-9]{{10}}{_GAP}[0-9]|[0-9]{{11}}"
)
_CORPORATE: Final = f"[0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"

NUMBERS: Final[tuple[Pattern, ...]] = (
    pattern(
        SpanType.MY_NUMBER,
        f"{_MY_WORD}(?!カード番号|通知書の再送)[^0-9。\n]{{0,12}}[。]?{_SAID}{N}(?P<it>{_MY_NUMBER}){Z}(?!-)",
        score=CHECKED,
    ),
    pattern(SpanType.MY_NUMBER, f"{_NOT_OTHER}(?<![0-9-])(?P<it>{_MY_NUMBER}){Z}(?!-)", holds=_modulo_11),
    pattern(SpanType.CORPORATE_NUMBER, f"法人番号{_SAID}{N}(?P<it>{_CORPORATE}){Z}", score=CHECKED),
    pattern(SpanType.CORPORATE_NUMBER, f"{_NOT_OTHER}(?<![0-9-])(?P<it>{_CORPORATE}){Z}", holds=_modulo_9),
    pattern(
        SpanType.RESIDENT_CODE,
        f"(?:住民票コード|住基コード|住基番号|住コード|票コード|コード照会|住民票コ-ド){_SAID}{N}(?P<it>{_CODE}){Z}",
        score=CHECKED,
    ),
    pattern(SpanType.RESIDENT_CODE, f"{_NOT_OTHER}(?<![0-9-])(?!0[5-9]0)(?P<it>[0-9]{{11}}){Z}(?!-)", holds=_modulo_11),
    pattern(
        SpanType.PENSION_NUMBER,
        f"(?:基礎年金番号|年金番号|年金手帳|年金証書|年金)(?:の?記号番号|番号)?{_SAID}{N}(?P<it>[0-9]{{4}}{_GAP}[0-9]{{6}}(?:{_GAP}[0-9]{{4}})?){Z}",
        score=CHECKED,
    ),
    pattern(
        SpanType.PENSION_NUMBER, f"年金[^\n]{{0,20}}?(?<![0-9-])(?P<it>[0-9]{{4}}-?[0-9]{{6}}(?:-[0-9]{{4}})?){Z}(?!-)"
    ),
    pattern(
        SpanType.LICENCE,
        f"(?:運転免許証|運転免許|免許証|免許|運転経歴証明書){_SAID}{N}(?:第 ?)?(?P<it>[0-9]{{12}}|[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}){Z}",
        score=CHECKED,
    ),
    pattern(SpanType.PASSPORT, r"(?<![A-Za-z0-9])(?P<it>[A-Z]{2} ?[0-9]{7})(?![0-9A-Za-z])"),
    pattern(
        SpanType.PASSPORT,
        r"(?:旅券|パスポート|passport|Passport)[^0-9A-Za-z。\n]{0,10}(?P<it>[A-Z]{0,2} ?[0-9]{6,9})(?![0-9A-Za-z])",
    ),
    pattern(
        SpanType.INSURANCE_NUMBER,
        "(?:被保険者証|被保険者番号|被保険者|保険証|介護保険|国保|国民健康保険|健康保険|社会保険|社保|後期高齢|後期|雇用保険|受給者証|受給者番号|受給者)"
        f"(?:の?(?:記号番号|記号|番号))?[^0-9。\n]{{0,12}}?{N}(?P<it>[0-9]{{1,4}}[ -][0-9]{{4,8}}(?:-[0-9])?|[0-9]{{6,11}}){Z}(?!円|年)",
    ),
    pattern(
        SpanType.BANK_ACCOUNT,
        "(?:普通預金|当座預金|普通|当座|貯蓄|口座番号|口座|振込先|総合口座|フツウ|コウザ)(?:の?番号)?(?:振替)?[^0-9。\n]{0,8}?"
        f"{N}(?P<it>[0-9]{{6,8}}){Z}(?!円|年|-)",
    ),
    pattern(
        SpanType.BANK_ACCOUNT,
        f"(?:口座|ゆうちょ|郵便貯金|記号|銀行|信金|信用金庫|農協|労金)[^\n]{{0,20}}?{N}(?P<it>[01][0-9]{{4}}[ -][0-9]{{1,8}}(?:[ -][0-9]{{1,8}})?){Z}",
    ),
    pattern(SpanType.BANK_ACCOUNT, f"記号 ?(?P<it>[0-9]{{5}}[ -]?(?:番号)? ?[0-9]{{6,8}}){Z}"),
    pattern(SpanType.BANK_ACCOUNT, f"(?:口座|振替|振込)[^0-9\n]{{0,16}}{N}(?P<it>[0-9]{{7}}){Z}(?!円|年|-)"),
    pattern(
        SpanType.PHONE,
        r"(?<![0-9A-Za-z-])(?P<it>(?:\+81[ -]?[0-9]{1,4}|0[0-9]{1,4})(?:[ -]|\()[0-9]{1,4}(?:[ -]|\))[0-9]{3,4})(?![0-9-])",
    ),
    pattern(SpanType.PHONE, r"(?<![0-9-])(?P<it>\(0[0-9]{1,4}\) ?[0-9]{1,4}[ -][0-9]{4})(?![0-9-])"),
    pattern(SpanType.PHONE, f"{_NOT_OTHER}(?<![0-9A-Za-z-])(?P<it>0[5-9]0[ -]?[0-9]{{4}}[ -]?[0-9]{{4}})(?![0-9-])"),
    pattern(SpanType.PHONE, f"{_NOT_OTHER}(?<![0-9A-Za-z-])(?P<it>0[0-9]{{9}})(?![0-9-])"),
    pattern(
        SpanType.PHONE, f"{_PHONE_WORD}[^0-9。\n]{{0,8}}{N}(?P<it>[0-9]{{2,4}}-[0-9]{{3,4}}(?:-[0-9]{{4}})?){Z}(?!-)"
    ),
    pattern(SpanType.PHONE, r"(?<![0-9A-Za-z-])(?P<it>0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4})(?![0-9-])"),
    pattern(SpanType.POSTCODE, f"〒 ?(?P<it>[0-9]{{3}}-?[0-9]{{4}}){Z}"),
    pattern(SpanType.POSTCODE, f"郵便番号[^0-9。\n]{{0,6}}(?P<it>[0-9]{{3}}-?[0-9]{{4}}){Z}"),
    pattern(
        SpanType.POSTCODE,
        f"(?<!{_PHONE_WORD}[^0-9。\n]{{0,8}})(?<![0-9A-Za-z-])(?P<it>[0-9]{{3}}-[0-9]{{4}})(?![0-9-])",
    ),
)

MAIL: Final[tuple[Pattern, ...]] = (
    # Local part and domain as people write them (RFC 5322 without quoting); no list of domains is asked for.
    pattern(
        SpanType.EMAIL,
        r"(?<![A-Za-z0-9._%+-])(?P<it>[A-Za-z0-9._%+-]{1,64} ?(?:@|\(at\)|\[at\]|★) ?[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24})",
    ),
)
