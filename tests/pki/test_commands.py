"""`register-gateway pki …`, as typed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.cli import app
from gateway.cli.exits import Exit
from gateway.clock import SystemClock
from gateway.pki.folder import Folder
from gateway.rpc.jwks import JwksFile
from gateway.rpc.token import StaffToken, TokenTerms, verify_token


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    capsys.readouterr()
    try:
        app(["pki", *map(str, words)], result_action="return_value")
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def flat(text: str) -> str:
    """The text without the line breaks and frames of a terminal."""
    return " ".join(text.replace("│", " ").split())


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    place = tmp_path / "pki"
    assert run(capsys, "init", "--dir", place)[0] == Exit.DONE
    assert run(capsys, "issue", "--dir", place, "--department", "child-welfare", "--system", "fee-desk")[0] == Exit.DONE
    return Folder(place)


def token_words(folder: Folder, **changes: str) -> list[str | Path]:
    """The words of a good `pki token`, with some options changed."""
    options = {
        "dir": str(folder.path),
        "staff": "s-0107",
        "post": "cw-3",
        "department": "child-welfare",
        "role": "caseworker",
        "certificate": str(folder.client("child-welfare", "fee-desk").certificate),
    } | changes
    return ["token", *(word for name, value in options.items() for word in (f"--{name}", value))]


def verified(folder: Folder, text: str) -> StaffToken:
    """The token, held to the development terms."""
    provider = folder.open_provider()
    terms = TokenTerms(provider.issuer, provider.audience)
    return verify_token(text.strip(), JwksFile(folder.jwks).keys, terms, SystemClock().wall())


def test_init_says_that_it_is_for_development(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And lists what the gateway's settings need: files, trust domain, issuer, audience."""
    code, out, err = run(capsys, "init", "--dir", tmp_path / "pki", "--trust-domain", "minato.example")
    assert (code, "For development only" in err) == (Exit.DONE, True)
    lines = dict(line.split("\t") for line in out.splitlines())
    assert lines["trust domain"] == "minato.example"
    assert lines["issuer"] == "https://identity.minato.example"
    assert lines["audience"] == "spiffe://minato.example/register-gateway"
    assert lines["server key"] == str(tmp_path / "pki" / "server.key")


def test_init_does_not_overwrite(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time it names the file in the way and leaves all as it was."""
    before = folder.authority.key.read_bytes()
    code, _, err = run(capsys, "init", "--dir", folder.path)
    assert (code, flat(err)) == (
        Exit.CANNOT,
        f"{folder.authority.key}: is there already and is not overwritten; choose another --dir or move it",
    )
    assert folder.authority.key.read_bytes() == before


def test_a_token_goes_to_a_private_file_and_is_not_shown(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Mode 0600, replaced when asked again, good for eight hours."""
    for _ in range(2):
        code, out, err = run(capsys, *token_words(folder))
        file = folder.token("s-0107", "cw-3")
        text = file.read_text()
        assert (code, stat.filemode(file.stat().st_mode), text.strip() in out + err) == (Exit.DONE, "-rw-------", False)
        token = verified(folder, text)
        assert (token.staff, token.until - token.since) == ("s-0107", (8 * 3600 + 60) * 1_000_000)


def test_a_token_goes_to_standard_output_only_when_asked(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """`--out -`: the token and nothing else, and no file."""
    code, out, err = run(capsys, *token_words(folder, out="-", lifetime="30m"))
    assert (code, err, folder.token("s-0107", "cw-3").exists()) == (Exit.DONE, "", False)
    token = verified(folder, out)
    assert token.until - token.since == (30 * 60 + 60) * 1_000_000


@pytest.mark.parametrize("lifetime", ["", "8", "0h", "25h", "1d", "-1h", "1.5h", "８h"])
def test_a_lifetime_is_a_number_with_a_unit(lifetime: str, folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """At most a day."""
    words = [*token_words(folder), f"--lifetime={lifetime}"]
    assert run(capsys, *words)[0] == Exit.USAGE


@pytest.mark.parametrize("option", ["staff", "post", "department", "role"])
def test_only_words_are_taken(option: str, folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """What the gateway would refuse is not issued, and the option is named."""
    code, _, err = run(capsys, *token_words(folder, **{option: "No Word"}))
    assert (code, f"--{option}" in err) == (Exit.USAGE, True)


def test_the_certificate_tells_the_department(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --department the token is of the certificate's department."""
    words = token_words(folder, out="-")
    place = words.index("--department")
    del words[place : place + 2]
    code, out, _ = run(capsys, *words)
    assert (code, verified(folder, out).department) == (Exit.DONE, "child-welfare")


def test_a_token_of_another_department_is_not_issued(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """It would be refused later, with no reason given; here there is one."""
    code, _, err = run(capsys, *token_words(folder, department="city-planning"))
    assert (code, "belongs to department child-welfare" in flat(err)) == (Exit.CANNOT, True)


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("ca.crt", "names no trust domain"),
        ("provider.key", "is open to others"),
        ("clients/child-welfare.fee-desk.crt", "not a client certificate of a department system"),
    ],
)
def test_spoiled_files_end_in_one_sentence(
    spoiled: str, said: str, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, and nothing issued."""
    file = folder.path / spoiled
    if spoiled.endswith(".key"):
        file.chmod(0o644)
    else:
        file.write_bytes(folder.server.certificate.read_bytes())
    code, out, err = run(capsys, *token_words(folder))
    assert (code, out, said in flat(err)) == (Exit.CANNOT, "", True)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`issue` before `init`."""
    code, _, err = run(capsys, "issue", "--dir", tmp_path, "--department", "tax", "--system", "desk")
    assert (code, flat(err)) == (Exit.CANNOT, f"{tmp_path / 'ca.crt'}: cannot be read: No such file or directory")
