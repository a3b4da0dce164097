"""The weights that are committed are those that the tool learns today."""

import random

from masking.remark.engine import Engine
from tests.masking.remarks.corpus import lone, parse, split
from tools.weigh_signs import FILE, about_others, fingerprint, learn, remarks, rows


def test_the_weights_were_learnt_from_the_remarks_and_signs_of_today() -> None:
    """Whoever adds a remark or changes a sign runs the tool again."""
    assert f"# Learnt from {fingerprint(Engine())}\n" in FILE.read_text(encoding="utf-8")


def test_nothing_is_learnt_from_what_judges() -> None:
    """Or the figures would be praise of oneself."""
    learnt = {remark.text for remark in remarks()}
    assert learnt.isdisjoint(remark.text for remark in (*split("judge"), *lone("judge")))


def test_a_remark_about_others_keeps_its_words() -> None:
    """What is learnt is what stands around a name."""
    (remark,) = parse("窓口対応は⟦PERSON.surname:堀⟧。妻⟦PERSON.given.kana:ﾊﾅ⟧同席")
    other = about_others(remark, random.Random(5))  # noqa: S311 - the same names every time
    assert other is not None
    first, second = (other.of(span) for span in other.spans)
    assert other.text == f"窓口対応は{first}。妻{second}同席"
    assert (first, second) != ("堀", "ﾊﾅ")


def test_a_sign_that_only_names_have_speaks_for_a_name() -> None:
    """And one that only other words have speaks against it."""
    engine = Engine()
    marked = parse("\n".join(f"{each}⟦PERSON.surname:林⟧様来庁\n{each}の林が倒れた" for each in "右左上下前後東西"))
    weights = learn(list(rows(engine, marked)))
    assert weights["any", "behind: honorific"] > 0 > weights["any", "of it: befalls!"]
