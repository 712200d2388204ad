"""What a workload is asked for, and what it tells."""

from dataclasses import dataclass

Figures = dict[str, object]
"""What is printed of a workload: `cpu_seconds` and `checks`, for most. The native program has these `checks`, too."""


@dataclass
class Options:
    """The options of the command line."""

    operations: int = 1000
    members: int = 3
    batch: int = 1
    payload: int = 256
    transport: str = "objects"
    batch_append: bool = False
    compact_every: int = 4096
    count_messages: bool = False
    driver: str = "plain"
    storage: str = "MemStorage"
