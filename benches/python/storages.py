"""The storages of the nodes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rraft import ConfState, MemStorage

# For this module and `durable.py`. Both folders have modules with the same names: those of the first are imported.
sys.path.append(str(Path(__file__).resolve().parents[2] / "example" / "durable_node"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "example" / "multi_mem_node"))
from python_storage import ListStorage


class CompactedListStorage(ListStorage):
    """The example's storage, with the `compact` of `MemStorage`, which long runs need."""

    def wl(self) -> CompactedListStorage:
        """The storage itself."""
        return self

    def compact(self, compact_index: int) -> None:
        """Discards the entries before `compact_index`."""
        gone = compact_index - self.first_index()
        if gone > 0:
            self._before_term = self._entries[gone - 1].term
            self._before += gone
            del self._entries[:gone]


Storage = MemStorage | CompactedListStorage


def new_mem_storage(voters: Sequence[int]) -> MemStorage:
    return MemStorage.new_with_conf_state(ConfState(voters=voters))


def new_list_storage(voters: Sequence[int]) -> CompactedListStorage:
    storage = CompactedListStorage()
    storage.set_conf_state(ConfState(voters=voters))
    return storage


STORAGES: dict[str, Callable[[Sequence[int]], Storage]] = {
    "MemStorage": new_mem_storage,
    "Python": new_list_storage,
}
