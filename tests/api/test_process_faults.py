"""Situations that could crash or hang the process. Each runs in a separate process, which must exit normally."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.program import LIMIT, environment


def run(program: str, *, warnings: str = "ignore", **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a program. If it hangs, its exit code is that of the signal that kills it."""
    with subprocess.Popen(
        [sys.executable, "-W", warnings, "-X", "faulthandler", "-c", PRELUDE + program],
        env={**environment(), "RUST_BACKTRACE": "0", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            kill(process)
            output, errors = process.communicate()
            errors += "\nit hangs"
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def kill(process: subprocess.Popen[str]) -> None:
    """Kills a process and its children, which share its pipes."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def assert_ends_well(program: str, output: str | None = None, **variables: str) -> None:
    """Asserts that the program exits with code 0, and prints nothing to stderr."""
    ended = run(program, **variables)

    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    if output is not None:
        assert ended.stdout == output


PRELUDE = """
import sys
sys.path[:] = filter(None, sys.path)  # rather the build that is tested than the one in this folder
import gc, importlib, os, threading, time
import rraft
from rraft import *

def new_node(voters=(1, 2), storage=None, logger=None, **options):
    storage = storage or MemStorage.new_with_conf_state(ConfState(list(voters)))
    return RawNode(Config(id=1, **options), storage, logger or Logger.discard())

class PythonStorage:
    def __init__(self, inner=None):
        self.inner = inner or MemStorage.new_with_conf_state(ConfState([1, 2]))

    def __getattr__(self, name):
        return getattr(self.inner, name)
"""


# --- Exceptions can be raised even after the modules are gone

FIRST_ERRORS = {
    "ProposalDroppedError": "node.propose(b'', b'')",
    "CodecError": "Entry.decode(b'\\xff')",
    "ConfigInvalidError": "Config(id=1, election_tick=0).validate()",
    "StoreError": "MemStorage().term(7)",
    "StepLocalMsgError": "node.step(Message(msg_type=MessageType.MsgHup))",
    "ConfChangeError": "Changer(ProgressTracker(1)).leave_joint()",
    "DestroyedRefUsedError": "[log := Unstable(1, Logger.discard()), log.restore(Snapshot()), "
    "view := log.snapshot, setattr(log, 'snapshot', None), view.data]",
}


@pytest.mark.parametrize("keeper", ["last = Last()", "sys.modules['kept for longer'] = Last()"], ids=["module", "sys"])
@pytest.mark.parametrize(("error", "call"), FIRST_ERRORS.items(), ids=FIRST_ERRORS)
def test_first_error_at_shutdown(error: str, call: str, keeper: str) -> None:
    assert_ends_well(
        f"""
node = new_node()
call = eval("lambda: " + {call!r}, dict(vars(rraft), node=node))

class Last:
    def __del__(self, call=call, error={error}, write=os.write):
        try: call()
        except error: write(1, b"caught")

{keeper}
""",
        output="caught",
    )


@pytest.mark.parametrize(("error", "call"), FIRST_ERRORS.items(), ids=FIRST_ERRORS)
def test_first_error_near_the_recursion_limit(error: str, call: str) -> None:
    assert_ends_well(
        f"""
node = new_node()

def descend(depth):
    if depth: descend(depth - 1)
    else: {call}

sys.setrecursionlimit(300)
caught = set()
for depth in range(299, 200, -1):  # the deepest first
    try: descend(depth)
    except ({error}, RecursionError) as raised: caught.add(type(raised).__name__)
print(sorted(caught))
""",
        output=f"{sorted([error, 'RecursionError'])}\n",
    )


FORGET = "for name in [name for name in sys.modules if name.split('.')[0] == 'rraft']: del sys.modules[name]\n"
CHANGES = {
    "nothing": "",
    "sys.modules without rraft": FORGET,
    "sys.modules cleared": "sys.modules.clear()\n",
    "no import works": FORGET + "__builtins__.__import__ = None; sys.meta_path.clear(); sys.path.clear()\n",
    "another rraft.errors": "sys.modules['rraft.errors'] = type(sys)('rraft.errors')\n",
    "names deleted": "for name in list(vars(rraft.errors)): delattr(rraft.errors, name)\n",
    "rraft.errors reloaded": "importlib.reload(sys.modules['rraft.errors'])\n",
    "rraft reloaded": "importlib.reload(sys.modules['rraft.errors']); importlib.reload(rraft)\nfrom rraft import *\n",
    "fresh import": FORGET + "import rraft\nfrom rraft import *\n",
    "fresh import, old names": "import rraft as old\n" + FORGET + "import rraft as new\n",
}
by_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@by_change
@pytest.mark.parametrize("is_first", [True, False], ids=["first error", "later error"])
def test_errors_are_caught_after_the_modules_are_gone(change: str, is_first: bool) -> None:
    decode = "try: Entry.decode(b'\\xff')\nexcept CodecError: print('caught')\n"

    assert_ends_well(("" if is_first else decode) + change + decode, "caught\n" * (1 if is_first else 2))


@by_change
def test_storage_error_is_converted_after_the_modules_are_gone(change: str) -> None:
    assert_ends_well(
        f"""
{change}
inner = MemStorage.new_with_conf_state(ConfState([1, 2]))
inner.wl().append([Entry(index=index, term=1) for index in range(1, 5)])
inner.wl().set_hardstate(HardState(term=1, commit=4))

class Compacted(PythonStorage):
    def entries(self, *_): raise CompactedError()
    def snapshot(self, *_): raise SnapshotTemporarilyUnavailableError()

node = RawNode(Config(id=1, applied=4), Compacted(inner), Logger.discard())
node.raft.become_candidate(); node.raft.become_leader()
rejection = Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=2, index=4, reject=True)
node.step(rejection)
print(node.raft.term, node.raft.state)
""",
        output="2 Leader\n",
    )


SECOND_INTERPRETER = """
try:
    import _interpreters as interpreters
    execute = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    execute = interpreters.run_string
try: second = interpreters.create("legacy")
except (TypeError, ValueError): second = interpreters.create()
"""


@pytest.mark.parametrize("has_raised", [False, True], ids=["no error before", "an error before"])
def test_import_error_of_a_second_interpreter_gives_the_reason(has_raised: bool) -> None:
    decode = "try: Entry.decode(b'\\xff')\nexcept CodecError: print('caught', flush=True)\n"
    program = decode if has_raised else ""
    program += SECOND_INTERPRETER
    program += """
for _ in range(2):
    assert not execute(second, '''
try: import rraft
except ImportError as error: print("interpreter" in str(error), flush=True)
else: print("imported", flush=True)
''')
"""
    program += decode + "interpreters.destroy(second)\n" + decode

    assert_ends_well(program, "caught\n" * has_raised + "True\n" * 2 + "caught\n" * 2)


# --- Threads inside a callback or a batch at shutdown

AT_WORK = {
    "storage": """
class Slow(PythonStorage):
    def last_index(self): pause(); return self.inner.last_index()
node = new_node(storage=Slow())
def work(): node.tick()
""",
    "wrapped storage": """
class Slow(PythonStorage):
    def first_index(self): pause(); return self.inner.first_index()
storage = Storage(Slow())
def work(): storage.first_index()
""",
    "storage that raises": """
class Slow(PythonStorage):
    def term(self, index): pause(); raise CompactedError()
storage = Storage(Slow())
def work():
    try: storage.term(1)
    except StoreError: pass
""",
    "log handler": """
import logging
class Slow(logging.Handler):
    def emit(self, record): pause()
logger = logging.getLogger("raft"); logger.setLevel(1); logger.addHandler(Slow()); logger.propagate = False
node = new_node(logger=Logger.from_logging(logger))
def work(): node.raft.become_follower(node.raft.term + 1, 0)
""",
    "hook": """
def show(data): pause(); return "shown"
set_entry_data_deserializer(show)
entry = Entry(data=b"data")
def work(): repr(entry)
""",
    "generator": """
def voters():
    for number in range(5): pause(); yield number
def work(): ConfState(voters=voters())
""",
    "votes": """
config = MajorityConfig([1, 2, 3])
def vote(voter): pause(); return True
def work(): config.vote_result(vote)
""",
    "batch": """
node = new_node([1]); node.campaign(); loop = ReadyLoop(node); loop.run()
def work(): at_work.set(); loop.run(data=[b"x" * 50] * 5000)
""",
    "messages": """
node = new_node([1]); loop = ReadyLoop(node)
def work(): at_work.set(); loop.step_many([b"no message"] * 5000)
""",
    "logger with a thread": """
logger = Logger(8, OverflowStrategy.Drop); os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
def work(): at_work.set(); logger.info("line")
""",
}


@pytest.mark.parametrize("work", AT_WORK.values(), ids=AT_WORK)
def test_shutdown_while_a_daemon_thread_is_running(work: str) -> None:
    program = f"""
at_work = threading.Event()
def pause(): at_work.set(); time.sleep(0.0005)
{work}
def forever():
    while True: work()
threading.Thread(target=forever, daemon=True).start()
at_work.wait()
"""
    with ThreadPoolExecutor(4) as threads:
        ended = list(threads.map(run, [program] * 4))

    assert [(one.returncode, one.stderr) for one in ended] == [(0, "")] * 4


@pytest.mark.parametrize("work", [AT_WORK["storage"], AT_WORK["log handler"]], ids=["storage", "log handler"])
def test_calls_during_shutdown_return(work: str) -> None:
    """An exit handler and a finalizer may use a node, but its storage and its log handler are no longer called."""
    assert_ends_well(f"""
import atexit
at_work = threading.Event()
def pause(): at_work.set()
{work}
def last_work(work=work):
    try: work()
    except Exception: pass
atexit.register(last_work)
class Last:
    def __del__(self, work=last_work): work()
last = Last()
sys.modules["kept for longer"] = Last()
""")


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
TAKES_BYTES = {
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


@pytest.mark.parametrize("call", TAKES_BYTES.values(), ids=TAKES_BYTES)
def test_reported_length_of_bytes_is_not_trusted(call: str) -> None:
    values = [f"range({length})" for length in ("2**40", "2**62")]
    values += [f"Lying({length})" for length in ("2**40", "2**62", "0", "1", "2**40, [7]")]
    program = LYING
    for value in values:
        program += f"try: {call.format(value)}\nexcept (ValueError, TypeError, MemoryError, RaftError): pass\n"

    assert_ends_well(program + "print(len(entry.data) < 10, len(message.encode()) < 10)\n", "True True\n")


TAKES_ITEMS = {
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


@pytest.mark.parametrize("call", TAKES_ITEMS.values(), ids=TAKES_ITEMS)
def test_reported_length_of_a_sequence_is_not_trusted(call: str) -> None:
    program = LYING
    for value in ["Lying(2**40)", "Lying(2**62)", "Lying(0)", "LyingHint()", "Lying(2**40, ())"]:
        program += f"try: {call.format(value, value)}\nexcept (ValueError, TypeError, MemoryError, RaftError): pass\n"

    assert_ends_well(program)


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
    assert_ends_well(f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
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


ERRORS_WITHOUT_END = {
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


@pytest.mark.parametrize("error", ERRORS_WITHOUT_END.values(), ids=ERRORS_WITHOUT_END)
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


# --- Forks

FORK = """
import signal

def fork(work, then=lambda: os._exit(0)):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try: work()
        except Exception as error: os.write(2, repr(error).encode()); os._exit(1)
        then()
    return child

def failed(children): return [code for child in children if (code := os.waitpid(child, 0)[1])]
"""
FORKS = {
    "during batches": """
storage = MemStorage.new_with_conf_state(ConfState([1])); node = new_node(storage=storage); node.campaign()
loop = ReadyLoop(node); loop.run(); at_work = threading.Event()
def batches():
    while True: at_work.set(); loop.run(data=[b"x" * 50] * 2000)
threading.Thread(target=batches, daemon=True).start(); at_work.wait()
def use():
    storage.last_index(); storage.initial_state(); repr(storage); storage.wl().mut_hard_state().commit; storage.clone()
    storage.wl().commit_to(storage.first_index())
    try: node.tick()
    except InUseError: pass
children = []
for _ in range(20): time.sleep(0.003); children.append(fork(use))
""",
    "while a thread logs": """
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
logger = Logger(4, OverflowStrategy.{strategy}); at_work = threading.Event()
def lines():
    while True: logger.info("line"); at_work.set()
threading.Thread(target=lines, daemon=True).start(); at_work.wait()
def use():
    for _ in range(200): logger.info("line of the child")
children = [fork(use) for _ in range(10)]
""",
    "with a logger that is dropped": """
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
loggers = [Logger(4, OverflowStrategy.{strategy})]; loggers[0].info("line of the parent")
def use():
    for _ in range(200): loggers[0].info("line of the child")
    node = new_node(logger=loggers.pop()); node.campaign(); del node; gc.collect()
children = [fork(use) for _ in range(5)] + [fork(use, then=lambda: sys.exit(0))]
""",
    "with a logger of the child": """
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
first = Logger(4, OverflowStrategy.{strategy}); first.info("line of the parent")
def use():
    logger = Logger(4, OverflowStrategy.{strategy})
    for _ in range(200): logger.info("line of the child"); first.info("line of the child")
children = [fork(use) for _ in range(5)] + [fork(use, then=lambda: sys.exit(0))]
""",
    "with a log file": """
import tempfile
folder = tempfile.TemporaryDirectory()
logger = Logger.new_file_logger(folder.name + "/log", 4, 10**6, 2); logger.info("line of the parent")
def use():
    for _ in range(200): logger.info("line of the child")
children = [fork(use) for _ in range(5)]
""",
    "while the default logger writes": """
os.dup2(os.open(os.devnull, os.O_WRONLY), 2); at_work = threading.Event()
def lines():
    while True: default_logger().error("line"); at_work.set()
threading.Thread(target=lines, daemon=True).start(); at_work.wait()
def use():
    for _ in range(200): default_logger().error("line of the child")
children = [fork(use) for _ in range(20)]
""",
    "in a storage": """
parent, children = os.getpid(), []
class Forking(PythonStorage):
    def last_index(self):
        if not children and os.getpid() == parent: children.append(fork(lambda: None, then=lambda: None))
        return self.inner.last_index()
node = new_node(storage=Forking())
for _ in range(100): node.tick()
if os.getpid() != parent: os._exit(0)
""",
    "in a log handler": """
import logging
parent, children = os.getpid(), []
class Forking(logging.Handler):
    def emit(self, record):
        if not children and os.getpid() == parent: children.append(fork(lambda: None, then=lambda: None))
logger = logging.getLogger("raft"); logger.setLevel(1); logger.addHandler(Forking()); logger.propagate = False
node = new_node(logger=Logger.from_logging(logger))
for _ in range(100): node.tick()
if os.getpid() != parent: os._exit(0)
""",
    "in a hook": """
parent, children = os.getpid(), []
def show(data):
    if not children and os.getpid() == parent: children.append(fork(lambda: None, then=lambda: None))
    return "shown"
set_entry_data_deserializer(show); repr([Entry(data=b"1"), Entry(data=b"2")]); set_entry_data_deserializer(None)
if os.getpid() != parent: os._exit(0)
""",
    "in the items of an argument": """
parent, children = os.getpid(), []
def data():
    if not children: children.append(fork(lambda: None, then=lambda: None))
    yield from [b"data"] * 1000
node = new_node([1]); node.campaign(); loop = ReadyLoop(node); loop.run(data=data()); loop.run(data=data())
if os.getpid() != parent: os._exit(0)
""",
    "of a pool": """
import multiprocessing
storage = MemStorage.new_with_conf_state(ConfState([1])); node = new_node(storage=storage); node.campaign()
loop = ReadyLoop(node); loop.run(); at_work = threading.Event()
def batches():
    while True: at_work.set(); loop.run(data=[b"x" * 50] * 2000)
threading.Thread(target=batches, daemon=True).start(); at_work.wait()
def lead(number):
    signal.alarm(60)
    node = new_node([1], default_logger()); node.campaign(); ReadyLoop(node).run(data=[b"x"] * 1000)
    return storage.first_index() + number
with multiprocessing.get_context("fork").Pool(3) as pool:
    assert pool.map(lead, range(12)) == [number + 1 for number in range(12)]
children = []
""".replace("[1], default_logger()", "[1], logger=default_logger()"),
}
STRATEGIES = ("Block", "Drop", "DropAndReport")
FORKS = {
    f"{name}{strategy and ', '}{strategy}": program.replace("{strategy}", strategy)
    for name, program in FORKS.items()
    for strategy in (STRATEGIES if "{strategy}" in program else ("",))
}


@pytest.mark.parametrize("program", FORKS.values(), ids=FORKS)
def test_forked_child_does_not_hang(program: str) -> None:
    ended = run(f"{FORK}{program}\nprint(failed(children), flush=True)\nos._exit(0)\n")

    assert (ended.returncode, ended.stdout) == (0, "[]\n"), ended.stderr


# --- A pipe that is read by a thread of the same process, like stderr in a notebook

PIPE = """
import fcntl, signal
signal.alarm(60)
end, start = os.pipe()
if hasattr(fcntl, "F_SETPIPE_SZ"): fcntl.fcntl(start, fcntl.F_SETPIPE_SZ, 4096)
screen = os.dup(2); os.dup2(start, 2); os.close(start)
read = bytearray()
def reader():
    while data := os.read(end, 4096): read.extend(data)
thread = threading.Thread(target=reader, daemon=True); thread.start()
LINE = "x" * 100_000  # more than fits into the pipe
"""
LOGGERS = {
    "default": "default_logger()",
    "Block": "Logger(2, OverflowStrategy.Block)",
    "Drop": "Logger(2, OverflowStrategy.Drop)",
    "DropAndReport": "Logger(2, OverflowStrategy.DropAndReport)",
}
by_logger = pytest.mark.parametrize("logger", LOGGERS.values(), ids=LOGGERS)


@by_logger
def test_thread_can_read_the_pipe_of_a_logger(logger: str) -> None:
    ended = run(f"""{PIPE}
logger = {logger}
for _ in range(20): logger.error(LINE)
del logger; gc.collect()
os.dup2(screen, 2); thread.join()
print(len(read) > 100_000, flush=True)
""")

    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended.stderr


@by_logger
def test_thread_can_read_the_log_of_nodes(logger: str) -> None:
    ended = run(
        f"""{PIPE}
nodes = [new_node([1, 2, 3], logger={logger}) for _ in range(10)]
for _ in range(20):
    for node in nodes: node.campaign()
del node; nodes.clear(); gc.collect()
print("done", flush=True); os._exit(0)
""",
        RUST_LOG="debug",
    )

    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr


def test_thread_can_read_the_log_of_a_batch() -> None:
    ended = run(
        f"""{PIPE}
node = new_node([1], logger=default_logger()); node.campaign(); loop = ReadyLoop(node)
vote = Message(msg_type=MessageType.MsgRequestVote, from_=2, to=1, term=9)
for _ in range(20): loop.run(msgs=[vote], data=[b"x"] * 300)
print("done", flush=True); os._exit(0)
""",
        RUST_LOG="trace",
    )

    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr


# --- Finalizers run wherever Python objects are created

FINALIZERS = {
    "to_dict of a storage's view": ("view.to_dict()", "view.commit = 7"),
    "repr of a storage's view": ("repr(view)", "storage.wl().mut_hard_state().commit = 7"),
    "comparison of views": ("view == HardState()", "view.commit = 7"),
    "pickle of a storage's view": ("view.__reduce__()", "view.commit = 7"),
    "storage's state": ("storage.initial_state()", "storage.wl().set_conf_state(ConfState([2]))"),
    "storage's entries": (
        "storage.entries(1, 4, GetEntriesContext.empty(False))",
        "storage.wl().append([Entry(index=4, term=1)])",
    ),
    "storage's snapshot": ("storage.snapshot(0, 1)", "storage.wl().commit_to(2)"),
    "repr of a storage": ("repr(storage)", "storage.wl().append([Entry(index=4, term=1)])"),
    "message's entries": ("[entry.data for entry in message.entries]", "message.clear_entries()"),
    "get_entries": ("message.get_entries()", "message.entries = []"),
    "to_dict of a message": ("message.to_dict()", "message.term = 7"),
    "repr with hooks": ("repr(message)", "message.clear_entries()"),
    "repr of a view with hooks": ("repr(message.get_entries()[:1])", "message.clear_entries()"),
    "clone": ("message.clone()", "message.clear_entries()"),
    "node's status": ("node.status().to_dict() if hasattr(Status, 'to_dict') else repr(node.status())", "node.tick()"),
    "repr of a node": ("repr(node.raft)", "node.campaign()"),
    "progress": ("repr(node.raft.prs())", "node.raft.become_follower(9, 0)"),
    "taken messages": ("node.raft.take_msgs()", "node.campaign()"),
    "log": ("node.raft.raft_log.all_entries()", "node.raft.raft_log.append([])"),
    "ready": ("[node.campaign(), work(node)]", "node.tick()"),
    "loop": ("loop.run(data=[b'x', 1][:1], msgs=[b'no message'])", "loop.run()"),
    "loop with outboxes": ("[led.campaign(), led.raft.become_follower(9, 0), outbox.run()]", "outboxes.clear()"),
    "outboxes of a loop that runs": ("[led.campaign(), outbox.run()]", "outbox.run()"),
    "rejected messages": ("batch.rejected_messages()", "batch.rejected_messages()"),
    "rejected proposals": ("batch.rejected_messages()", "batch.take_messages()"),
    "committed data": ("loop.run(data=[b'x'] * 3).take_committed_data()", "loop.propose_many([b'y'])"),
    "tick_many": ("tick_many([node, led])", "led.tick()"),
    "errors": ("caught(lambda: node.propose(b'', b''))", "node.tick()"),
    "decode": ("Message.decode(message.encode())", "message.clear_entries()"),
    "hook that is replaced": ("set_entry_data_deserializer(Hook())", "repr(message)"),
}


@pytest.mark.parametrize(("call", "inside"), FINALIZERS.values(), ids=FINALIZERS)
def test_finalizer_may_use_an_object_that_is_being_read(call: str, inside: str) -> None:
    """Before Python 3.12, creating any object may run the collector, even inside the extension."""
    assert_ends_well(
        f"""
import signal
if hasattr(signal, "alarm"): signal.alarm(60)
storage = MemStorage.new_with_conf_state(ConfState([1, 2])); view = storage.wl().mut_hard_state()
storage.wl().append([Entry(index=index, term=1, data=b"data") for index in range(1, 4)]); view.term, view.commit = 1, 3
message = Message(entries=[Entry(index=index, data=b"data") for index in range(1, 4)], context=b"context")
set_entry_data_deserializer(lambda data: [data]); set_message_context_deserializer(lambda data: [data])
node, led = new_node(), new_node(); leader = new_node([1]); leader.campaign(); loop = ReadyLoop(leader); loop.run()
outboxes = {{}}; outbox = ReadyLoop(led, outboxes); batch = ReadyLoop(new_node([1])).run(msgs=[b"no message"] * 3)
class Hook:
    def __call__(self, data): return [data]
def caught(call):
    try: call()
    except RaftError as error: return repr(error)
def work(node):
    ready = node.ready(); node.store().wl().append(ready.entries())
    if hard_state := ready.hs(): node.store().wl().set_hardstate(hard_state)
    return node.advance(ready).take_messages()
class Garbage:
    def __del__(self):
        try: {inside}
        except (InUseError, DestroyedRefUsedError, ProposalDroppedError): pass

gc.disable(); gc.collect(); gc.freeze(); gc.set_threshold(1, 1, 1)
for _ in range(30):
    garbage = Garbage(); garbage.itself = garbage; del garbage
    gc.enable()
    try: {call}
    except (InUseError, DestroyedRefUsedError, ProposalDroppedError, InvalidMessageError): pass
    gc.disable()
print("done")
""",
        "done\n",
    )


# --- Exhausted memory

LOW_MEMORY = """
import resource

def limit(more):
    with open("/proc/self/statm") as statm: size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more, resource.getrlimit(resource.RLIMIT_AS)[1]))

data = bytes(SIZE)
entry = Entry(data=data, context=data, index=2**60)
message = Message(entries=[entry], context=data, snapshot=Snapshot(data=data))
encoded = message.encode()
node = new_node([1]); node.campaign(); loop = ReadyLoop(node); loop.run(); batch = loop.run(data=[data] * 3)
log = node.raft.raft_log
"""
MADE_BY_PYTHON = {
    "data": "entry.data",
    "get_data": "entry.get_data()",
    "data of a view": "message.entries[0].data",
    "context": "message.context",
    "snapshot": "message.snapshot.data",
    "committed data": "batch.take_committed_data()",
    "committed entry": "batch.committed_entries()[0].data",
}
MADE_BY_RUST = {
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


@pytest.mark.parametrize("call", MADE_BY_PYTHON.values(), ids=MADE_BY_PYTHON)
def test_out_of_memory_for_a_large_python_object(call: str) -> None:
    program = LOW_MEMORY + f"limit(2**20)\ntry: {call}\nexcept MemoryError: print('MemoryError')\n"

    assert_ends_well(f"SIZE = 32 * 2**20\n{program}", "MemoryError\n")


@pytest.mark.parametrize("call", MADE_BY_RUST.values(), ids=MADE_BY_RUST)
def test_out_of_memory_for_a_large_rust_object(call: str) -> None:
    """A failed allocation in Rust may abort the process. No exception other than `MemoryError` is raised."""
    ended = run(f"SIZE = 16 * 2**20\n{LOW_MEMORY}limit(2**20)\ntry: {call}\nexcept MemoryError: print('MemoryError')\n")

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
