"""A journal of lines, replicated by a group of one member. Each run adds a line, and prints all of them."""

from pathlib import Path

from rraft import Config, ConfState, RawNode, ReadyLoop, Wal, default_logger


def main() -> None:
    with Wal(Path(__file__).with_name("journal")) as wal:
        storage = wal.storage(group=1, conf_state=ConfState(voters=[1]))  # node 1 is the only member
        node = RawNode(Config(id=1), storage, default_logger())
        node.campaign()
        batch = ReadyLoop(node).run(data=[f"line of term {node.raft.term}".encode()])
        assert batch
        # What `run` returns is on the disk. At a start, it returns all entries of the log.
        for _, _, line in batch.take_committed_data():
            if line:  # a new leader appends an empty entry
                print(line.decode())


if __name__ == "__main__":
    main()
