"""Ports for servers that tests start."""

import random
import socket
from contextlib import ExitStack


def free_port_range(count: int) -> int:
    """A port such that nobody listens on the next `count` ones. They are below those that systems give to clients."""
    source = random.SystemRandom()
    while True:
        port = source.randrange(15_000, 30_000)
        with ExitStack() as stack:
            try:
                for number in range(1, count + 1):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port + number))
            except OSError:
                continue
            return port
