import json
import subprocess
import sys
from pathlib import Path


def _mask(text: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "mask", "remark", *arguments], input=text, capture_output=True, check=False
    )


def test_each_line_is_answered_with_one_document() -> None:
    """Masked text and spans in characters of the line, for empty and unreadable lines too; no configuration needed."""
    lines = "佐藤花子さんから電話。\n\n𠮷田さん\r\n".encode() + b"\xff\n" + "あ".encode() * 5_000
    done = _mask(lines, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line) for line in done.stdout.decode().splitlines()] == [
        {"masked": "〔氏名〕さんから電話。", "spans": [[0, 4, "PERSON"]]},
        {"masked": "", "spans": []},
        {"masked": "〔氏名〕さん", "spans": [[0, 2, "PERSON"]]},
        {"masked": "\ufffd", "spans": []},
        {"masked": "〔非表示〕", "spans": [[0, 5_000, "REMARK"]]},
    ]


def test_a_line_is_answered_before_the_next_one_comes() -> None:
    """Whoever writes a line and waits gets its answer."""
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "mask", "remark"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(2):
            program.stdin.write("佐藤さん\n".encode())
            program.stdin.flush()
            assert program.stdout.readline().decode() == "〔氏名〕さん\n"
        program.stdin.close()
        assert program.wait() == 0


def test_names_given_are_found_wherever_they_stand(tmp_path: Path) -> None:
    """A register's name is found where neither dictionary nor neighbours tell that it is one."""
    text = "草木染め花壇の会".encode()
    names = tmp_path / "names.txt"
    names.write_text("草木　染め花\n", "utf-8")
    assert _mask(text).stdout.decode() == "草木染め花壇の会\n"
    assert _mask(text, "--names", str(names)).stdout.decode() == "〔氏名〕壇の会\n"


def test_a_file_of_names_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The message names the file and what to do."""
    done = _mask(b"", "--names", str(tmp_path / "none.txt"))
    assert done.returncode == 3
    assert b"none.txt" in done.stderr
    assert b"give a file of names" in done.stderr
