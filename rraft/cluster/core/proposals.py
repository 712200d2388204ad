"""The commands that wait for their results, and those that are on the way to the log."""

from collections.abc import Callable, Iterable

from rraft.cluster.core.commands import COMMAND_OVERHEAD, Batch, Command, Limits, encode_batch
from rraft.cluster.core.frames import Forward
from rraft.cluster.core.outcomes import Outcome, resolve
from rraft.cluster.core.sessions import Waiting
from rraft.cluster.errors import BusyError, InvalidCommandError
from rraft.cluster.options import GroupOptions


class Proposals:
    """The commands submitted on this host, and those that other hosts have forwarded to it.

    A command waits until it is applied here. Meanwhile, it may be sent to the leader several times: the session table
    executes it once.
    """

    def __init__(self, options: GroupOptions, waiting: Waiting) -> None:
        self._options = options
        self._max_in_flight = options.max_in_flight
        self._max_size = min(options.max_command + COMMAND_OVERHEAD, options.max_in_flight)
        self._waiting = waiting
        self._opening: dict[bytes, Callable[[Outcome], None]] = {}
        self.queue: list[Command] = []
        """Not proposed or forwarded yet."""
        self.opens: list[bytes] = []
        """The nonces of the sessions to open, not proposed or forwarded yet."""
        self._queued = 0
        self._in_flight = 0
        self._retries = False
        self._oldest: tuple[object, object] = (None, None)

    @property
    def in_flight(self) -> int:
        """The size of the commands that wait on this host, in bytes."""
        return self._in_flight

    @property
    def outstanding(self) -> int:
        """The number of commands and new sessions that wait on this host."""
        return len(self._waiting) + len(self._opening)

    def submit(self, command: Command, done: Callable[[Outcome], None]) -> None:
        """Queues a command. `done` is called with its outcome, unless it raises.

        Raises `BusyError` if too much is in flight; `InvalidCommandError` if the command is too long.
        """
        session, number, _, payload = command
        size = len(payload) + COMMAND_OVERHEAD
        if size > self._max_size:
            limit = self._max_size - COMMAND_OVERHEAD
            raise InvalidCommandError(f"expected a command of at most {limit} bytes, got {len(payload)}")
        if self._in_flight + size > self._max_in_flight:
            raise BusyError(f"{self._in_flight} bytes of commands are in flight, the limit is {self._max_in_flight}")
        waiter = done, command
        before = self._waiting.setdefault((session, number), waiter)
        if before is waiter:
            self._in_flight += size
            self._queued += size
            self.queue.append(command)
        else:
            self._waiting[session, number] = _both(before[0], done), command

    def open(self, nonce: bytes, done: Callable[[Outcome], None]) -> None:
        """Queues a new session. `done` is called with its id as 8 bytes, little-endian."""
        before = self._opening.get(nonce)
        if before is None:
            self.opens.append(nonce)
        else:
            done = _both(before, done)
        self._opening[nonce] = done

    def accept(self, forward: Forward) -> bool:
        """Queues the commands that another host has forwarded. Returns false if there are too many."""
        size = sum(len(command[3]) for command in forward.commands) + COMMAND_OVERHEAD * len(forward.commands)
        if self._queued + size > self._options.max_in_flight:
            return False
        self.queue += forward.commands
        self.opens += forward.opens
        self._queued += size
        return True

    def resolved(self, size: int) -> None:
        """Commands of this size do not wait any more."""
        self._in_flight -= size

    def opened(self, sessions: dict[bytes, int]) -> None:
        """Resolves who waits for these new sessions."""
        for nonce, session in sessions.items():
            done = self._opening.pop(nonce, None)
            if done is not None:
                resolve(done, session.to_bytes(8, "little"))

    def take_entries(self, time: int, limits: Limits) -> tuple[list[bytes], list[tuple[list[bytes], list[Command]]]]:
        """Takes the queue as the data of entries, each of about the maximum size, and what is in each of them."""
        opens, commands = self.opens, self.queue
        queued = self._queued
        self._clear_queue()
        content = [(opens, commands)] if queued <= self._options.max_entry else _split(opens, commands, self._options)
        return [encode_batch(Batch(time, limits, opens, commands)) for opens, commands in content], content

    def take_forward(self) -> list[Forward]:
        """Takes the queue to forward it to the leader."""
        opens, commands, retries = self.opens, self.queue, self._retries
        queued = self._queued
        self._clear_queue()
        content = [(opens, commands)] if queued <= self._options.max_entry else _split(opens, commands, self._options)
        return [Forward(commands, opens, retries) for opens, commands in content]

    def put_back(self, opens: Iterable[bytes], commands: list[Command]) -> None:
        """Queues again what the node has rejected."""
        self.opens = [*opens, *self.opens]
        self.queue = commands + self.queue
        self._queued += sum(len(command[3]) + COMMAND_OVERHEAD for command in commands)

    def send_again(self, limit: int | None = None) -> None:
        """Queues everything again that waits on this host, up to about `limit` bytes, instead of what is queued."""
        self._clear_queue()
        self._retries = True
        self.opens = list(self._opening)
        for _, command in self._waiting.values():
            self.queue.append(command)
            self._queued += len(command[3]) + COMMAND_OVERHEAD
            if limit is not None and self._queued > limit:
                break

    def is_stuck(self) -> bool:
        """Whether the command or the new session that waits the longest is the same as at the last call."""
        before, self._oldest = self._oldest, (next(iter(self._waiting), None), next(iter(self._opening), None))
        return any(one is not None and one == other for one, other in zip(before, self._oldest, strict=True))

    def fail(self, error: Exception) -> None:
        """Resolves all that wait with `error`, and drops what is queued."""
        self._clear_queue()
        waiting = [done for done, _ in self._waiting.values()] + list(self._opening.values())
        self._waiting.clear()
        self._opening.clear()
        self._in_flight = 0
        for done in waiting:
            resolve(done, error)

    def _clear_queue(self) -> None:
        self.opens, self.queue, self._queued, self._retries = [], [], 0, False


def _split(
    opens: list[bytes], commands: list[Command], options: GroupOptions
) -> list[tuple[list[bytes], list[Command]]]:
    """Splits commands into parts of about the maximum size of an entry."""
    content: list[tuple[list[bytes], list[Command]]] = []
    part: list[Command] = []
    size = 0
    for command in commands:
        part.append(command)
        size += len(command[3]) + COMMAND_OVERHEAD
        if size >= options.max_entry:
            content.append((opens, part))
            opens, part, size = [], [], 0
    if opens or part:
        content.append((opens, part))
    return content


def _both(first: Callable[[Outcome], None], second: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
    """A retry while the command is outstanding: both calls get the outcome."""

    def done(outcome: Outcome) -> None:
        resolve(first, outcome)
        second(outcome)

    return done
