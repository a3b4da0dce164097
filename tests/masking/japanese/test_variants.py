import hashlib
import unicodedata
from importlib.resources import files

import pytest

from masking.japanese.variants import VARIANTS, VERSION

ROWS = [line.split("\t") for line in files("masking.japanese").joinpath("variants.tsv").read_text("utf-8").splitlines()]
SOURCES = {"joyo", "jinmei", "hyogai", "jis", "koseki"}


def test_no_plain_character_is_itself_a_variant() -> None:
    """One step leads to the plain character, so folding twice changes nothing."""
    assert not VARIANTS.keys() & set(VARIANTS.values())


def test_each_row_is_one_character_for_one_and_names_its_source() -> None:
    """The table has a header, then one row for each variant, sorted by the plain character."""
    header, *rows = ROWS
    assert header == ["plain", "variant", "source"]
    assert all(len(plain) == len(variant) == 1 and source in SOURCES for plain, variant, source in rows)
    assert len(rows) == len({variant for _, variant, _ in rows})
    assert rows == sorted(rows, key=lambda row: row[:2])


def test_plain_characters_are_those_that_every_register_can_write() -> None:
    """What is listed as plain is in JIS X 0208; `shift_jis` is that standard and nothing more."""
    assert all(plain.encode("shift_jis") for plain, _, _ in ROWS[1:])


def test_compatibility_ideographs_come_from_unicode_and_not_from_the_table() -> None:
    """All of them fold, to what Unicode says or to that character's own plain form; none is listed."""
    points = [*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)]
    decomposed = {char for char in map(chr, points) if unicodedata.decomposition(char)}
    assert decomposed <= VARIANTS.keys()
    assert not decomposed & {variant for _, variant, _ in ROWS}
    assert VARIANTS["\ufa19"] == "神"
    assert VARIANTS["\uf9dc"] == "隆"
    assert VARIANTS["\uf9c4"] == "竜"  # U+9F8D 龍, which is itself a form of 竜


@pytest.mark.rule("S6")
@pytest.mark.parametrize(
    ("plain", "variants"),
    [
        ("高", "髙"),  # はしごだか
        ("崎", "﨑嵜㟢"),  # たつさき
        ("吉", "𠮷"),  # つちよし
        ("辺", "邊邉"),
        ("浜", "濱濵"),
        ("斎", "齋"),
        ("斉", "齊"),
        ("島", "嶋嶌"),
        ("沢", "澤"),
        ("広", "廣"),
        ("恵", "惠"),
        ("真", "眞"),
        ("徳", "德悳"),
        ("瀬", "瀨"),
        ("槙", "槇"),
        ("曽", "曾"),
        ("黒", "黑"),
        ("桜", "櫻"),
        ("国", "國"),
        ("竜", "龍"),
        ("栄", "榮"),
        ("寿", "壽"),
        ("蔵", "藏"),
        ("静", "靜"),
        ("条", "條"),
        ("柳", "栁"),
        ("富", "冨"),
        ("館", "舘"),
        ("桑", "桒"),
        ("船", "舩"),
        ("凛", "凜"),
        ("橋", "槗𣘺"),
        ("淵", "渕渊"),
        ("鶴", "靏靍"),
    ],
)
def test_the_variants_that_names_have_most(plain: str, variants: str) -> None:
    """Forms of one character fold to the form that is typed."""
    assert [plain] * len(variants) == [VARIANTS[variant] for variant in variants]


@pytest.mark.parametrize(
    "pair",
    [
        "斎斉",  # 斎藤 and 斉藤 are two families
        "崎碕",
        "崎埼",
        "辺部",
        "太大",
        "島嶼",
        "祇祗",
        "己巳",
    ],
)
def test_other_names_stay_other_names(pair: str) -> None:
    """What only sounds or looks alike is not folded together."""
    first, second = pair[0], pair[1]
    assert VARIANTS.get(first, first) != VARIANTS.get(second, second)


def test_the_version_rises_with_the_table() -> None:
    """Whoever changes the table changes what indexes find, and has to say so: raise VERSION, then this digest."""
    table = "\n".join(f"{variant}{plain}" for variant, plain in sorted(VARIANTS.items()))
    assert {VERSION: hashlib.sha256(table.encode()).hexdigest()} == {
        "1": "188a0ba5e0acf82f4d42e746c9aed69ab76bb3d420d868d78ce0ebea7bcff4dd"
    }
