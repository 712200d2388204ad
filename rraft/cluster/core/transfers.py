"""When a group makes snapshots and compacts its log, and how snapshots reach other hosts."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from rraft import CodecError, Message, RaftError, SnapshotReader, SnapshotStatus, StoreError
from rraft.cluster.core.chunks import PIECE
from rraft.cluster.core.events import SnapshotMade, SnapshotSent
from rraft.cluster.core.outcomes import describe_line, is_interrupt, resolve
from rraft.cluster.core.snapshots import MakeSnapshot, Reception, StageSnapshot, StoredSnapshot
from rraft.cluster.errors import ClusterError, FailedError, NotReadyError

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore

MadeCallback: TypeAlias = Callable[[tuple[int, int] | ClusterError], None]

MAX_BACKOFF = 5
"""After so many failed snapshots, the log grows by the same size before each next attempt."""


class SnapshotTransfers:
    """The snapshots of one group on one host."""

    def __init__(self, group: "GroupCore") -> None:
        self._group = group
        self._size = 0
        """The size of the entries applied since the start, in bytes."""
        self._at_snapshot = 0
        """`_size` at the last snapshot."""
        self._marks: deque[tuple[int, int]] = deque([(group.state.applied, 0)])
        """Applied indices, with `_size` there: where the log may be cut."""
        self._making = False
        self._wanted = False
        self._waiters: list[MadeCallback] = []
        """The callers that wait for the snapshot that is being made."""
        self._late_waiters: list[MadeCallback] = []
        """The callers that wait for the one after it."""
        self._failures = 0
        """How many snapshots have failed since the last one that was made."""
        self._retry_at = float("-inf")
        """After a failure, one that a follower needs is not made before this time."""
        self._sending: dict[int, int] = {}
        self._reception: Reception | None = None
        self._is_staged = False
        """Whether data is staged, or about to be, for a message whose round has not finished."""
        self._is_in_round = False
        """Whether that message is in the round that runs."""

    def add_log_size(self, size: int) -> None:
        """Entries of this size were applied. Makes a snapshot when the log has become too large."""
        self._size += size
        marks, options = self._marks, self._group.options
        if self._size - marks[-1][1] >= options.kept_log_size // 16:
            marks.append((self._group.state.applied, self._size))
        if self._size - self._at_snapshot >= options.snapshot_log_size * self._backoff:
            self.make()

    @property
    def _backoff(self) -> int:
        """A state that cannot be encoded costs time at each attempt."""
        return 1 << min(self._failures, MAX_BACKOFF)

    def make(self, done: MadeCallback | None = None) -> None:
        """Makes a snapshot of the current state, after the one that is being made.

        If there is one of this state already, that one stays: it may be being sent, and another one may have its bytes
        in another order. One that fails is made again when the log has grown further: the group goes on, with a longer
        log. `done` is called once, with the index of the snapshot and the size of its data, or with why there is none.
        """
        group = self._group
        if done is not None:
            self._late_waiters.append(done)
        if self._making:
            self._wanted = True
            return
        self._waiters, self._late_waiters = self._late_waiters, []
        if group.stopped is not None or not group.applier.is_readable:
            self._answer(group.stopped or NotReadyError(f"group {group.id} has no state on this host yet"))
            return
        self._wanted = False
        made = self._read()
        if made is not None and made.snapshot.metadata.index == group.state.applied:
            self._answer((group.state.applied, made.length))
            return
        self._making = True
        self._at_snapshot = self._size
        try:
            job = MakeSnapshot(group.storage, group.state, self._made)
        except BaseException as error:
            self._making = False
            if is_interrupt(error):
                raise
            self._failed(error)
            return
        group.host.effects.start_job(job)

    def restored(self, index: int) -> None:
        """The state is that of a snapshot of the leader."""
        self._marks = deque([(index, self._size)])
        self._at_snapshot = self._size
        self._failures = 0

    def _made(self, job: MakeSnapshot, error: BaseException | None) -> None:
        group = self._group
        self._making = False
        if error is None:
            self._failures = 0
            group.act(lambda: self._compact(job.index))
            group.host.effects.event(SnapshotMade(group.id, job.index, job.size))
            self._answer((job.index, job.size))
        elif isinstance(error, StoreError):  # the leader's snapshot, which is newer, arrived meanwhile
            self._answer(NotReadyError(f"group {group.id} has a newer snapshot of the leader"))
        else:
            self._failed(error)
        if self._wanted:
            self.make()

    def _failed(self, error: BaseException) -> None:
        """The state cannot be encoded, or written: nothing but the log depends on it."""
        host = self._group.host
        self._failures += 1
        self._answer(FailedError(f"making a snapshot failed: {describe_line(error)}"))
        self._retry_at = host.now + self._backoff
        host.log_failure(self._group, "making a snapshot failed, the log is not compacted", error)

    def fail(self, error: ClusterError) -> None:
        """Nobody needs to wait any more."""
        self._waiters += self._late_waiters
        self._late_waiters = []
        self._answer(error)

    def _answer(self, outcome: tuple[int, int] | ClusterError) -> None:
        waiters, self._waiters = self._waiters, []
        for done in waiters:
            resolve(done, outcome)

    def _compact(self, index: int) -> None:
        """Discards the log before the snapshot at `index`, except what followers may lack."""
        marks, kept = self._marks, self._group.options.kept_log_size
        end = next((size for mark, size in marks if mark >= index), self._size)
        while len(marks) > 1 and marks[1][0] <= index and end - marks[1][1] >= kept:
            marks.popleft()
        first = min(marks[0][0], index) + 1
        if first > self._group.storage.first_index():
            self._group.storage.compact(first)

    # Sending.

    def send(self, host: int, encoded: bytes) -> None:
        """Sends the snapshot in the storage for a `MsgSnapshot` of the node, and reports the outcome to Raft."""
        group = self._group
        message = Message.decode(encoded)
        metadata = message.snapshot.metadata
        conf_state = metadata.conf_state
        members = {*conf_state.voters, *conf_state.learners, *conf_state.voters_outgoing, *conf_state.learners_next}
        if host not in members:  # it would reject the snapshot: it needs a newer one
            if group.host.now >= self._retry_at:
                self.make()
            self._report(host, succeeded=False)
            return
        if host in self._sending:  # the node asks again for a reason that it knows, such as a new leadership
            self._report(host, succeeded=False)
            return
        reader = self._read()
        if reader is None or reader.snapshot.metadata != metadata:
            self._report(host, succeeded=False)
            return
        index = metadata.index
        self._sending[host] = index

        def done(succeeded: bool) -> None:
            self._sending.pop(host, None)
            self._report(host, succeeded=succeeded)
            group.host.effects.event(SnapshotSent(group.id, host, index, succeeded))

        header = group.host.snapshot_header(group.id, encoded, reader.length)
        group.host.effects.send_snapshot(host, header, StoredSnapshot(group.storage, reader), done)

    def _read(self) -> SnapshotReader | None:
        """The snapshot in the storage, if there is one that can be read."""
        try:
            return self._group.storage.read_snapshot(PIECE)
        except (OSError, RaftError) as error:
            self._group.host.log_failure(self._group, "a snapshot cannot be read", error)
            return None

    def _report(self, host: int, *, succeeded: bool) -> None:
        status = SnapshotStatus.Finish if succeeded else SnapshotStatus.Failure
        self._group.act(lambda: self._group.node.report_snapshot(host, status))

    # Receiving.

    def receive(self, host: int, header: bytes, encoded: bytes) -> Reception | None:
        """Starts or resumes the reception of a snapshot. Returns `None` if it is of no use.

        It resumes the same transfer of the same host only: hosts make a snapshot of the same entry at the same time,
        but with other bytes, such as those of a set in another order.

        There is the data of one snapshot at a time that the node has not restored: while it waits, this returns `None`,
        and the leader sends again what is still needed.
        """
        group = self._group
        try:
            message = Message.decode(encoded)
        except CodecError:
            return None
        snapshot = message.snapshot
        if not group.active or self._is_staged:
            return None
        if snapshot.metadata.index <= group.state.applied:
            # The leader does not know, for example since it is a new one: the node answers with what it has.
            group.receive_message(message.from_, encoded)
            return None
        before = self._reception
        if before is not None:
            if before.continues(host, header):
                return before
            before.discard()
            self._reception = None
        try:
            writer = group.storage.snapshot_writer()
        except (OSError, RaftError) as error:
            group.host.log_failure(group, "a snapshot cannot be received", error)
            return None
        self._reception = Reception(host, header, message, writer, self._received)
        return self._reception

    def leave(self) -> None:
        """Nobody needs what has arrived any more."""
        if self._reception is not None:
            self._reception.discard()
            self._reception = None

    def _received(self, reception: Reception) -> None:
        self._reception = None
        self._is_staged = True
        message = reception.message

        def done(error: BaseException | None) -> None:
            if error is None:
                self._group.receive_message(message.from_, message.encode())
                self._group.act(self._collected)
            else:
                self._is_staged = False
                self._group.host.log_failure(self._group, "a snapshot could not be stored", error)

        job = StageSnapshot(self._group.storage, message.snapshot, reception.writer, done)
        self._group.host.effects.start_job(job)

    def _collected(self) -> None:
        """The message that belongs to the staged data is in the round that begins."""
        self._is_in_round = True

    def round_finished(self) -> None:
        """The node has stepped what was in the round."""
        if self._is_in_round:
            self._is_in_round = self._is_staged = False
