"""The replicated state machine: a map of strings."""

import json
from contextlib import suppress
from dataclasses import dataclass, field

from console import say


def put(key: str, value: str) -> bytes:
    """The command that sets `key` to `value`, as the data of an entry.

    The command is idempotent, so a client can propose it again if the result is unknown. For any other command, such as
    "add one", the map has to record the ids of the requests, and skip a request that it has applied.
    """
    return json.dumps([key, value]).encode()


@dataclass
class KeyValues:
    """A map, and its applied index.

    Persist the two together: after a restart, a node must apply the entries after `applied`, and only those.
    """

    pairs: dict[str, str] = field(default_factory=dict)
    applied: int = 0

    def apply(self, command: bytes) -> None:
        """Applies a command made by `put`. Any other is skipped: if it raised here, it would on every node."""
        with suppress(ValueError, RecursionError):
            match json.loads(command):
                case [str(key), str(value)]:
                    self.pairs[key] = value
                    return
        say("skipped an entry that is not a command")

    def dump(self) -> bytes:
        """The whole map, as the data of a snapshot."""
        return json.dumps(self.pairs).encode()

    def load(self, data: bytes, index: int) -> None:
        """Replaces the map by a dump that was made at the applied index `index`."""
        self.pairs = json.loads(data) if data else {}
        self.applied = index
