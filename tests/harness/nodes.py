"""What a program does with its node, for tests that look at one call of it."""

from rraft import ConfChange, ConfChangeType, RawNode, ReadyRef


def store(node: RawNode, ready: ReadyRef) -> None:
    """Store what a `Ready` holds."""
    core = node.store().wl()
    if ready.snapshot():
        core.apply_snapshot(ready.snapshot())
    core.append(ready.entries())
    hard_state = ready.hs()
    if hard_state is not None:
        core.set_hardstate(hard_state)


def process(node: RawNode) -> None:
    """Do all the work that the node wants done; messages get lost."""
    while node.has_ready():
        ready = node.ready()
        store(node, ready)
        light = node.advance(ready)
        commit = light.commit_index()
        if commit is not None:
            node.store().wl().mut_hard_state().commit = commit
        node.advance_apply()


def lead(node: RawNode) -> RawNode:
    """Make the node the leader: it has stored the first entry of its term, the fourth of all, but not the fifth."""
    node.raft.become_candidate()
    node.raft.become_leader()
    process(node)
    node.propose(b"", b"data")
    return node


def removed(node: RawNode) -> None:
    """Let the node apply its own removal."""
    node.apply_conf_change(ConfChange(change_type=ConfChangeType.RemoveNode, node_id=1))
