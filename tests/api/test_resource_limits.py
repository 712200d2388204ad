"""Reported lengths, nested structures and exhausted memory do not crash the process.

Each test runs a separate process, which must exit normally.
"""

from __future__ import annotations

import subprocess

import pytest

from tests.harness.processes import assert_ends_well, run

# --- Reported lengths are not trusted

LYING = """
from collections.abc import Sequence

class Lying(Sequence):
    def __init__(self, length, items=(1, 2, 3)): self.length, self.items = length, items
    def __len__(self): return self.length
    def __getitem__(self, index): return self.items[index]

class LyingHint:
    def __length_hint__(self): return 2**62
    def __iter__(self): return iter(())

node = new_node([1]); loop = ReadyLoop(node); entry = Entry(); message = Message()
"""
BYTES_PARAMETERS = {
    "attribute": "setattr(entry, 'data', {})",
    "constructor": "Entry(context={})",
    "setter": "entry.set_data({})",
    "decode": "Message.decode({})",
    "merge": "message.merge_from_bytes({})",
    "setstate": "message.__setstate__({})",
    "propose": "node.propose({}, b'')",
    "read_index": "node.read_index({})",
    "propose_many": "loop.propose_many([{}])",
    "step_many": "loop.step_many([{}])",
    "run": "loop.run(data=[{}])",
    "peer": "Peer(1, {})",
}


def call_with_each(values: list[str], call: str) -> str:
    """A program that calls `call` with each of the values, which may be rejected."""
    calls = [
        f"try: {call.format(value, value)}\nexcept (ValueError, TypeError, MemoryError, RaftError): pass\n"
        for value in values
    ]
    return LYING + "".join(calls)


@pytest.mark.parametrize("call", BYTES_PARAMETERS.values(), ids=BYTES_PARAMETERS)
def test_reported_length_of_bytes_is_not_trusted(call: str) -> None:
    values = [f"range({length})" for length in ("2**40", "2**62")]
    values += [f"Lying({length})" for length in ("2**40", "2**62", "0", "1", "2**40, [7]")]
    program = call_with_each(values, call)

    assert_ends_well(program + "print(len(entry.data) < 10, len(message.encode()) < 10)\n", "True True\n")


ITERABLE_PARAMETERS = {
    "voters": "ConfState(voters={})",
    "set_voters": "ConfState().set_voters({})",
    "entries": "Message(entries={})",
    "changes": "ConfChangeV2(changes={})",
    "union": "Union({}, [])",
    "majority": "MajorityConfig({})",
    "configuration": "Configuration({}, {})",
    "propose_many": "loop.propose_many({})",
    "step_many": "loop.step_many({})",
    "run": "loop.run({}, {})",
    "tick_many": "tick_many({})",
    "append": "MemStorage().wl().append({})",
    "log": "RaftLog(MemStorage(), Logger.discard()).append({})",
    "quorum": "ProgressTracker(1).has_quorum({})",
    "stringify": "stringify_conf_change({})",
}


@pytest.mark.parametrize("call", ITERABLE_PARAMETERS.values(), ids=ITERABLE_PARAMETERS)
def test_reported_length_of_a_sequence_is_not_trusted(call: str) -> None:
    values = ["Lying(2**40)", "Lying(2**62)", "Lying(0)", "LyingHint()", "Lying(2**40, ())"]

    assert_ends_well(call_with_each(values, call))


LIMIT_MEMORY = """
import contextlib, resource

def limit(more):
    with open("/proc/self/statm") as statm: size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more, resource.getrlimit(resource.RLIMIT_AS)[1]))
"""
CAPACITIES = {
    "Inflights": "Inflights(2**24).add(1)",
    "ProgressTracker": "ProgressTracker.with_capacity(2**24, 2**24, 2**24)",
    "Progress": "Progress(1, 2**24)",
    "MajorityConfig": "MajorityConfig.with_capacity(2**24)",
    "JointConfig": "JointConfig.with_capacity(2**24)",
    "Configuration": "Configuration.with_capacity(2**24, 2**24)",
    "set_cap": "Inflights(1).set_cap(2**24)",
    "try_reserve": "MajorityConfig([1]).try_reserve(2**24)",
    "Config": "new_node(max_inflight_msgs=2**24)",
}


@pytest.mark.parametrize("call", CAPACITIES.values(), ids=CAPACITIES)
def test_capacity_is_not_allocated_in_advance(call: str) -> None:
    assert_ends_well(f"""{LIMIT_MEMORY}
limit(2**30)
objects = []
for _ in range(12):
    try: objects.append({call})
    except (AttributeError, MemoryError): break
""")


# --- No structure of a program causes unbounded recursion

CHAIN = 100_000
CHAINS = {
    "views of a message": "value = Message()\nfor _ in range(CHAIN): value = value.make_ref()\nvalue.term = 3",
    "views of a node": "value = new_node()\nfor _ in range(CHAIN): value = value.make_ref()\nvalue.tick()",
    "views of a storage": "value = MemStorage()\nfor _ in range(CHAIN): value = value.make_ref()\nvalue.last_index()",
    "views of a logger": "value = Logger.discard()\nfor _ in range(CHAIN): value = value.make_ref()\nvalue.info('')",
    "views in turn": """
value = Message(snapshot=Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1]))))
for _ in range(CHAIN): value = value.make_ref()
value = value.snapshot
for _ in range(CHAIN): value = value.make_ref()
value = value.metadata.conf_state
for _ in range(CHAIN): value = value.make_ref()
repr(value); value.to_dict(); value.voters; value == value
""",
    "storages in storages, used": """
value = PythonStorage()
for _ in range(CHAIN): value = Storage(value)
for use in (value.first_index, value.initial_state, lambda: repr(value), lambda: new_node(storage=value)):
    try: use()
    except Exception: pass
""",
    "storages in storages, dropped": "value = PythonStorage()\nfor _ in range(CHAIN): value = Storage(value)",
    "storages in storages, in a cycle": """
value = PythonStorage(); first = value
for _ in range(CHAIN): value = Storage(value)
first.last = value; value = first = None; gc.collect()
""",
}


@pytest.mark.parametrize("program", CHAINS.values(), ids=CHAINS)
def test_chains_of_objects_use_no_stack(program: str) -> None:
    assert_ends_well(f"CHAIN = {CHAIN}\n{program}\nvalue = use = None\ngc.collect()\nprint('done')\n", "done\n")


ENDLESS_ERRORS = {
    "itself": "class Endless(StoreError):\n    error = property(lambda self: self)\nerror = Endless()",
    "a new one": "class Endless(StoreError):\n    error = property(lambda self: Endless())\nerror = Endless()",
    "two in turn": """
class One(StoreError):
    error = property(lambda self: two)
class Two(StoreError):
    error = property(lambda self: one)
one, two = One(), Two(); error = one
""",
    "its argument": "error = StoreError(); error.args = (error,)",
    "its cause": "error = OtherError('cause'); error.__cause__ = error; error.__context__ = error",
    "a long chain": f"error = CompactedError()\nfor _ in range({CHAIN}): error = StoreError(error)",
    "a raising one": "class Endless(StoreError):\n    error = property(lambda self: 1 // 0)\nerror = Endless()",
    "a mute one": "class Mute(OtherError):\n    __str__ = __repr__ = lambda self: 1 // 0\nerror = Mute()",
}


@pytest.mark.parametrize("error", ENDLESS_ERRORS.values(), ids=ENDLESS_ERRORS)
def test_infinitely_nested_error_is_raised(error: str) -> None:
    assert_ends_well(
        f"""
{error}
is_bad = False
class Bad(PythonStorage):
    def raises(self, name):
        if is_bad: raise error
        return getattr(self.inner, name)
    term = lambda self, *arguments: self.raises("term")(*arguments)
    entries = lambda self, *arguments: self.raises("entries")(*arguments)
    first_index = lambda self: self.raises("first_index")()
    last_index = lambda self: self.raises("last_index")()
    snapshot = lambda self, *arguments: self.raises("snapshot")(*arguments)
    initial_state = lambda self: self.raises("initial_state")()

node, storage = new_node(storage=Bad()), Storage(Bad()); is_bad = True
for use in (node.campaign, lambda: storage.term(1), storage.first_index, lambda: new_node(storage=storage)):
    try: use()
    except Exception: print("raised")
error = None
""",
        "raised\n" * 4,
    )


# --- Nested hooks, and log handlers that create nodes

HOOKS = {
    "itself": """
set_entry_data_deserializer(lambda data: repr(Entry(data=data)))
shown = repr(Entry(data=b"hook"))
""",
    "a growing one": """
set_entry_data_deserializer(lambda data: Entry(data=data + data))
shown = repr(Entry(data=b"hook"))
""",
    "each other's": """
set_entry_data_deserializer(lambda data: Snapshot(data=data))
set_snapshot_data_deserializer(lambda data: ConfChange(context=data))
set_confchange_context_deserializer(lambda data: ConfChangeV2(context=data))
set_confchangev2_context_deserializer(lambda data: Message(context=data))
set_message_context_deserializer(lambda data: Entry(context=data, data=data))
set_entry_context_deserializer(lambda data: Entry(context=data, data=data))
shown = repr(Message(context=b"hook", entries=[Entry(data=b"hook")] * 3))
""",
    "by str": "set_entry_data_deserializer(lambda data: str(Entry(data=data)))\nshown = str(Entry(data=b'hook'))",
    "by format": "set_entry_data_deserializer(lambda data: f'{Entry(data=data)}')\nshown = f\"{Entry(data=b'hook')}\"",
}


@pytest.mark.parametrize("hooks", HOOKS.values(), ids=HOOKS)
def test_hook_is_not_called_inside_a_hook(hooks: str) -> None:
    assert_ends_well(f"{hooks}\nprint('104, 111, 111, 107' in shown, len(shown) < 5000)\n", "True True\n")


def test_hook_is_called_again_after_it_has_raised() -> None:
    assert_ends_well(
        """
def show(data):
    if data == b"bad": raise ValueError("bad")
    return "shown"
set_entry_data_deserializer(show)
print(["shown" in repr(Entry(data=data)) for data in (b"good", b"bad", b"good")])
""",
        "[True, False, True]\n",
    )


def test_log_handler_may_create_nodes_that_log() -> None:
    assert_ends_well(
        """
import logging
class Making(logging.Handler):
    made = 0
    def emit(self, record):
        Making.made += 1
        node = new_node([1], logger=Logger.from_logging(logging.getLogger("raft")))
        node.campaign()
logger = logging.getLogger("raft"); logger.setLevel(1); logger.addHandler(Making()); logger.propagate = False
logging.raiseExceptions = False
try: new_node([1], logger=Logger.from_logging(logger)).campaign()
except RecursionError: pass
print(0 < Making.made < 10**6)
""",
        "True\n",
    )


# --- Exhausted memory

LOW_MEMORY = f"""
{LIMIT_MEMORY}
def limit_and_fill(more):
    # A free-threaded Python has reserved a GiB already.
    limit(more)
    with contextlib.suppress(MemoryError):
        while True: filling.append(bytearray(2**22))

filling = []
data = bytes(SIZE)
entry = Entry(data=data, context=data, index=2**60)
message = Message(entries=[entry], context=data, snapshot=Snapshot(data=data))
encoded = message.encode()
node = new_node([1]); node.campaign(); loop = ReadyLoop(node); loop.run(); batch = loop.run(data=[data] * 3)
log = node.raft.raft_log
"""
ALLOCATED_BY_PYTHON = {
    "data": "entry.data",
    "get_data": "entry.get_data()",
    "data of a view": "message.entries[0].data",
    "context": "message.context",
    "snapshot": "message.snapshot.data",
    "committed data": "batch.take_committed_data()",
    "committed entry": "batch.committed_entries()[0].data",
}
ALLOCATED_BY_RUST = {
    "encode": "message.encode()",
    "clone": "message.clone().encode()",
    "decode": "Message.decode(encoded)",
    "constructor": "Entry(data=data)",
    "attribute": "Entry().set_data(data)",
    "propose": "node.propose(b'', data)",
    "propose_many": "loop.propose_many([data] * 3)",
    "run": "loop.run(data=[data] * 3).take_committed_data()",
    "repr": "repr(entry)",
    "to_dict": "message.to_dict()",
    "pickle": "message.__reduce__()",
    "entries": "log.all_entries()[-1].data",
}
SMALL = {
    "number": "entry.index",
    "bytes": "entry.data",
    "view": "entry.make_ref()",
    "views": "message.entries",
    "list": "log.all_entries()",
    "entry": "Entry(index=2**60)",
    "message": "Message(entries=[entry])",
    "encode": "entry.encode()",
    "dict": "message.to_dict()",
    "repr": "repr(entry)",
    "status": "node.status()",
    "error": "caught(lambda: Entry.decode(b'no entry'))",
    "numbers": "ConfState(voters=range(100)).voters",
    "text": "str(MessageType.MsgAppend)",
}


@pytest.mark.parametrize("call", ALLOCATED_BY_PYTHON.values(), ids=ALLOCATED_BY_PYTHON)
def test_out_of_memory_for_a_large_python_object(call: str) -> None:
    program = LOW_MEMORY + f"limit_and_fill(2**20)\ntry: {call}\nexcept MemoryError: print('MemoryError')\n"

    assert_ends_well(f"SIZE = 32 * 2**20\n{program}", "MemoryError\n")


@pytest.mark.parametrize("call", ALLOCATED_BY_RUST.values(), ids=ALLOCATED_BY_RUST)
def test_out_of_memory_for_a_large_rust_object(call: str) -> None:
    """A failed allocation in Rust may abort the process. No exception other than `MemoryError` is raised."""
    program = LOW_MEMORY + f"limit_and_fill(2**20)\ntry: {call}\nexcept MemoryError: print('MemoryError')\n"
    ended = run(f"SIZE = 16 * 2**20\n{program}")

    assert_memory_error_or_abort(ended, "memory allocation of ")


@pytest.mark.parametrize("call", SMALL.values(), ids=SMALL)
def test_out_of_memory_for_small_objects(call: str) -> None:
    """A failed allocation of a result raises `MemoryError` or PyO3's `PanicException`, never `RaftPanicError`. Without
    memory for the text of an exception, PyO3 aborts.
    """
    ended = run(f"""SIZE = 100
{LOW_MEMORY}
def caught(call):
    try: call()
    except CodecError as error: return error
made = []; limit(8 * 2**20)
try:
    while True: made.append({call})
except MemoryError: made.clear(); print("MemoryError")
except BaseException as error:
    made.clear()
    if type(error).__name__ != "PanicException" or str(error) != "PyObject pointer is null": raise
    print("MemoryError")
""")

    # PyO3 prints a message for each of these objects.
    ended.stderr = ended.stderr if ended.returncode else ""
    assert_memory_error_or_abort(ended, "memory allocation of ", "thread caused non-unwinding panic. aborting.")


def assert_memory_error_or_abort(ended: subprocess.CompletedProcess[str], *reasons: str) -> None:
    if ended.returncode == 0:
        assert (ended.stdout, ended.stderr) == ("MemoryError\n", "")
    else:
        assert ended.returncode == -6
        assert any(reason in ended.stderr for reason in reasons)
