"""The command line: commands, progress, messages."""
