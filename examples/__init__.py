"""Ikura in use. Each package is a command: `python -m examples.NAME`."""
