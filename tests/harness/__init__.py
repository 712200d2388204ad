"""Test utilities: simulated peers, a network between them, and a storage written in Python.

Mirrors raft-rs `harness/src` and `harness/tests/test_util`.
"""

from .interface import Interface
from .network import Network
from .ready import ReadyContent
from .storage import AnyStorage, ListStorage, NewStorage, initialize

__all__ = ["AnyStorage", "Interface", "ListStorage", "Network", "NewStorage", "ReadyContent", "initialize"]
