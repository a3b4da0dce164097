import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.allotment import Allotments, AllotmentsUnavailable, MemoryAllotments
from masking.allotment_file import FileAllotments

HERE, THERE = b"domain here", b"domain there"


@pytest.fixture(params=["memory", "file"])
def allotments(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Allotments]:
    """Both stores keep the same promises."""
    if request.param == "memory":
        yield MemoryAllotments()
    else:
        with closing(FileAllotments(tmp_path / "surrogates.db")) as store:
            yield store


@pytest.mark.rule("M5")
def test_a_number_has_one_owner_in_a_domain(allotments: Allotments) -> None:
    """Who comes first has it, for good; in another domain it is free."""
    assert allotments.held(HERE, [b"a"]) == [None]
    assert allotments.allot(HERE, {b"a": [1, 2], b"b": [1, 2], b"c": [1, 2]}) == {b"a": 1, b"b": 2}
    assert allotments.allot(HERE, {b"a": [3], b"c": [2, 1, 3]}) == {b"a": 1, b"c": 3}
    assert allotments.allot(HERE, {b"d": []}) == {}
    assert allotments.held(HERE, [b"c", b"d", b"a", b"b"]) == [3, None, 1, 2]
    assert allotments.allot(THERE, {b"b": [1]}) == {b"b": 1}
    assert allotments.held(THERE, [b"a", b"b"]) == [None, 1]


def test_what_was_loaded_is_what_is_there(allotments: Allotments) -> None:
    """Loaded or not, the same is told; what is given out afterwards, too."""
    allotments.allot(HERE, {b"a": [1]})
    assert [allotments.load(domain) for domain in (HERE, THERE, HERE)] == [True, True, True]
    allotments.allot(HERE, {b"b": [1, 2]})
    allotments.allot(THERE, {b"b": [1]})
    assert allotments.held(HERE, [b"b", b"c", b"a"]) == [2, None, 1]
    assert allotments.held(THERE, [b"a", b"b"]) == [None, 1]


@pytest.mark.rule("M5")
def test_what_another_process_gave_out_counts(tmp_path: Path) -> None:
    """Whoever has loaded before is told when they would give it out: nobody gets a second number or another's."""
    path = tmp_path / "surrogates.db"
    with closing(FileAllotments(path)) as one, closing(FileAllotments(path)) as other:
        one.allot(HERE, {b"a": [1]})
        assert one.load(HERE)
        other.allot(HERE, {b"b": [2]})
        assert one.allot(HERE, {b"b": [3], b"c": [2, 4]}) == {b"b": 2, b"c": 4}
        assert one.held(HERE, [b"a", b"b", b"c"]) == [1, 2, 4]


def test_a_large_domain_stays_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much to keep at hand is not kept, whether it was there before or comes to be too much."""
    monkeypatch.setattr("masking.allotment_file._LOADED", 2)
    with closing(FileAllotments(tmp_path / "surrogates.db")) as store:
        store.allot(HERE, {b"a": [1], b"b": [2]})
        assert store.load(HERE)
        store.allot(HERE, {b"c": [3]})
        assert not store.load(HERE)
        assert store.held(HERE, [b"c", b"d", b"a"]) == [3, None, 1]
    with closing(FileAllotments(tmp_path / "surrogates.db")) as store:
        assert not store.load(HERE)
        assert store.held(HERE, [b"c", b"d", b"a"]) == [3, None, 1]


@pytest.mark.rule("M4")
def test_a_number_leads_to_the_domains_that_gave_it(allotments: Allotments) -> None:
    """And to no other."""
    allotments.allot(HERE, {b"a": [7]})
    assert [allotments.holds(domain, 7) for domain in (HERE, THERE)] == [True, False]
    assert not allotments.holds(HERE, 8)


@given(asked=st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 5), max_size=4)), max_size=30))
def test_no_two_owners_ever_share(asked: list[tuple[int, list[int]]]) -> None:
    """Whatever is asked for, in whatever order."""
    store = MemoryAllotments()
    given_out: dict[bytes, int] = {}
    for owner, numbers in asked:
        name = bytes([owner])
        got = store.allot(HERE, {name: numbers})
        if name in given_out:
            assert got == {name: given_out[name]}
        given_out.update(got)
    assert len(set(given_out.values())) == len(given_out)


@pytest.mark.rule("M5")
def test_two_processes_and_many_threads_share_one_file(tmp_path: Path) -> None:
    """Two stores on one file, eight threads, and as many numbers as owners: each has one, and no two the same."""
    with (
        closing(FileAllotments(tmp_path / "surrogates.db")) as one,
        closing(FileAllotments(tmp_path / "surrogates.db")) as other,
        ThreadPoolExecutor(8) as threads,
    ):
        owners = [f"{number}".encode() for number in range(64)]
        given_out = list(
            threads.map(lambda at: (one, other)[at % 2].allot(HERE, {owners[at]: range(64)})[owners[at]], range(64))
        )
        assert sorted(given_out) == list(range(64))
        assert one.held(HERE, owners) == other.held(HERE, owners) == given_out


@pytest.mark.rule("M5")
def test_what_was_given_survives_a_kill(tmp_path: Path) -> None:
    """kill -9 in the middle of giving names away: each that was told is there, and nobody gets it again."""
    program = (
        "import sys; from pathlib import Path; from masking.allotment_file import FileAllotments\n"
        "store = FileAllotments(Path(sys.argv[1]))\n"
        "for turn in range(100000):\n"
        "    offers = {f'{turn} {n}'.encode(): range(turn, turn + 50) for n in range(4)}\n"
        "    for owner, number in store.allot(b'd', offers).items():\n"
        "        print(owner.decode(), number, sep=':', flush=True)\n"
    )
    path = tmp_path / "surrogates.db"
    told: dict[bytes, int] = {}
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as killed:
            assert killed.stdout is not None
            for _ in range(40):
                owner, _, number = killed.stdout.readline().rstrip().rpartition(":")
                told.setdefault(owner.encode(), int(number))
                assert told[owner.encode()] == int(number)
            killed.send_signal(signal.SIGKILL)
    with closing(FileAllotments(path)) as store:
        assert store.held(b"d", list(told)) == list(told.values())
        assert len(set(told.values())) == len(told)


def test_the_file_is_ours_alone_and_says_nothing(tmp_path: Path) -> None:
    """Mode 0600; what it holds are keyed digests and numbers."""
    path = tmp_path / "surrogates.db"
    with closing(FileAllotments(path)) as store:
        store.open()
        assert path.stat().st_mode & 0o777 == 0o600


def _nothing_of_ours(path: Path) -> None:
    path.write_bytes(b"no database, whatever it is" * 100)


def _of_tomorrow(path: Path) -> None:
    with closing(FileAllotments(path)) as store:
        store.open()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = 'surrogate allotments 3'")
        connection.commit()


def _no_table(path: Path) -> None:
    sqlite3.connect(path).close()
    path.touch()


@pytest.mark.parametrize("spoil", [_nothing_of_ours, _of_tomorrow, _no_table])
def test_what_cannot_be_read_gives_nobody_a_name(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    """It is said where and why, and the file stays as it is."""
    path = tmp_path / "surrogates.db"
    spoil(path)
    before = path.read_bytes()
    with (
        closing(FileAllotments(path)) as store,
        pytest.raises(AllotmentsUnavailable, match=r"surrogates\.db: surrogate names cannot be kept there"),
    ):
        store.allot(HERE, {b"a": [1]})
    assert path.read_bytes() == before


def test_a_store_that_cannot_be_written_gives_nobody_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written down was not given, and is read as such meanwhile; once it can be, it goes on."""
    monkeypatch.setattr("masking.allotment_file._BUSY_TIMEOUT", 1)
    path = tmp_path / "surrogates.db"
    with closing(FileAllotments(path)) as store:
        store.open()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # somebody else writes for longer than anybody waits
            with pytest.raises(AllotmentsUnavailable, match="locked"):
                store.allot(HERE, {b"a": [1]})
            assert store.held(HERE, [b"a"]) == [None]
        assert store.allot(HERE, {b"a": [1]}) == {b"a": 1}


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """No folder is made on the way."""
    store = FileAllotments(tmp_path / "nowhere" / "surrogates.db")
    with pytest.raises(AllotmentsUnavailable, match="nowhere"):
        store.open()
    assert list(tmp_path.iterdir()) == []
