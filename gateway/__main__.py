"""`python -m gateway` is `register-gateway`."""

from gateway.cli import main

main()
