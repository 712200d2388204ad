"""A key-value server that keeps every acknowledged write, even if it is killed.

    python main.py DIRECTORY
    python main.py --sqlite DIRECTORY

reads one command per line from standard input, and answers each with a line:

    put KEY VALUE    ok, once the write is persisted and applied
    get KEY          value VALUE, or none
    dump             map and the whole map as JSON

With `--sqlite`, it keeps its state in a database instead of a `Wal`. Without a directory, it runs a demonstration: it
starts such a server, kills it, and starts it again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from node import DurableNode
from sqlite_node import SqliteNode

Node = DurableNode | SqliteNode


def answer(node: Node, line: bytes) -> str:
    """Executes a command, and returns its result."""
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
            return f"map {json.dumps(node.pairs())}"
        case _:
            return "error: put KEY VALUE, get KEY, or dump"


def serve(node: Node, commands: Iterable[bytes]) -> Iterator[str]:
    """Yields a line with the applied index, then the answer to each command."""
    yield f"ready at index {node.applied}"
    for command in commands:
        yield answer(node, command)


def talk(arguments: Iterable[str], commands: Iterable[str]) -> list[str]:
    """Starts a server, sends `commands`, and kills it, so that no exit handler runs. Returns its answers."""
    answers = []
    server = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
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


def demonstrate(options: Iterable[str]) -> int:
    """Returns the exit code: 0 if the last server has the writes that the two before it acknowledged."""
    with tempfile.TemporaryDirectory() as directory:
        arguments = [*options, directory]
        answers = talk(arguments, ["put color red", "put color green", "put shape round"])
        answers += talk(arguments, ["get color", "get shape", "put color blue"])
        answers += talk(arguments, ["dump"])
    pairs = json.dumps({"color": "blue", "shape": "round"})
    if answers != ["ok", "ok", "ok", "value green", "value round", "ok", f"map {pairs}"]:
        print("an acknowledged write is lost")
        return 1
    print("all acknowledged writes are there")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="A key-value server that keeps every acknowledged write.")
    parser.add_argument("directory", type=Path, nargs="?", help="its state; without one, run a demonstration")
    parser.add_argument("--sqlite", action="store_true", help="keep the state in an SQLite database")
    arguments = parser.parse_args()
    if arguments.directory is None:
        return demonstrate(["--sqlite"] if arguments.sqlite else [])
    new_node = SqliteNode if arguments.sqlite else DurableNode
    for line in serve(new_node(arguments.directory), sys.stdin.buffer):
        sys.stdout.buffer.write(f"{line}\n".encode())
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
