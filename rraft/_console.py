"""The program `rraft`."""

import sys


def main() -> int:
    """Runs the command line of `rraft.cluster`, which needs the extra `cluster`. Returns its exit code."""
    try:
        from rraft.cluster.command_line.main import main as run
    except ModuleNotFoundError as error:
        print(f"rraft: {error}: install rraft-py[cluster]", file=sys.stderr)
        return 1
    return run()
