"""The options and the result of a workload."""

from dataclasses import dataclass

Figures = dict[str, object]
"""The output of a workload: mostly `cpu_seconds` and `checks`. The native program prints the same `checks`."""


@dataclass
class Options:
    """The command-line options."""

    operations: int = 1000
    members: int = 3
    groups: int = 1
    batch: int = 1
    payload: int = 256
    transport: str = "objects"
    batch_append: bool = False
    compact_every: int = 4096
    count_messages: bool = False
    driver: str = "plain"
    storage: str = "MemStorage"
    directory: str | None = None
