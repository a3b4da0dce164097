"""What people type: `register-gateway …`. Each command is a file of its own, imported only when it is used."""

from __future__ import annotations

import io
import sys

import cyclopts

app = cyclopts.App(
    name="register-gateway",
    help="A privacy-preserving gateway in front of a municipal resident register.",
    version_flags=["--version"],
)
# What a command says of itself stands here, because the list of commands must not import them all.
_COMMANDS = (
    ("purpose", "gateway.cli.purpose:app", "Check, list and show purposes."),
    ("register", "gateway.cli.register:app", "Build the fictional city, or compare a schema map with a database."),
    ("pki", "gateway.cli.pki:app", "Certificates and staff tokens for development."),
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
        (
            "Look one resident up, with both identities and a reason; the look is recorded.\n\n"
            "Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, "
            "5 no gateway answers."
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
    """Run the command line. Exit codes: gateway.cli.exits.Exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without Japanese shows question marks; it does not end the command.
            stream.reconfigure(errors="replace")
    app()
