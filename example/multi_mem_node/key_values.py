"""The state machine that Raft replicates: a map of strings."""

import json
from contextlib import suppress
from dataclasses import dataclass, field

from console import say


def put(key: str, value: str) -> bytes:
    """The command that sets `key` to `value`, as it travels in an entry's data.

    To apply it twice is to apply it once, so it may safely be proposed again when its fate is not known. A command
    without this property ("add one") would need its request's id remembered in the map, and be skipped the second time.
    """
    return json.dumps([key, value]).encode()


@dataclass
class KeyValues:
    """A map, and how far the log is applied to it.

    The two belong together, also on disk: a node that starts again must apply what follows `applied`, and only that.
    """

    pairs: dict[str, str] = field(default_factory=dict)
    applied: int = 0

    def apply(self, command: bytes) -> None:
        """Executes a command made by `put`. Another one does nothing: if it failed here, it would on every node."""
        with suppress(ValueError, RecursionError):
            match json.loads(command):
                case [str(key), str(value)]:
                    self.pairs[key] = value
                    return
        say("an entry that is no command is skipped")

    def dump(self) -> bytes:
        """The whole map, as it travels in a snapshot's data."""
        return json.dumps(self.pairs).encode()

    def load(self, data: bytes, index: int) -> None:
        """Replaces the map by one that was dumped with the log applied up to `index`."""
        self.pairs = json.loads(data) if data else {}
        self.applied = index
