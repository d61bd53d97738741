"""`python -m tianlake.cli`."""

from tianlake.cli.app import main

main()
