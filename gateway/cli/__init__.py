"""What people type: `register-gateway …`. Each command is a file of its own, imported only when it is used."""

from __future__ import annotations

import cyclopts

app = cyclopts.App(
    name="register-gateway",
    help="A privacy-preserving gateway in front of a municipal resident register.",
    version_flags=["--version"],
)
app.command("gateway.cli.purpose:app", name="purpose")
app.command("gateway.cli.register:app", name="register")
app.command("gateway.cli.pki:app", name="pki")
app.command("gateway.cli.ledger:app", name="ledger")
app.command("gateway.cli.serve:serve", name="serve")
app.command("gateway.cli.serve:check_config", name="check-config")
app.command("gateway.cli.lookup:lookup", name="lookup")
app.command("gateway.cli.demo:demo", name="demo")


def main() -> None:
    """Run the command line. Exit codes: gateway.cli.exits.Exit."""
    app()
