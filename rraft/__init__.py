"""tikv/raft-rs for Python: the Raft consensus library, one-to-one.

Each type `X` of raft-rs is a class `X`. Its base class `XRef` has all the methods: objects of that class are live views
of an `X` that lives inside another object. Whatever takes an `X` takes either.
"""

from __future__ import annotations

from importlib.metadata import version as _version

from . import errors, rraft
from .errors import *
from .protocols import StorageProtocol
from .rraft import *
from .rraft import Raft, RaftLog, RaftLogRef, RaftRef, RawNode, RawNodeRef

__version__ = _version("rraft-py")

# There is one class of each, for all storages. rraft-py had a second one for `MemStorage`, under these names.
InMemoryRaft = Raft
InMemoryRaftRef = RaftRef
InMemoryRaftLog = RaftLog
InMemoryRaftLogRef = RaftLogRef
InMemoryRawNode = RawNode
InMemoryRawNodeRef = RawNodeRef

__all__ = [
    "InMemoryRaft",
    "InMemoryRaftLog",
    "InMemoryRaftLogRef",
    "InMemoryRaftRef",
    "InMemoryRawNode",
    "InMemoryRawNodeRef",
    "StorageProtocol",
    "__version__",
]
__all__ += errors.__all__
__all__ += rraft.__all__
