"""The cluster of `main.py`, each node with a storage written in Python."""

import sys

from main import main
from python_storage import ListStorage

if __name__ == "__main__":
    sys.exit(main(ListStorage))
