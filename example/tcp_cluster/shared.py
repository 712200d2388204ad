"""The storage and the map of the example `durable_node`. No other module imports them from there."""

import sys
from pathlib import Path

# Appended, so that copies of the two files in this folder take precedence.
sys.path.append(str(Path(__file__).parent.parent / "durable_node"))

from key_values import KeyValues
from sqlite_storage import SqliteStorage

__all__ = ["KeyValues", "SqliteStorage"]
