"""The same search in Ikura and in what people use today: `python -m bench.peers` (see docs/benchmarks.md)."""
