"""The faults of a run: how often each kind occurs, and the plan that a seed draws from that."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import inf
from random import Random
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One fault of a plan. A plan without it is a plan, too."""

    time: float
    """When it begins, in seconds of the simulation."""
    kind: str
    """The name of a field of `Faults`."""
    arguments: tuple[Any, ...] = ()
    """Depend on the kind: see `rraft.simulation.injector`."""

    def __str__(self) -> str:
        return f"{self.time:.3f} {self.kind}{self.arguments}"


@dataclass(frozen=True)
class Faults:
    """How often each kind of fault occurs in a minute of the simulation, on average; 0 for never.

    `Faults()` is hostile: in half a minute, most kinds occur. `Faults.gentle()` has what every network has, and
    `Faults.none()` has nothing.
    """

    crashes: float = 8.0
    """A host loses power, and is restarted after a while."""
    crashes_in_writes: float = 6.0
    """A host loses power within a call of its disk, of which a part may have been written."""
    pauses: float = 3.0
    """A host stands still for a while, as with SIGSTOP."""
    isolations: float = 5.0
    """A host is cut off from all others, or from a part of them, in both directions or in one."""
    partitions: float = 3.0
    """The hosts are split into two sides."""
    loss: float = 4.0
    """Messages are lost for a while, on some or on all paths."""
    duplication: float = 3.0
    """Messages arrive twice for a while."""
    reordering: float = 3.0
    """Messages overtake each other for a while."""
    slow_paths: float = 3.0
    """Messages take up to a second for a while."""
    resets: float = 4.0
    """The connections between two endpoints are reset."""
    slow_disks: float = 4.0
    """The disk of a host takes up to half a second for each fsync, for a while."""
    disk_errors: float = 2.0
    """A call of a host's disk fails with `EIO`: the host stops, and is restarted."""
    full_disks: float = 1.0
    """The disk of a host has no room for a while: the host stops, and is restarted when there is some."""
    clock_rates: float = 3.0
    """The clocks of a host run up to 10 % faster or slower from then on."""
    clock_jumps: float = 3.0
    """The wall clock of a host jumps up to half a minute forwards or backwards."""
    transfers: float = 6.0
    """The leader is asked to hand over."""
    snapshots: float = 8.0
    """A host makes a snapshot, and discards the log before it."""
    additions: float = 2.0
    """A host is added. At most two more than at the beginning."""
    removals: float = 2.0
    """A host is removed. There are at least as many as at the beginning, or three."""
    restarts: float = 2.0
    """A host is shut down in order, and started again."""
    moves: float = 1.0
    """A host is shut down in order, and started again at another address: if all hosts are up, and know where all are.
    Hosts that have moved at the same time may not find each other."""
    client_crashes: float = 3.0
    """A client crashes. It is started again after a while, with another session, and begins its work again."""
    learners: float = 1.5
    """A host is added as a learner, and remains one. At most two hosts more than at the beginning, with `additions`."""
    promotions: float = 1.5
    """A learner becomes a voter."""
    unreachable_leaders: float = 2.0
    """A leader hands over. A moment later, nothing that other hosts send reaches it any more, for a while: it does not
    know yet that another one leads.
    """
    duration: float = 20.0
    """No fault begins after so many seconds of the simulation. When the last one has ended, all is well again."""

    def __post_init__(self) -> None:
        """Raises `TypeError` and `ValueError` for a rate or a duration that is none."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float):
                raise TypeError(f"{field.name}: expected float, got {type(value).__name__}")
            if not 0.0 <= value < inf:
                raise ValueError(f"{field.name}: expected a finite number of at least 0, got {value}")

    @classmethod
    def none(cls) -> "Faults":
        """Nothing goes wrong."""
        return replace(cls(), **dict.fromkeys(cls.kinds(), 0.0))

    @classmethod
    def gentle(cls) -> "Faults":
        """What happens in every data centre: lost and late messages, hosts that are restarted."""
        return replace(cls.none(), loss=1.0, slow_paths=1.0, resets=1.0, restarts=2.0, transfers=2.0, snapshots=4.0)

    @classmethod
    def hostile(cls) -> "Faults":
        """All kinds, often: as `Faults()`."""
        return cls()

    @classmethod
    def kinds(cls) -> list[str]:
        """The names of all kinds."""
        return [field.name for field in fields(cls) if field.name != "duration"]

    def plan(self, seed: str, hosts: int, clients: int) -> list[Fault]:
        """Draws the faults of a run, in the order of their times.

        Each kind has a source of chance of its own, so that a change of one rate leaves the others as they are.
        """
        faults: list[Fault] = []
        for kind in self.kinds():
            source = Random(f"{seed}.faults.{kind}")
            rate = getattr(self, kind) / 60.0
            time = 0.0
            while rate > 0.0:
                time += _interval(source) / rate
                if time >= self.duration:
                    break
                faults.append(Fault(round(time, 6), kind, _arguments(source, kind, hosts, clients)))
        return sorted(faults, key=lambda fault: (fault.time, fault.kind))


def _interval(source: Random) -> float:
    """A positive number with the mean of 1, without a logarithm, which may differ between machines."""
    one, other = source.random(), source.random()
    return 0.1 + 2.7 * one * one * (0.5 + other)


def _duration(source: Random, longest: float) -> float:
    return round(0.05 + longest * source.random() ** 2, 4)


def _arguments(source: Random, kind: str, hosts: int, clients: int) -> tuple[Any, ...]:
    """Hosts are given as numbers that the injector takes modulo the number of hosts that there are then."""
    host = source.randrange(1000)
    match kind:
        case "crashes":
            return host, source.randrange(12), _duration(source, 6.0)
        case "crashes_in_writes":
            return host, source.choice(["write", "sync", None]), source.randrange(6), _duration(source, 6.0)
        case "pauses" | "slow_disks" | "full_disks":
            return host, _duration(source, 5.0)
        case "isolations":
            direction = source.choice(["both", "in", "out"])
            return host, direction, source.choice([1.0, 1.0, 0.5]), source.getrandbits(32), _duration(source, 8.0)
        case "partitions":
            return source.getrandbits(16), source.choice(["both", "both", "one"]), _duration(source, 8.0)
        case "loss" | "duplication" | "reordering":
            probability = round(0.02 + 0.4 * source.random() ** 2, 4)
            return probability, source.choice([1.0, 0.4]), source.getrandbits(32), _duration(source, 8.0)
        case "slow_paths":
            return (
                round(source.random() ** 2, 4),
                source.choice([1.0, 0.4]),
                source.getrandbits(32),
                _duration(source, 6),
            )
        case "resets":
            return host, source.randrange(hosts + clients)
        case "disk_errors":
            return host, source.choice(["write", "sync", "sync", "open", "rename"]), source.randrange(4)
        case "clock_rates":
            return host, round(0.9 + 0.2 * source.random(), 4)
        case "clock_jumps":
            return host, round(60.0 * source.random() - 30.0, 3)
        case "unreachable_leaders":
            return host, round(0.03 * source.random(), 4), _duration(source, 2.0)
        case "restarts" | "moves" | "client_crashes":
            return host, _duration(source, 3.0)
    return (host,)


def describe(faults: Sequence[Fault]) -> str:
    """A line for each fault."""
    return "\n".join(map(str, faults))
