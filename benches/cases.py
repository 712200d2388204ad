"""The comparisons with the native program, and their target ratios."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DRIVERS = {"plain": "plain API", "ready-loop": "ReadyLoop"}
"""The ways to drive a node, with their column heads."""


def drives(driver: str, storage: str) -> bool:
    """Whether the driver supports this storage."""
    return driver != "ready-loop" or storage == "MemStorage"


@dataclass(frozen=True)
class Case:
    """One row of a table."""

    name: str
    arguments: str
    """The arguments of both programs. Cases with the same arguments share the runs of the native one."""
    targets: Mapping[str, float] = field(default_factory=dict)
    """The target ratios, by driver."""
    storage: str = "MemStorage"
    """The storage in Python. The native program always uses `MemStorage`."""


@dataclass(frozen=True)
class Section:
    """One table."""

    key: str
    title: str
    text: str
    cases: tuple[Case, ...]
    drivers: tuple[str, ...] = tuple(DRIVERS)


Targets = Mapping[tuple[str, str], Mapping[str, float]]


def on_each_storage(arguments: Mapping[str, str], targets: Targets) -> tuple[Case, ...]:
    """Cases from arguments by name, and targets by name and storage."""
    return tuple(
        Case(name, arguments[name], targets.get((name, storage), {}), storage)
        for storage in ("MemStorage", "Python")
        for name in arguments
    )


ONE_NODE = Section(
    "W1",
    "One node",
    "A leader without followers. An operation is one proposal of 256 bytes, stored, committed, and applied: its data "
    "is read. A batch is the number of proposals for each Ready. The log is compacted every 4,096 entries.",
    on_each_storage(
        {
            "batch 1": "replicate --members 1 --operations 200000",
            "batch 64": "replicate --members 1 --operations 960000 --batch 64",
        },
        {
            ("batch 1", "MemStorage"): {"plain": 7, "ready-loop": 2},
            ("batch 64", "MemStorage"): {"plain": 3, "ready-loop": 1.2},
        },
    ),
)

THREE_NODES = Section(
    "W2",
    "Three nodes",
    "A leader and two followers in one process. An operation is one proposal of 256 bytes, replicated, and applied on "
    "all three. Messages are passed on as objects, or encoded and decoded; with `ReadyLoop`, all that go to one node "
    "at once are one object. The log is compacted every 4,096 entries.",
    on_each_storage(
        {
            "objects, batch 1": "replicate --operations 40000",
            "objects, batch 64": "replicate --operations 128000 --batch 64",
            "objects, batch 64, batch_append": "replicate --operations 256000 --batch 64 --batch-append",
            "bytes, batch 1": "replicate --operations 30000 --transport bytes",
            "bytes, batch 64": "replicate --operations 96000 --batch 64 --transport bytes",
            "bytes, batch 64, batch_append": (
                "replicate --operations 192000 --batch 64 --batch-append --transport bytes"
            ),
        },
        {
            ("objects, batch 1", "MemStorage"): {"plain": 7, "ready-loop": 2.5},
            ("objects, batch 64", "MemStorage"): {"plain": 3, "ready-loop": 1.8},
            ("objects, batch 64, batch_append", "MemStorage"): {"plain": 3.5, "ready-loop": 1.6},
            ("bytes, batch 1", "MemStorage"): {"plain": 4.5, "ready-loop": 2},
            ("bytes, batch 64", "MemStorage"): {"plain": 2, "ready-loop": 1.1},
            ("bytes, batch 64, batch_append", "MemStorage"): {"plain": 2.4, "ready-loop": 1.3},
            ("objects, batch 1", "Python"): {"plain": 10},
            ("objects, batch 64", "Python"): {"plain": 4},
        },
    ),
)

IDLE_GROUPS = Section(
    "W3",
    "Idle groups",
    "A thousand followers whose election timeout does not come. An operation is one `tick` and one `has_ready`.",
    (Case("tick and has_ready", "idle --operations 10000000", {"plain": 5, "ready-loop": 1.5}),),
)

MESSAGES = Section(
    "W4",
    "Messages",
    "A `MsgAppend` with ten entries of 256 bytes. Read are the type, the receiver, the sender, and the term, and of "
    "each entry the index, the term, and the data.",
    (
        Case("encode", "encode --operations 500000", {"plain": 1.2}),
        Case("decode", "decode --operations 300000", {"plain": 1.3}),
        Case("decode and read", "decode-and-read --operations 150000", {"plain": 1.9}),
    ),
    ("plain",),
)

LARGE_PAYLOADS = Section(
    "W5",
    "Large payloads",
    "Three nodes as above, with proposals of 64 KiB and 1 MiB. Copies of the payload are not counted: the ratio tells "
    "how much longer they take. The log is compacted every 1,024 and every 64 entries.",
    (
        Case("64 KiB, objects", "replicate --operations 10000 --payload 65536 --compact-every 1024"),
        Case("64 KiB, bytes", "replicate --operations 3000 --payload 65536 --compact-every 1024 --transport bytes"),
        Case("1 MiB, objects", "replicate --operations 500 --payload 1048576 --compact-every 64"),
        Case("1 MiB, bytes", "replicate --operations 150 --payload 1048576 --compact-every 64 --transport bytes"),
    ),
    ("plain",),
)

COMPARISONS = (ONE_NODE, THREE_NODES, IDLE_GROUPS, MESSAGES, LARGE_PAYLOADS)
