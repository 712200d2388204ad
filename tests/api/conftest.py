"""Nodes that several test files share."""

import pytest

from rraft import Config, ConfState, HardState, LoggerRef, Raft, RawNode
from tests.harness import AnyStorage
from tests.harness.nodes import lead
from tests.harness.roles import NewNode, Node, new_node_in_role
from tests.harness.util import log_of


@pytest.fixture
def follower(storage: AnyStorage, logger: LoggerRef) -> RawNode:
    """The first of three nodes after a restart. It has three entries: two are committed, one is applied."""
    storage.initialize_with_conf_state(ConfState([1, 2, 3]))
    storage.wl().append(log_of(1, 1, 2))
    storage.wl().set_hardstate(HardState(term=2, commit=2))
    return RawNode(Config(id=1, applied=1), storage, logger)


@pytest.fixture
def leader(follower: RawNode) -> RawNode:
    """The same node as a leader."""
    return lead(follower)


@pytest.fixture(params=[RawNode, Raft])
def new_node(request: pytest.FixtureRequest, storage: AnyStorage, logger: LoggerRef) -> NewNode:
    """Creates a node in a role. Its `step` is that of `RawNode` or of `Raft`."""

    def make(role: str) -> Node:
        return new_node_in_role(role, request.param, storage, logger)

    return make
