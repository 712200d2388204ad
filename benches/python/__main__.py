"""Runs a workload of the benchmark on rraft, and prints its cost as a line of JSON."""

import argparse
import json

import codec
import durable
import idle
import memory
import replication
import single_calls
from driver import DRIVERS
from options import Options
from storages import STORAGES

WORKLOADS = {
    "replicate": replication.replicate,
    "durable": durable.propose,
    "idle": idle.tick,
    "encode": codec.encode,
    "decode": codec.decode,
    "decode-and-read": codec.decode_and_read,
    "group-memory": memory.groups,
    "entry-memory": memory.entries,
    "single-calls": single_calls.measure,
}


def parse_options() -> tuple[str, Options]:
    """The options: those of the native program, and five more."""
    defaults = Options()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--operations", type=int, help="how many proposals, ticks, messages, groups, entries, or calls")
    parser.add_argument("--members", type=int, help="how many nodes the cluster has")
    parser.add_argument("--groups", type=int, help="how many groups there are, of one member each")
    parser.add_argument("--batch", type=int, help="how many proposals are made before the nodes do their work")
    parser.add_argument("--payload", type=int, help="the length of a proposal, or of an entry's data, in bytes")
    parser.add_argument("--transport", choices=["objects", "bytes"], help="the form in which messages are delivered")
    parser.add_argument(
        "--batch-append", action="store_true", help="append entries to a message that is still waiting to be sent"
    )
    parser.add_argument(
        "--compact-every",
        type=int,
        help="the number of applied entries after which the log is compacted, except the last sixteenth",
    )
    parser.add_argument(
        "--count-messages", action="store_true", help="also print the number of messages, which takes time"
    )
    parser.add_argument("--driver", choices=DRIVERS, help="how the nodes are driven")
    parser.add_argument("--storage", choices=[*STORAGES, "Wal", "SQLite"], help="the storage of the log")
    parser.add_argument("--directory", help="where durable logs are created")
    parser.set_defaults(**vars(defaults))
    arguments = vars(parser.parse_args())
    return arguments.pop("workload"), Options(**arguments)


def main() -> None:
    workload, options = parse_options()
    figures = WORKLOADS[workload](options)
    print(json.dumps({"workload": workload, "operations": options.operations, **figures}))


if __name__ == "__main__":
    main()
