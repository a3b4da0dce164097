"""What people type: `register-gateway …`. Each command is a file of its own, imported only when it is used."""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import version

import cyclopts

from gateway.cli.japanese import say_what_is_lost


def _explained(error: cyclopts.CycloptsError) -> object:
    """As the library says it, framed; but of an option left out it would say that it "requires an argument"."""
    mistyped = any(token.startswith("-") for token in error.unused_tokens or ())
    if isinstance(error, cyclopts.MissingArgumentError) and error.argument is not None and not mistyped:
        argument = error.argument
        name = argument.name if argument.index is None else argument.name.lstrip("-").upper()
        if error.keyword is None and not argument.tokens:
            command = f"{' '.join(error.command_chain)}: " if error.command_chain else ""
            return cyclopts.CycloptsPanel(cyclopts.CycloptsError(f"{command}{name} is missing; see --help"))
    return cyclopts.CycloptsPanel(error)


app = cyclopts.App(
    name="register-gateway",
    help="A privacy-preserving gateway in front of a municipal resident register.",
    version=lambda: version("register-gateway"),
    version_flags=["--version"],
    error_formatter=_explained,
)
_ASKED = "Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers."
# What a command says of itself stands here, because the list of commands must not import them all.
_COMMANDS = (
    ("purpose", "gateway.cli.purpose:app", "Check, list and show purposes."),
    ("register", "gateway.cli.register:app", "Import, index or check a register, or build the fictional city 潮見市."),
    ("pki", "gateway.cli.pki:app", "Certificates and staff tokens for development."),
    ("mask", "gateway.cli.mask:app", "Try masking out on text from standard input."),
    ("keys", "gateway.cli.keys:app", "Show and rotate the keys that pseudonyms are made with."),
    (
        "trace",
        "gateway.cli.trace:trace",
        (
            "Tell which recipient, purpose, field and epoch a pseudonym or surrogate name was issued to.\n\n"
            "Exit codes: 0 found, 1 of none of them, 2 the command line is off, 3 settings, keys or a file cannot be "
            "used."
        ),
    ),
    ("ledger", "gateway.cli.ledger:app", "Make a ledger, and verify one offline."),
    (
        "serve",
        "gateway.cli.serve:serve",
        (
            "Run the gateway until SIGTERM or SIGINT, then drain.\n\n"
            "Exit codes: 0 drained, 3 cannot start (all reasons are listed)."
        ),
    ),
    (
        "check-config",
        "gateway.cli.serve:check_config",
        (
            "Check settings, keys, purposes, map and databases without starting: all faults at once.\n\n"
            "Exit codes: 0 nothing found, 1 faults found."
        ),
    ),
    (
        "lookup",
        "gateway.cli.lookup:lookup",
        (f"Look residents up by their ids, with both identities and a reason; the look is recorded.\n\n{_ASKED}"),
    ),
    (
        "search",
        "gateway.cli.search:search",
        (
            "Find residents by name, birth date or address; whoever is found is recorded as looked at.\n\n"
            "Which conditions a purpose takes, `register-gateway allowed` tells. More residents than its limit are "
            "refused, all of them: say more.\n\n"
            f"{_ASKED} Nobody found is an answer."
        ),
    ),
    (
        "stream",
        "gateway.cli.stream:stream",
        (
            "Bring the residents of an area, an age or a household, page by page; each page is recorded.\n\n"
            "A page is charged whole, and the next one may be under way when the command stops: asking for the same "
            "residents again costs no new ones. Where the allowance ends, so does the stream; go on with the cursor "
            "when it reopens.\n\n"
            f"{_ASKED}"
        ),
    ),
    (
        "resolve",
        "gateway.cli.resolve:resolve",
        (f"Tell who stands behind one pseudonym, under a grant that a superior has approved.\n\n{_ASKED}"),
    ),
    (
        "renew",
        "gateway.cli.renew:renew",
        (
            "Give pseudonyms of the last epoch with the ones they have now, under a grant that a superior has "
            "approved.\n\n"
            "They come from standard input, one a line, and a table goes to standard output. Asking again for the same "
            "ones uses up nothing of the grant.\n\n"
            "Exit codes: 0 all given, 1 some have none (marked `foreign`), 2 the command line is off, 3 a file cannot "
            "be used, 4 refused, 5 no gateway answers."
        ),
    ),
    (
        "allowed",
        "gateway.cli.allowed:allowed",
        (f"Tell which purposes are open to a person, or all about one: fields, keys, what is left.\n\n{_ASKED}"),
    ),
    ("budget", "gateway.cli.budget:app", "See what is spent and left; raise an allowance for a time, by two people."),
    ("grant", "gateway.cli.grant:app", "Ask a superior for what one may not look at alone; decide what others ask."),
    ("staff", "gateway.cli.staff:app", "Import the staff directory: who holds which post, from when to when."),
    (
        "status",
        "gateway.cli.status:status",
        (f"Ask a gateway how it stands: ledger, purposes and staff directory in force. For operators.\n\n{_ASKED}"),
    ),
    (
        "reload",
        "gateway.cli.reload:reload",
        (
            "Have a gateway read purposes, limits, keys and staff directory anew, without a restart. For operators; "
            "recorded.\n\n"
            "Exit codes: 0 in force, 1 the new book has findings and the old one stays, 2 the command line is off, 3 a "
            "file cannot be used, 4 refused, 5 no gateway answers."
        ),
    ),
    (
        "demo",
        "gateway.cli.demo:demo",
        (
            "A fictional city, a real gateway, and a snooper stopped.\n\n"
            "Exit codes: 0 all held, 1 something did not, 2 the command line is off, 3 it cannot run here, "
            "128 + n ended by signal n."
        ),
    ),
)
for _name, _place, _help in _COMMANDS:
    app.command(_place, name=_name, help=_help)


def main() -> None:
    """Run the command line. Exit codes: gateway.cli.exits.Exit; a reader that has enough (`| head`) ends it quietly."""
    say_what_is_lost()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer must not fail again at exit (docs.python.org/3/library/signal.html, "SIGPIPE").
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(128 + signal.SIGPIPE) from None
