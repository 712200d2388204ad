"""Runs many seeds: `python -m rraft.simulation --seeds 0:1000 -j 2 module:StateMachine`."""

import sys

from rraft.simulation.many import main

if __name__ == "__main__":
    sys.exit(main())
