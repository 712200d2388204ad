"""A key-value server that keeps what it has acknowledged, also when it is killed.

    python main.py DIRECTORY

reads commands from standard input, one a line, and answers each with a line:

    put KEY VALUE    ok, when the write is durable and applied
    get KEY          value VALUE, or none
    dump             map and the whole map in JSON

Without a directory, it demonstrates itself: it starts such a server, kills it, and starts it again.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from node import DurableNode


def answer(node: DurableNode, line: bytes) -> str:
    """Carries out a command, and says how it went."""
    try:
        command = line.decode()
    except UnicodeDecodeError:
        return "error: the command is not UTF-8"
    match command.split():
        case ["put", key, value]:
            try:
                node.put(key, value)
            except ValueError as error:
                return f"error: {error}"
            return "ok"
        case ["get", key]:
            found = node.get(key)
            return "none" if found is None else f"value {found}"
        case ["dump"]:
            return f"map {json.dumps(node.key_values.pairs())}"
        case _:
            return "error: put KEY VALUE, get KEY, or dump"


def serve(directory: Path, commands: Iterable[bytes]) -> Iterator[str]:
    """The answers to `commands`, each as soon as it may be given; before them, a line that says where the node is."""
    node = DurableNode(directory)
    yield f"ready at index {node.storage.applied()}"
    for command in commands:
        yield answer(node, command)


def talk(directory: str, commands: Iterable[str]) -> list[str]:
    """Starts a server, gives it `commands`, and kills it: no handler runs, no file is closed. Returns its answers."""
    answers = []
    server = subprocess.Popen(
        [sys.executable, __file__, directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    with server:
        assert server.stdin
        assert server.stdout
        print(f"server: {server.stdout.readline().strip()}")
        for command in commands:
            print(f"client: {command}")
            print(command, file=server.stdin, flush=True)
            answers.append(server.stdout.readline().strip())
            print(f"server: {answers[-1]}")
        server.kill()
    print("server: killed")
    return answers


def demonstrate() -> int:
    """The exit code: 0 if the last server finds what the two before it acknowledged."""
    with tempfile.TemporaryDirectory() as directory:
        answers = talk(directory, ["put color red", "put color green", "put shape round"])
        answers += talk(directory, ["get color", "get shape", "put color blue"])
        answers += talk(directory, ["dump"])
    pairs = json.dumps({"color": "blue", "shape": "round"})
    if answers != ["ok", "ok", "ok", "value green", "value round", "ok", f"map {pairs}"]:
        print("these are not the answers of a durable node")
        return 1
    print("each acknowledged write is there")
    return 0


def main() -> int:
    if len(sys.argv) == 1:
        return demonstrate()
    for line in serve(Path(sys.argv[1]), sys.stdin.buffer):
        sys.stdout.buffer.write(f"{line}\n".encode())
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
