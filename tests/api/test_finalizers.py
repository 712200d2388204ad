"""Finalizers that use objects which are in use. Each test runs a separate process."""

from __future__ import annotations

import pytest

from tests.harness.processes import assert_ends_well

FINALIZERS = {
    "to_dict of a storage's view": ("view.to_dict()", "view.commit = 7"),
    "repr of a storage's view": ("repr(view)", "storage.wl().mut_hard_state().commit = 7"),
    "comparison of views": ("view == HardState()", "view.commit = 7"),
    "pickle of a storage's view": ("view.__reduce__()", "view.commit = 7"),
    "storage's state": ("storage.initial_state()", "storage.wl().set_conf_state(ConfState([2]))"),
    "storage's entries": (
        "storage.entries(1, 4, GetEntriesContext.empty(False))",
        "storage.wl().append([Entry(index=4, term=1)])",
    ),
    "storage's snapshot": ("storage.snapshot(0, 1)", "storage.wl().commit_to(2)"),
    "repr of a storage": ("repr(storage)", "storage.wl().append([Entry(index=4, term=1)])"),
    "message's entries": ("[entry.data for entry in message.entries]", "message.clear_entries()"),
    "get_entries": ("message.get_entries()", "message.entries = []"),
    "to_dict of a message": ("message.to_dict()", "message.term = 7"),
    "repr with hooks": ("repr(message)", "message.clear_entries()"),
    "repr of a view with hooks": ("repr(message.get_entries()[:1])", "message.clear_entries()"),
    "clone": ("message.clone()", "message.clear_entries()"),
    "node's status": ("node.status().to_dict() if hasattr(Status, 'to_dict') else repr(node.status())", "node.tick()"),
    "repr of a node": ("repr(node.raft)", "node.campaign()"),
    "progress": ("repr(node.raft.prs())", "node.raft.become_follower(9, 0)"),
    "taken messages": ("node.raft.take_msgs()", "node.campaign()"),
    "log": ("node.raft.raft_log.all_entries()", "node.raft.raft_log.append([])"),
    "ready": ("[node.campaign(), work(node)]", "node.tick()"),
    "loop": ("loop.run(data=[b'x', 1][:1], msgs=[b'no message'])", "loop.run()"),
    "loop with outboxes": ("[led.campaign(), led.raft.become_follower(9, 0), outbox.run()]", "outboxes.clear()"),
    "outboxes of a loop that runs": ("[led.campaign(), outbox.run()]", "outbox.run()"),
    "rejected messages": ("batch.rejected_messages()", "batch.rejected_messages()"),
    "rejected proposals": ("batch.rejected_messages()", "batch.take_messages()"),
    "committed data": ("loop.run(data=[b'x'] * 3).take_committed_data()", "loop.propose_many([b'y'])"),
    "tick_many": ("tick_many([node, led])", "led.tick()"),
    "errors": ("caught(lambda: node.propose(b'', b''))", "node.tick()"),
    "decode": ("Message.decode(message.encode())", "message.clear_entries()"),
    "hook that is replaced": ("set_entry_data_deserializer(Hook())", "repr(message)"),
}


@pytest.mark.parametrize(("call", "inside"), FINALIZERS.values(), ids=FINALIZERS)
def test_finalizer_may_use_an_object_that_is_being_read(call: str, inside: str) -> None:
    """Before Python 3.12, creating any object may run the collector, even inside the extension."""
    assert_ends_well(
        f"""
import signal
if hasattr(signal, "alarm"): signal.alarm(60)
storage = MemStorage.new_with_conf_state(ConfState([1, 2])); view = storage.wl().mut_hard_state()
storage.wl().append([Entry(index=index, term=1, data=b"data") for index in range(1, 4)]); view.term, view.commit = 1, 3
message = Message(entries=[Entry(index=index, data=b"data") for index in range(1, 4)], context=b"context")
set_entry_data_deserializer(lambda data: [data]); set_message_context_deserializer(lambda data: [data])
node, led = new_node(), new_node(); leader = new_node([1]); leader.campaign(); loop = ReadyLoop(leader); loop.run()
outboxes = {{}}; outbox = ReadyLoop(led, outboxes); batch = ReadyLoop(new_node([1])).run(msgs=[b"no message"] * 3)
class Hook:
    def __call__(self, data): return [data]
def caught(call):
    try: call()
    except RaftError as error: return repr(error)
def work(node):
    ready = node.ready(); node.store().wl().append(ready.entries())
    if hard_state := ready.hs(): node.store().wl().set_hardstate(hard_state)
    return node.advance(ready).take_messages()
class Garbage:
    def __del__(self):
        try: {inside}
        except (InUseError, DestroyedRefUsedError, ProposalDroppedError): pass

gc.disable(); gc.collect(); gc.freeze(); gc.set_threshold(1, 1, 1)
for _ in range(30):
    garbage = Garbage(); garbage.itself = garbage; del garbage
    gc.enable()
    try: {call}
    except (InUseError, DestroyedRefUsedError, ProposalDroppedError, InvalidMessageError): pass
    gc.disable()
print("done")
""",
        "done\n",
    )
