"""Errors and running threads during the shutdown of the interpreter. Each test runs a separate process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.processes import assert_ends_well, run

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
