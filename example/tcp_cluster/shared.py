"""What comes from `durable_node`, the example of one node: its storage, and its map. This is the only place to know."""

import sys
from pathlib import Path

# Appended: copies of the two files in this folder are found first.
sys.path.append(str(Path(__file__).parent.parent / "durable_node"))

from key_values import KeyValues
from sqlite_storage import SqliteStorage

__all__ = ["KeyValues", "SqliteStorage"]
