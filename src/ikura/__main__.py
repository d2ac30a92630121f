"""`python -m ikura` is `ikura`."""

from ikura.cli.main import run

run()
