"""Forks, and pipes that are read by the same process, cause no deadlock. Each test runs a separate process."""

from __future__ import annotations

import pytest

from tests.harness.processes import run

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
