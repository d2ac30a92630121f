"""How good the samplers and schedules are, held against exact and published numbers: `python -m bench.search`."""
