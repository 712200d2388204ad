"""The command line: `rraft`, or `python -m rraft.cluster`."""
