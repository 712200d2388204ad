"""The identity of a directory: random bytes, written when it is used for the first time."""

import random

from rraft import Entry, GetEntriesContext, Wal
from rraft.cluster.core.members import INCARNATION_SIZE

GROUP = 0
"""The group of the log whose only entry is the identity: no state machine has this id."""


def load_incarnation(wal: Wal, source: random.Random) -> bytes:
    """Returns the identity of the log's directory. It draws one for a new directory, which is durable on return.

    A host that lost its directory starts with another identity, by which the others recognize it.
    """
    storage = wal.storage(GROUP)
    if storage.last_index() == 0:
        incarnation = source.randbytes(INCARNATION_SIZE)
        storage.append([Entry(index=1, term=1, data=incarnation)])
        storage.sync()
        return incarnation
    [entry] = storage.entries(1, 2, GetEntriesContext.empty(False))
    return bytes(entry.data)
