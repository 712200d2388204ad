"""Chance and time of the interpreter, as functions of the seed while a simulation runs."""

import os
import random
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from rraft.simulation.event_loop import SimulatedLoop
from rraft.simulation.refused import refuse


@contextmanager
def simulated_interpreter(loop: SimulatedLoop) -> Iterator[None]:
    """Replaces the clocks and the sources of chance of the standard library, and refuses what cannot be replaced.

    What a module has imported by name before, such as `from time import time`, is not replaced.
    """
    original = random.Random

    def chance(count: int) -> bytes:
        return loop.current.random.randbytes(count)

    class AnyRandom(type):
        """Has those that were made before the simulation as instances, too."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original) if cls is SeededRandom else super().__instancecheck__(instance)

    class SeededRandom(random.Random, metaclass=AnyRandom):
        """A generator that is seeded by the simulation, if it is not by the program."""

        def __init__(self, x: Any = None) -> None:
            super().__init__(loop.current.random.getrandbits(64) if x is None else x)

    # Instances are pickled by the name of their class.
    SeededRandom.__module__, SeededRandom.__qualname__ = original.__module__, original.__qualname__
    state = random.getstate()
    random.seed(loop.main.random.getrandbits(64))
    replaced: list[tuple[Any, str, Any]] = [
        (time, "time", lambda: loop.current.wall(loop.now)),
        (time, "time_ns", lambda: int(loop.current.wall(loop.now) * 1e9)),
        (time, "monotonic", lambda: loop.current.monotonic(loop.now)),
        (time, "monotonic_ns", lambda: int(loop.current.monotonic(loop.now) * 1e9)),
        (time, "perf_counter", lambda: loop.current.monotonic(loop.now)),
        (time, "perf_counter_ns", lambda: int(loop.current.monotonic(loop.now) * 1e9)),
        (time, "sleep", refuse("time.sleep")),
        (os, "urandom", chance),
        (random, "_urandom", chance),
        (random, "Random", SeededRandom),
        (uuid, "uuid1", refuse("uuid.uuid1")),
        (threading.Thread, "start", refuse("a thread")),
        *((os, name, refuse(f"os.{name}")) for name in ("system", "fork", "posix_spawn") if hasattr(os, name)),
        (socket, "socketpair", refuse("a socket")),
        (socket, "getaddrinfo", refuse("socket.getaddrinfo")),
        (socket.socket, "__init__", refuse("a socket")),
        (subprocess.Popen, "__init__", refuse("a process")),
    ]
    try:
        with ExitStack() as stack:
            for owner, name, replacement in replaced:
                stack.enter_context(patch.object(owner, name, replacement))
            yield
    finally:
        random.setstate(state)
