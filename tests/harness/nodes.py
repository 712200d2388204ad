"""Steps of an application, for tests of single calls."""

from rraft import ConfChange, ConfChangeType, RawNode, ReadyRef


def store(node: RawNode, ready: ReadyRef) -> None:
    """Persists a `Ready`."""
    core = node.store().wl()
    if ready.snapshot():
        core.apply_snapshot(ready.snapshot())
    core.append(ready.entries())
    hard_state = ready.hs()
    if hard_state is not None:
        core.set_hardstate(hard_state)


def process(node: RawNode) -> None:
    """Handles all `Ready`s of the node. The messages are lost."""
    while node.has_ready():
        ready = node.ready()
        store(node, ready)
        light = node.advance(ready)
        commit = light.commit_index()
        if commit is not None:
            node.store().wl().mut_hard_state().commit = commit
        node.advance_apply()


def lead(node: RawNode) -> RawNode:
    """Makes the node the leader. It has persisted entry 4, the first of its term, but not entry 5."""
    node.raft.become_candidate()
    node.raft.become_leader()
    process(node)
    node.propose(b"", b"data")
    return node


def removed(node: RawNode) -> None:
    """Makes the node apply its own removal."""
    node.apply_conf_change(ConfChange(change_type=ConfChangeType.RemoveNode, node_id=1))
