"""`Replicated` without hosts: calls, types, snapshots."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rraft.cluster import (
    Client,
    CommandError,
    Context,
    InvalidCommandError,
    NotReadyError,
    Replicated,
    UnknownCommandError,
    command,
    query,
)
from rraft.cluster.calls import encode_value
from rraft.cluster.replicated_machine import ReplicatedMachine
from tests.harness.local_hosts import local_cluster, run


class Point(msgspec.Struct):
    x: int
    y: int = 0


class Map(Replicated):
    points: dict[str, Point]
    seen: set[int]

    def __init__(self) -> None:
        self.points = {}
        self.seen = set()
        self.count = 0
        self._cache: list[object] = []

    @command
    def move(self, name: str, to: Point, by: int = 1) -> Point:
        """Moves a point."""
        self.points[name] = Point(to.x + by, to.y)
        self.seen.add(to.x)
        self.count += 1
        return self.points[name]

    @command
    def draw(self) -> list[float]:
        """Numbers that are the same on all hosts."""
        return [self.context.time, self.context.random.random(), self.context.random.random()]

    @command
    def clear(self) -> None:
        self.points.clear()

    @query
    def where(self, name: str) -> Point | None:
        return self.points.get(name)


def call(name: str, *arguments: object) -> bytes:
    return encode_value([name, list(arguments)])


def context(index: int = 7, time: float = 1000.5) -> Context:
    result = Context(1)
    result.start_entry(index, time)
    return result


def test_call_is_the_name_and_the_arguments() -> None:
    assert Map.move.signature.encode(("a", Point(1), 5), {}) == call("move", "a", {"x": 1, "y": 0}, 5)
    assert Map.move.signature.encode((), {"to": Point(1), "name": "a", "by": 1}) == call(
        "move", "a", {"x": 1, "y": 0}, 1
    )
    assert Map.draw.signature.encode((), {}) == call("draw")


def test_apply_and_query() -> None:
    machine = ReplicatedMachine(Map())

    assert msgspec.msgpack.decode(machine.apply(call("move", "a", {"x": 1}, 2), context())) == {"x": 3, "y": 0}
    assert msgspec.msgpack.decode(machine.query(call("where", "a"))) == {"x": 3, "y": 0}
    assert machine.apply(call("clear"), context()) == encode_value(None)
    assert machine.query(call("where", "a")) == encode_value(None)


def test_random_numbers_depend_on_the_entry() -> None:
    results = [ReplicatedMachine(Map()).apply(call("draw"), context(index)) for index in (1, 1, 2)]

    assert results[0] == results[1] != results[2]
    assert msgspec.msgpack.decode(results[0])[0] == 1000.5


def test_context_needs_a_command() -> None:
    with pytest.raises(NotReadyError, match="no command was applied yet"):
        _ = Map().context


def test_call_of_an_older_version_gets_the_defaults() -> None:
    """A new argument with a default is a compatible change."""
    machine = ReplicatedMachine(Map())
    old = call("move", "a", {"x": 1})

    machine.check(old)

    assert msgspec.msgpack.decode(machine.apply(old, context())) == {"x": 2, "y": 0}


UNKNOWN = {
    "name": call("other"),
    "query": call("where", "a"),
    "missing argument": call("move", "a"),
    "type": call("move", "a", 1),
    "text": b"\x92\xa4move\x92\xa1\xff\x80",
    "no call": b"text",
    "empty": b"",
    "cut off": call("move", "a", {"x": 1})[:-3],
    "deep": b"\x92\xa4move" + b"\x91" * 5_000,
    "long name": call("x" * 40),
}


@pytest.mark.parametrize("payload", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_understood(payload: bytes) -> None:
    """A host rejects it before it is proposed; in the log, it is of a newer version."""
    machine = ReplicatedMachine(Map())

    with pytest.raises(InvalidCommandError, match=r"\w"):
        machine.check(payload)
    with pytest.raises(UnknownCommandError, match=r"\w"):
        machine.apply(payload, context())
    assert vars(machine.target)["count"] == 0


class Anything(Replicated):
    @command
    def put(self, value: object) -> None:
        del value

    @command
    def place(self, point: Point) -> None:
        del point


@pytest.mark.parametrize("name", ["put", "place"])
def test_depth_of_arguments_is_limited(name: str) -> None:
    """What is proposed can be applied, however deep the stack is there. Unknown fields count, too."""
    machine = ReplicatedMachine(Anything())
    deepest, too_deep = (
        b"\x92" + encode_value(name) + b"\x91\x82\xa1x\x01\xa1z" + b"\x91" * depth + b"\xc0" for depth in (98, 99)
    )

    machine.check(deepest)
    assert machine.apply(deepest, context()) == encode_value(None)
    with pytest.raises(InvalidCommandError, match=f"{name}: expected arguments nested at most 100 deep, got deeper"):
        machine.check(too_deep)
    assert machine.apply(too_deep, context()) == encode_value(None)  # as the log may have it of another version


def test_call_with_arguments_that_are_nested_too_deep_is_not_encoded() -> None:
    """Here, the stack has room for more than where it would be applied."""
    signature = vars(Anything)["put"].signature
    value: object = None
    for _ in range(99):
        value = [value]

    assert signature.encode((value,), {}) == signature.prefix + b"\x91" * 100 + b"\xc0"
    with pytest.raises(InvalidCommandError, match="put: expected arguments nested at most 100 deep, got deeper"):
        signature.encode(([value],), {})


class Results(Replicated):
    """Returns what cannot be encoded, and raises what concerns another command."""

    @command
    def nested(self, depth: int) -> object:
        result: list[object] = []
        for _ in range(depth - 1):
            result = [result]
        return result

    @command
    def cyclic(self) -> object:
        result: list[object] = []
        result.append(result)
        return result

    @command
    def unencodable(self) -> object:
        return object()

    @command
    def unknown(self) -> int:
        raise UnknownCommandError("of another machine")


RESULTS: dict[str, tuple[bytes, type[Exception], str]] = {
    "deep": (call("nested", 101), ValueError, "nested: expected a result nested at most 100 deep, got a deeper one"),
    "deeper": (call("nested", 5_000), ValueError, "nested: expected a result nested at most 100 deep"),
    "cyclic": (call("cyclic"), ValueError, "cyclic: expected a result nested at most 100 deep"),
    "type": (call("unencodable"), TypeError, "Encoding objects of type object is unsupported"),
    "unknown": (call("unknown"), CommandError, "UnknownCommandError: of another machine"),
}


@pytest.mark.parametrize(("payload", "error", "message"), RESULTS.values(), ids=RESULTS)
def test_result_that_cannot_be_encoded(payload: bytes, error: type[Exception], message: str) -> None:
    """It is a result of the command, other than `RecursionError` and `UnknownCommandError`, which stop the group."""
    machine = ReplicatedMachine(Results())

    with pytest.raises(error, match=message):
        machine.apply(payload, context())
    assert machine.apply(call("nested", 100), context()) == b"\x91" * 99 + b"\x90"


def test_exception_of_a_command_is_described_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            results = await cluster.hosts[1].start(Results())
            async with Client([cluster.members[1]], "rraft") as client:
                for calls in (results, client.group(Results)):
                    with pytest.raises(CommandError, match=r"^UnknownCommandError: of another machine$") as raised:
                        await calls.unknown()
                    assert (raised.value.kind, raised.value.text) == ("UnknownCommandError", "of another machine")

    run(test())


def test_default_snapshot_keeps_the_types() -> None:
    machine = ReplicatedMachine(Map())
    machine.apply(call("move", "a", {"x": 1, "y": 9}, 1), context())
    machine.apply(call("move", "b", {"x": 4}, 1), context())

    restored = Map()
    ReplicatedMachine(restored).restore(iter(list(machine.snapshot())))

    assert restored.points == {"a": Point(2, 9), "b": Point(5)}
    assert (restored.seen, restored.count) == ({1, 4}, 2)


def test_attribute_without_a_type_is_rejected() -> None:
    class Untyped(Replicated):
        def __init__(self) -> None:
            self.jobs: set[int] = set()

    with pytest.raises(TypeError, match="Untyped: expected an annotation of the attribute jobs in the class"):
        ReplicatedMachine(Untyped())


class Pair(msgspec.Struct):
    values: Any


@dataclass
class Box:
    value: Any


class Grown(msgspec.Struct, frozen=True):
    """Is another one each time that it is decoded."""

    size: float

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "size", self.size + 1)


@dataclass
class Doubled:
    value: int
    double: int = field(init=False)

    def __post_init__(self) -> None:
        self.double = self.value * 2


def doubled_wrongly() -> Doubled:
    result = Doubled(1)
    result.double = 3
    return result


class State(Replicated):
    value: Any
    numbers: list[int]
    ratio: float
    pairs: dict[str, Pair]
    queue: list[tuple[int, str]]
    moment: datetime.datetime | None
    moments: set[datetime.datetime]
    hour: datetime.time | None
    ratios: set[float]
    grown: set[Grown]
    doubled: list[Doubled]

    def __init__(self) -> None:
        self.value = None
        self.numbers = []
        self.ratio = 0
        self.pairs = {"a": Pair([1, "x", None])}
        self.queue = [(1, "x")]
        self.moment = None
        self.moments = set()
        self.hour = None
        self.ratios = set()
        self.grown = set()
        self.doubled = []
        self.count = 0


DAY = datetime.datetime(2020, 1, 2)
EAST = datetime.timezone(datetime.timedelta(hours=2))
GMT = datetime.timezone(datetime.timedelta(0), "GMT")

CHANGED = {
    "set": ("value", {1, 2}, "set would become list"),
    "nested tuple": ("value", {"x": [(1, 2)]}, "tuple would become list"),
    "in a struct": ("pairs", {"b": Pair((1,))}, "tuple would become list"),
    "dataclass": ("value", Box(1), "Box would become dict"),
    "default": ("pairs", defaultdict(lambda: Pair(0)), "defaultdict would become dict"),
    "type": ("numbers", ["x"], "Expected `int`, got `str`"),
    "another attribute": ("made_later", [1], "expected an annotation of the attribute made_later"),
    "number": ("value", 2**70, "can't serialize ints"),
    "object": ("value", object(), "Encoding objects of type object is unsupported"),
    "text": ("value", "\ud800", "surrogates not allowed"),
    "offset": ("moment", DAY.replace(tzinfo=EAST), f"{DAY.replace(tzinfo=EAST)!r} would become datetime.datetime(2020"),
    "name of a zone": ("moment", DAY.replace(tzinfo=GMT), "'GMT')) would become datetime.datetime(2020, 1, 2"),
    "offset in a set": ("moments", {DAY.replace(tzinfo=EAST)}, "would become datetime.datetime(2020, 1, 1, 22, 0"),
    "fold": ("moment", DAY.replace(fold=1), f"{DAY.replace(fold=1)!r} would become {DAY!r}"),
    "fold of a time": ("hour", datetime.time(1, fold=1), "fold=1) would become datetime.time(1, 0)"),
    "struct that changes": ("grown", {Grown(1.0), Grown(5.0)}, "2.0 would become 3.0"),
    "structs that become one": ("grown", {Grown(2.0**53 - 2), Grown(2.0**53)}, "2 items would become 1"),
    "computed field": ("doubled", [Doubled(1), doubled_wrongly()], "3 would become 2"),
}


@pytest.mark.parametrize(("name", "value", "message"), CHANGED.values(), ids=CHANGED)
def test_state_that_a_snapshot_would_change_is_rejected(name: str, value: object, message: str) -> None:
    """When the group starts, and when a snapshot is made."""
    target = State()
    machine = ReplicatedMachine(target)
    setattr(target, name, value)

    with pytest.raises(TypeError, match=rf"State: .*the attribute {name}\b") as raised:
        machine.snapshot()
    assert message in str(raised.value)
    with pytest.raises(TypeError, match=rf"the attribute {name}\b"):
        ReplicatedMachine(target)


def test_values_of_the_annotated_types_are_kept() -> None:
    target = State()
    target.ratio, target.moment = 1, datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
    target.numbers = [2**63]
    target.moments, target.hour = {DAY}, datetime.time(1, tzinfo=EAST)
    target.doubled = [Doubled(1)]
    target.value = [float("nan"), [float("nan"), 1.5], {"x": [b"y", None, 1.5]}]

    restored = State()
    restored.restore(iter(target.snapshot()))

    assert repr(vars(restored)) == repr(vars(target) | {"ratio": 1.0})


@pytest.mark.parametrize("ratios", [{11, 10**16}, {float("nan"), 1.5}, {-1, 0.5, 10}], ids=["large", "nan", "mixed"])
def test_numbers_of_a_set_are_compared_with_themselves(ratios: set[float]) -> None:
    """A set that was decoded has another order, and integers may have become floats."""
    target = State()
    target.ratios = ratios

    restored = State()
    restored.restore(iter(target.snapshot()))

    assert sorted(map(str, restored.ratios)) == sorted(str(float(ratio)) for ratio in ratios)


def test_own_snapshot_needs_no_annotations() -> None:
    class Own(Replicated):
        def __init__(self) -> None:
            self.jobs: set[int] = {1}

        def snapshot(self) -> list[bytes]:
            return [b"%d" % job for job in self.jobs]

    assert list(ReplicatedMachine(Own()).snapshot()) == [b"1"]


def test_method_itself_can_be_called() -> None:
    target = Map()

    assert Map.move.function(target, "a", Point(1)) == Point(2)
    assert Map.where.function(target, "a") == Point(2)
    assert Map.move.__doc__ == "Moves a point."


def test_importing_rraft_imports_nothing_of_the_cluster() -> None:
    program = "import rraft, sys; print([name for name in sys.modules if 'rraft.cluster' in name or 'msgspec' in name])"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert output == "[]\n"


def test_core_imports_no_asyncio() -> None:
    """The package itself exports the host, so the core is imported without it."""
    program = """
import sys, types
import rraft
package = types.ModuleType("rraft.cluster")
package.__path__ = [rraft.__path__[0] + "/cluster"]
sys.modules["rraft.cluster"] = package
import rraft.cluster.core.node
print("asyncio" in sys.modules)
"""
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert output == "False\n"


class Calling(Replicated):
    """Commands and queries that call others."""

    total: int

    def __init__(self) -> None:
        self.total = 0

    @command
    def add(self, number: int) -> int:
        self.total += number
        return self.total

    @command
    def add_wrongly(self) -> None:
        self.add(1)  # type: ignore[unused-coroutine]

    @command
    def read_wrongly(self) -> None:
        self.get()  # type: ignore[unused-coroutine]

    @command
    def add_twice(self, number: int) -> int:
        Calling.add.function(self, number)
        return Calling.add.function(self, number)

    @query
    def get(self) -> int:
        return self.total

    @query
    def change_wrongly(self) -> None:
        self.add(1)  # type: ignore[unused-coroutine]


def test_command_that_calls_a_command_gets_an_error() -> None:
    machine = ReplicatedMachine(Calling())
    hint = r"use Calling\.add\.function\(self, \.\.\.\)"

    with pytest.raises(TypeError, match=rf"add cannot be called within a command or query: {hint}"):
        machine.apply(call("add_wrongly"), context())
    with pytest.raises(TypeError, match="get cannot be called within a command or query"):
        machine.apply(call("read_wrongly"), context())
    with pytest.raises(TypeError, match="add cannot be called within a command or query"):
        machine.query(call("change_wrongly"))

    assert machine.apply(call("add_twice", 2), context()) == encode_value(4)
    assert callable(machine.target.add)  # type: ignore[attr-defined]


class CallingInherited(Calling):
    """Overrides a command, and calls that of its base."""

    @command
    def add(self, number: int) -> int:
        return super().add(number)  # type: ignore[return-value]

    @command
    def add_safely(self, number: int) -> int:
        return Calling.add.function(self, number)


def test_error_of_a_call_names_the_class_of_the_method() -> None:
    """Following it does not call the calling method again."""
    machine = ReplicatedMachine(CallingInherited())

    with pytest.raises(TypeError, match=r"use Calling\.add\.function\(self, \.\.\.\)"):
        machine.apply(call("add", 1), context())
    with pytest.raises(TypeError, match=r"use CallingInherited\.add\.function\(self, \.\.\.\)"):
        machine.apply(call("add_wrongly"), context())

    assert machine.apply(call("add_safely", 1), context()) == encode_value(1)


async def asynchronous(self: Replicated) -> None:
    del self


def generator(self: Replicated) -> Iterator[int]:
    yield id(self)


@pytest.mark.parametrize("function", [asynchronous, generator])
@pytest.mark.parametrize("decorator", [command, query])
def test_method_that_is_no_plain_function_is_rejected(decorator: Any, function: Any) -> None:
    with pytest.raises(TypeError, match=f"{function.__name__}: expected a plain function, got one with async or yield"):
        decorator(function)


@pytest.mark.parametrize("name", ["group", "context", "connect", "snapshot", "restore", "check_state", "_group"])
@pytest.mark.parametrize("decorator", [command, query])
def test_method_with_a_name_of_the_base_class_is_rejected(decorator: Any, name: str) -> None:
    def method(_: Any) -> None:
        """Does nothing."""

    members = {name: decorator(method)}
    mixin = type("Mixin", (), members)

    for bases, namespace in (((Replicated,), members), ((mixin, Replicated), {}), ((Replicated, mixin), {})):
        with pytest.raises(TypeError, match=f"Hiding: {name} is a method or attribute of Replicated"):
            type("Hiding", bases, namespace)


@pytest.mark.parametrize("value", [2**70, object(), "\ud800", [1]], ids=["large", "object", "surrogate", "list"])
def test_error_of_an_argument_names_it(value: object) -> None:
    with pytest.raises(InvalidCommandError, match="move: the argument by: "):
        Map.move.signature.encode(("a", Point(1), value), {})
