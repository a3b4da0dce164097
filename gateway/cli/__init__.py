"""What people type: `register-gateway …`. Each command is a file of its own, imported only when it is used."""

from __future__ import annotations

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
    say_what_is_lost()
    app()
