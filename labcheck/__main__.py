"""`python -m labcheck` is the command `labcheck`."""

from labcheck.cli import main

main()
