"""An episode: a sequence of calls on nodes and on the results of earlier calls, and what counts as a fault."""

from __future__ import annotations

import gc
import logging
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import rraft
from rraft import (
    Config,
    ConfState,
    Logger,
    MemStorage,
    Message,
    MessageType,
    Raft,
    RaftLog,
    RaftPanicError,
    RawNode,
    ReadyLoop,
    Unstable,
    Wal,
    default_logger,
)

from .arguments import (
    CLASSES,
    ENUM_MEMBERS,
    ENUMS,
    ERRORS,
    DeliberateError,
    DeliberateInterrupt,
    Garbage,
    MuteError,
    OddHandler,
    OddStorage,
    SelfError,
    anything,
)
from .surface import OPERATIONS, Target, is_about_raft, is_tame, targets

POOL_SIZE = 6
"""The number of objects of a class that are kept for later calls."""

LIKELY = [*["RawNode"] * 8, *["ReadyLoop", "Raft", "RaftLog", "Storage", "MemStorage", "Message"] * 2]
"""Classes whose objects are used more often than others."""

SLOW = 5.0
"""The maximum duration of a call in seconds."""

DELIBERATE_TEXTS = ("", "0", "(0, 0)")
"""The messages of the exceptions that the fuzzer's callbacks raise."""

RUST_TEXTS = (
    *("PyObject pointer", "already borrowed", "already mutably borrowed", "poisoned lock", "PoisonError", "panicked"),
    *("with overflow", "capacity overflow", "out of bounds", "out of range for slice", "divide by zero", "unwrap()"),
    "unreachable code",
)
"""Texts that only a reported panic of raft may contain."""


@dataclass
class Fault:
    """Something that must not happen."""

    kind: str
    call: str
    text: str
    place: str
    """Seed, episode and step."""


def text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


@dataclass
class Tally:
    """The outcomes of the calls."""

    calls: int = 0
    past_the_checks: int = 0
    """The number of calls that returned, or raised an exception other than `TypeError` and `OverflowError`."""
    returned: set[str] = field(default_factory=set)
    """The names of the targets that have returned at least once."""
    passed: set[str] = field(default_factory=set)
    """The names of the targets that have passed the argument checks at least once."""
    errors: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[Fault] = field(default_factory=list)

    def summary(self) -> str:
        share = self.past_the_checks / max(self.calls, 1)
        return (
            f"{self.calls} calls, {share:.0%} of them past the checks of their arguments, {len(self.faults)} faults; "
            f"the slowest took {self.slowest[0]:.2f} s ({self.slowest[1]}); {dict(self.errors.most_common())}"
        )


class Stage:
    """What all episodes of a process share: the targets, the outcomes, and the progress file."""

    def __init__(self, seed: int, note: Callable[[int, int, str], None], *, trace: bool = False) -> None:
        self.seed = seed
        self.note = note
        self.trace = trace
        self.tally = Tally()
        self.targets = targets()
        self.order = list(self.targets)
        random.Random(seed).shuffle(self.order)
        by_class: dict[str, list[Target]] = {name: [] for name in CLASSES}
        for target in self.targets:
            if target.owner:
                by_class[target.owner].append(target)
        self.methods = {
            name: [target for base in cls.__mro__ for target in by_class.get(base.__name__, [])]
            for name, cls in CLASSES.items()
        }
        self.likely = [*CLASSES, *LIKELY]
        self.constructors = {
            target.name.partition(".")[0]: target for target in self.targets if target.name.endswith(".__new__")
        }
        self.subclasses = {
            name: [other for other, sub in sorted(CLASSES.items()) if issubclass(sub, cls)]
            for name, cls in CLASSES.items()
        }


class Fuzzer:
    """One episode."""

    def __init__(self, stage: Stage, episode: int) -> None:
        self.stage = stage
        self.episode = episode
        self.rng = random.Random(f"{stage.seed} {episode}")
        self.is_tame = episode % 4 == 3
        self.makes_garbage = episode % 8 == 6
        self.pool: dict[str, list[Any]] = {name: [] for name in CLASSES}
        self.groups: list[list[RawNode]] = []
        self.others: list[Any] = []
        self.numbers = [20, 21]
        self.payloads = [rraft.CAMPAIGN_ELECTION, rraft.CAMPAIGN_PRE_ELECTION, rraft.CAMPAIGN_TRANSFER]
        self.requested_much = False
        self.is_calm = True
        self.step = 0
        self._under_way: list[Any] = []
        self._owners: dict[int, tuple[Any, Any]] = {}
        self._names: list[str] = []

    # The values that arguments are made of.

    def instance(self, name: str) -> Any:
        """An instance of a class of the package, or of a subclass."""
        if name in ENUMS:
            return self.rng.choice(ENUMS[name])
        objects = [value for subclass in self.stage.subclasses[name] for value in self.pool[subclass]]
        return self.rng.choice(objects) if objects and self.rng.random() < 0.95 else self._new(name)

    def config(self) -> Any:
        """A `Config` with a constant election timeout, so that raft draws no random one."""
        config: Any = self.instance("ConfigRef") if self.rng.random() < 0.3 else Config(id=self.rng.randrange(4))
        try:
            config.min_election_tick = config.election_tick
            config.max_election_tick = config.election_tick + 1
        except Exception:
            return Config(id=1)
        return config

    def ready(self) -> Any:
        """A `Ready`: if possible, one of the node that it is passed to, with its entries persisted."""
        node = self._under_way[-1] if self._under_way else None
        if isinstance(node, rraft.RawNodeRef) and self.rng.random() < 0.6:
            try:
                ready = node.ready()
                node.store().wl().append(ready.entries())
            except (Exception, DeliberateInterrupt):
                pass
            else:
                return ready
        return self.instance("ReadyRef")

    def any_object(self) -> Any:
        """Any of the current objects."""
        if self.others and self.rng.random() < 0.1:
            return self.rng.choice(self.others)
        for _ in range(4):
            objects = self.pool[self.rng.choice(self.stage.likely)]
            if objects:
                return self.rng.choice(objects)
        return self.rng.choice(ENUM_MEMBERS)

    def disturb(self, *, raising: float = 0.04, interrupt: bool = True) -> None:
        """Called from callbacks of the extension: may raise or call the extension."""
        if self.is_tame or self.is_calm:
            return
        way = self.rng.random()
        if way < raising:
            if interrupt and way < 0.001:
                raise DeliberateInterrupt
            error = self.rng.choice(
                (DeliberateError, *ERRORS, SelfError, MuteError, ValueError, StopIteration, OSError)
            )
            raise error(*[0] * self.rng.randrange(3))
        if way < raising + 0.1:
            self.nested()

    def nested(self) -> None:
        """Makes a call inside another one, often on the same object."""
        if len(self._under_way) < 6:
            self._next_call(inside=True)

    # The run.

    def run(self, calls: int) -> None:
        """Makes this number of calls."""
        self._set_up()
        per_episode = calls // 2
        order = self.stage.order
        turn = self.episode * per_episode % len(order)
        mine = iter([order[(turn + n) % len(order)] for n in range(per_episode)])
        self.is_calm = False
        for self.step in range(calls):
            self._next_call(next(mine) if self.step % 2 else None)

    def _set_up(self) -> None:
        for name in dir(rraft):
            if name.startswith("set_") and name.endswith("_deserializer"):
                getattr(rraft, name)(None)
        logger = logging.getLogger("fuzz")
        logger.handlers[:] = [] if self.is_tame else [OddHandler(self)]
        self._keep(Logger.from_logging(logger))
        self._keep(Logger.discard())
        for voters in ([1], [1], [1, 2], [1, 2, 3]):
            self._start_group(voters, over_python=False)
        if not self.is_tame:
            for voters in ([1], [1], [1, 2], [1, 2, 3]):
                self._start_group(voters, over_python=True)
        for node in (self.groups[0][0], self.groups[2][0]):
            for value in (node.raft, node.raft.raft_log, node.raft.prs(), node.status()):
                self._keep(value)
        loop = ReadyLoop(self.groups[1][0], encode=False)
        self._keep(loop)
        self._keep(loop.run(data=[b"one", b"two"]))

    def _start_group(self, voters: list[int], *, over_python: bool) -> None:
        """Creates a group of nodes with a leader and a few log entries."""
        nodes = []
        for node_id in voters:
            inner = MemStorage.new_with_conf_state(ConfState(voters))
            storage: Any = OddStorage(self, inner) if over_python else inner
            config = Config(id=node_id, min_election_tick=20, max_election_tick=21)
            nodes.append(RawNode(config, storage, self.pool["Logger"][0 if over_python else 1]))
            self._keep(nodes[-1])
            self._keep(inner)
        self.groups.append(nodes)
        nodes[0].campaign()
        self._exchange(nodes)
        nodes[0].propose(b"", b"data")
        self._exchange(nodes)

    def _exchange(self, nodes: list[RawNode]) -> None:
        """Handles the `Ready`s and delivers the messages, as an application does."""
        for _ in range(20):
            messages = [message for node in nodes for message in self._work(node)]
            for message in messages:
                self._keep(message)
                for node in nodes:
                    if node.raft.id == message.to:
                        try:
                            node.step(message)
                        except (rraft.RaftError, rraft.DestroyedRefUsedError) as error:
                            self._check_error(error, "RawNode.step")
            if not messages:
                return

    def _work(self, node: RawNode) -> list[Message]:
        messages: list[Message] = []
        rounds = 0
        while node.has_ready() and rounds < 20:
            rounds += 1
            ready = node.ready()
            disk = node.store().wl()
            messages += ready.take_messages()
            if snapshot := ready.snapshot():
                disk.apply_snapshot(snapshot)
            disk.append(ready.entries())
            if hard_state := ready.hs():
                disk.set_hardstate(hard_state)
            messages += ready.take_persisted_messages()
            light_ready = node.advance(ready)
            if (commit := light_ready.commit_index()) is not None:
                disk.mut_hard_state().commit = commit
            messages += light_ready.take_messages()
            node.advance_apply()
        return messages

    def _scenario(self) -> None:
        """Advances a node."""
        nodes = self.rng.choice(self.groups)
        if not nodes:
            return
        node = self.rng.choice(nodes)
        way = self.rng.random()
        if way < 0.4:
            for _ in range(self.rng.choice((1, 25))):
                node.tick()
        elif way < 0.6:
            node.propose(b"", b"data")
        elif way < 0.7:
            node.read_index(self.rng.randbytes(8))
        self._exchange(nodes)

    def _next_call(self, target: Target | None = None, *, inside: bool = False) -> None:
        """Makes one call and checks its outcome."""
        if target is not None:
            any(self._call(target) for _ in range(3))  # until it returns
            return
        way = self.rng.random()
        if way < 0.08 and not inside:
            self._make("RawNode.(its life goes on)", self._scenario, [], {})
            return
        value = self.any_object()
        if inside and self._under_way and self.rng.random() < 0.6:
            value = self.rng.choice(self._under_way)
            while id(value) in self._owners and self.rng.random() < 0.5:
                _, value = self._owners[id(value)]
        if way < 0.2:
            name, operation, draws = self.rng.choice(OPERATIONS)
            self._make(f"{type(value).__name__}.{name}", operation, [value, *(draw(self) for draw in draws)], {})
            return
        methods = self.stage.methods.get(type(value).__name__)
        self._call(self.rng.choice(methods or self.stage.targets), value if methods else None)

    def _call(self, target: Target, receiver: Any = None) -> bool:
        """Whether the call has returned."""
        while self.is_tame and not is_tame(target):
            target, receiver = self.rng.choice(self.stage.targets), None
        rng = self.rng
        arguments = []
        if target.owner:
            arguments.append(receiver if receiver is not None else self.instance(target.owner))
            if rng.random() < 0.005:
                arguments[0] = anything(self)
        self._under_way.append(arguments[0] if arguments else None)
        for number, draw in enumerate(target.positional):
            if number >= target.required and rng.random() < 0.4:
                break
            arguments.append(draw(self))
        keywords = {name: draw(self) for name, draw in target.keywords.items() if rng.random() < 0.4}
        self._under_way.pop()
        if target.names and len(arguments) == len(target.positional) + bool(target.owner) and rng.random() < 0.1:
            keywords[target.names[-1]] = arguments.pop()
        if rng.random() < 0.005:
            arguments = arguments[:-1] if rng.random() < 0.5 else [*arguments, anything(self)]
        return self._make(target.name, target.function, arguments, keywords, target.documented)

    def _make(
        self,
        name: str,
        function: Any,
        arguments: Any,
        keywords: dict[str, Any],
        documented: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether the call has returned."""
        returned = False
        stage, tally = self.stage, self.stage.tally
        self._names.append(name)
        stage.note(self.episode, self.step, " inside ".join(self._names[::-1]))
        if stage.trace:
            self._print_call(name, arguments, keywords)
        self.requested_much, requested_much = False, self.requested_much
        own = [value for value in arguments[:2] if type(value).__module__.startswith("rraft")]
        self._under_way += own
        tally.calls += 1
        collects = self.makes_garbage and self.rng.random() < 0.3
        if collects:
            Garbage(self)
            gc.enable()  # the collector finds it as soon as the call creates Python objects
        start = time.perf_counter()
        try:
            result = function(*arguments, **keywords)
            gc.disable()
        except BaseException as error:
            gc.disable()
            if stage.trace:
                print(f"    raises {type(error).__name__}: {text_of(error)[:200]}", flush=True)
            self._check_error(error, name, documented, requested_much=requested_much)
            if isinstance(error, RaftPanicError):
                self._drop(arguments)
            if not isinstance(error, TypeError | OverflowError):
                tally.past_the_checks += 1
                tally.passed.add(name)
            del error
        else:
            returned = True
            tally.past_the_checks += 1
            tally.returned.add(name)
            if result is not None:
                self._keep(result)
                if arguments and type(result).__name__.endswith("Ref"):
                    self._owners[id(result)] = result, arguments[0]
        del self._under_way[len(self._under_way) - len(own) :]
        self._names.pop()
        duration = time.perf_counter() - start
        if duration > tally.slowest[0]:
            tally.slowest = duration, self._place(name)
            if duration > SLOW:
                self.report_fault("slow", name, f"more than {SLOW} seconds")
        return returned

    def _check_error(
        self,
        error: BaseException,
        name: str,
        documented: frozenset[str] = frozenset(),
        *,
        requested_much: bool = False,
    ) -> None:
        kind = type(error).__name__
        self.stage.tally.errors[kind] += 1
        if isinstance(error, Exception) and name.endswith("...x)"):
            return  # Python itself may not be able to show what is nested so deeply
        text = text_of(error)
        if kind in documented or isinstance(error, DeliberateInterrupt | DeliberateError):
            return
        if isinstance(error, RaftPanicError):
            is_repeated = "after raft panicked" in text or text in DELIBERATE_TEXTS
            if not is_repeated and (self.is_tame or not is_about_raft(name)):
                self.report_fault("panic", name, text)
        elif not isinstance(error, Exception) or isinstance(error, SystemError | RecursionError):
            self.report_fault(kind, name, text)
        elif isinstance(error, MemoryError):
            if not requested_much:
                self.report_fault(kind, name, text)
        elif any(sign in text for sign in RUST_TEXTS) and "RaftPanicError" not in text and "raft panicked" not in text:
            self.report_fault("text of Rust", name, f"{kind}: {text}")

    def report_fault(self, kind: str, name: str, text: str) -> None:
        self.stage.tally.faults.append(Fault(kind, name, text[:300], self._place(name)))

    def _place(self, name: str) -> str:
        return f"seed {self.stage.seed}, episode {self.episode}, step {self.step}: {name}"

    def _keep(self, value: Any) -> None:
        """Keeps a value for later calls, in place of another one."""
        kind = type(value)
        objects = self.pool.get(kind.__name__)
        if objects is not None and CLASSES[kind.__name__] is kind:
            if len(objects) < POOL_SIZE:
                objects.append(value)
            else:
                objects[self.rng.randrange(POOL_SIZE)] = value
        elif kind is int:
            self._put(self.numbers, value)
        elif kind is bytes:
            if len(value) < 4096:
                self._put(self.payloads, value)
        elif kind in (list, tuple, set):
            for item in islice(value, 3):
                self._keep(item)
        elif kind is dict:
            for key, item in islice(value.items(), 3):
                self._keep(key)
                self._keep(item)
        elif kind.__module__.startswith("rraft") or hasattr(value, "__next__"):
            self._put(self.others, value)

    def _put(self, values: list[Any], value: Any) -> None:
        if len(values) < 4 * POOL_SIZE:
            values.append(value)
        else:
            values[self.rng.randrange(len(values))] = value

    def _drop(self, arguments: Any) -> None:
        """Drops these objects: raft has panicked on one of them."""
        for argument in arguments:
            for objects in (self.pool.get(type(argument).__name__, []), *self.groups):
                objects[:] = [value for value in objects if value is not argument]

    def _new(self, name: str) -> Any:
        """Creates an instance of a class that has no instance yet."""
        owner = name.removesuffix("Ref")
        for _ in range(5):
            try:
                value = self._make_new(owner)
                value = value.make_ref() if name != owner and self.rng.random() < 0.3 else value
            except (Exception, DeliberateInterrupt):
                continue
            self._keep(value)
            return value
        return None

    def _make_new(self, name: str) -> Any:
        node = RawNode(
            Config(id=1, min_election_tick=20, max_election_tick=21),
            MemStorage.new_with_conf_state(ConfState([1])),
            default_logger(),
        )
        makers: dict[str, Callable[[], Any]] = {
            "RawNode": lambda: node,
            "Raft": lambda: Raft(Config(id=1), MemStorage(), default_logger()),
            "RaftLog": lambda: self._new_log(RaftLog(MemStorage(), default_logger())),
            "Unstable": lambda: self._new_log(Unstable(1, default_logger())),
            "ProgressTracker": self._new_tracker,
            "GetEntriesContext": lambda: rraft.GetEntriesContext.empty(can_async=True),
            "Status": node.status,
            "MemStorageCore": lambda: MemStorage().wl(),
            "Wal": new_wal,
            "WalStats": lambda: new_wal().stats(),
            "WalStorage": new_wal_storage,
            "SnapshotWriter": lambda: new_wal_storage().snapshot_writer(),
            "SnapshotReader": lambda: new_wal_storage().read_snapshot(),
        }
        if name in ("Ready", "LightReady", "ReadyBatch", "Messages"):
            node.campaign()
            outboxes: dict[int, Any] = {}
            loop = ReadyLoop(node, outboxes, encode=False)
            if name == "Ready":
                return node.ready()
            if name == "LightReady":
                self._work(node)
                node.propose(b"", b"data")
                ready = node.ready()
                node.store().wl().append(ready.entries())
                return node.advance(ready)
            if name == "ReadyBatch":
                return loop.run()
            two = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2])), default_logger())
            two.campaign()
            ReadyLoop(two, outboxes, encode=False).run()
            return outboxes[2][0]
        if name in makers:
            return makers[name]()
        constructor = self.stage.constructors.get(name)
        if constructor is None:
            node.campaign()
            return next(value for value in self._parts(node) if type(value).__name__ == name)
        arguments = [draw(self) for draw in constructor.positional]
        return constructor.function(*arguments)

    def _new_log(self, log: Any) -> Any:
        """A log, or its unstable part, after a snapshot or a few entries."""
        if self.rng.random() < 0.4:
            log.restore(rraft.Snapshot(metadata=rraft.SnapshotMetadata(index=2, term=1)))
        entries = [rraft.Entry(index=index, term=1) for index in (1, 2, 3)]
        if isinstance(log, RaftLog):
            log.append([entry for entry in entries if entry.index > log.last_index()])
        else:
            log.truncate_and_append(entries[log.offset - 1 :])
        return log

    def _new_tracker(self) -> Any:
        """A tracker with a few members, or with none."""
        tracker = rraft.ProgressTracker(3)
        if self.rng.random() < 0.7:
            joint = [1, 4] if self.rng.random() < 0.5 else []
            rraft.restore(tracker, 2, ConfState(voters=[1, 2, 3], learners=[5], voters_outgoing=joint))
        return tracker

    def _parts(self, node: RawNode) -> Iterator[Any]:
        """Objects without a constructor, which are obtained from a node."""
        tracker = node.raft.prs()
        yield from tracker.collect() if hasattr(tracker, "collect") else []
        change = rraft.ConfChangeSingle(node_id=2, change_type=rraft.ConfChangeType.AddNode)
        yield from rraft.Changer(tracker).simple([change])[1][0]
        message = Message(msg_type=MessageType.MsgAppend, entries=[rraft.Entry()])
        yield from (getattr(message, name) for name in dir(message) if not name.startswith("_") and name != "snapshot")

    def _print_call(self, name: str, arguments: Any, keywords: dict[str, Any]) -> None:
        shown = [self._show(argument) for argument in arguments]
        shown += [f"{key}={self._show(value)}" for key, value in keywords.items()]
        print(f"{self.step}{'  ' * len(self._under_way)} {name}({', '.join(shown)})", flush=True)

    def _show(self, value: Any) -> str:
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self._show, value))}]"
        if isinstance(value, int | str | bytes | float | range | bytearray | type(None)):
            return repr(value)[:80]
        return f"<{type(value).__name__} {id(value) & 0xFFFFFF:x}>"


def new_wal() -> Wal:
    """An empty log, in a folder that is deleted at the end."""
    folder = tempfile.TemporaryDirectory(dir=".")
    FOLDERS.append(folder)
    return Wal(folder.name)


def new_wal_storage() -> Any:
    """The storage of a group with a few entries and a snapshot."""
    storage = new_wal().storage(1, ConfState([1]))
    storage.append([rraft.Entry(index=index, term=1) for index in (1, 2, 3)])
    storage.create_snapshot(2, b"snapshot")
    return storage


FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""The folders of logs."""
