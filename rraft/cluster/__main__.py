"""The command line: `python -m rraft.cluster`."""

import sys

from rraft.cluster.command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
