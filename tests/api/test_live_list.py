"""Live lists: the attributes of repeated fields."""

from __future__ import annotations

import copy
import gc
import pickle
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, MutableSequence
from typing import Any

import pytest

from rraft import (
    ConfChangeSingle,
    ConfChangeV2,
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    EntryRef,
    InUseError,
    LoggerRef,
    MemStorage,
    Message,
    RaftLog,
    RawNode,
    ReadOnly,
    ReadOnlyOption,
    ReadState,
    Ready,
    Unstable,
    default_logger,
)
from tests.harness import ListStorage


def entry_at(index: int) -> Entry:
    return Entry(index=index)


def message_with(*indices: int) -> Message:
    """A message with entries at these indices."""
    return Message(entries=[entry_at(index) for index in indices])


def indices_of(message: Message) -> list[int]:
    return [entry.index for entry in message.entries]


def new_raft() -> Any:
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(([1], [])), default_logger()).raft


# The owner of a field, its name, and a function that creates an element from a number.
FIELDS: list[tuple[Callable[[], Any], str, Callable[[int], Any]]] = [
    (Message, "entries", entry_at),
    (ConfState, "voters", int),
    (ConfState, "learners", int),
    (ConfState, "voters_outgoing", int),
    (ConfState, "learners_next", int),
    (ConfChangeV2, "changes", lambda number: ConfChangeSingle(node_id=number)),
    (lambda: Unstable(1, default_logger()), "entries", entry_at),
    (new_raft, "msgs", lambda number: Message(to=number)),
    (new_raft, "read_states", lambda number: ReadState(index=number)),
    (lambda: ReadOnly(ReadOnlyOption.Safe), "read_index_queue", lambda number: bytes([number])),
]

each_field = pytest.mark.parametrize(
    ("make", "name", "element"), FIELDS, ids=[f"{type(make()).__name__}.{name}" for make, name, _ in FIELDS]
)


Change = Callable[[Any, Callable[[int], Any]], object]


def getting(key: Any) -> Change:
    return lambda target, _: target[key]


def setting(key: Any, *numbers: int) -> Change:
    """Sets the element at an index, or the elements at a slice."""

    def change(target: Any, element: Callable[[int], Any]) -> None:
        target[key] = tuple(map(element, numbers)) if isinstance(key, slice) else element(*numbers)

    return change


def reordering(key: Any) -> Change:
    def change(target: Any, _: Callable[[int], Any]) -> None:
        target[key] = target[key][::-1]

    return change


def deleting(key: Any) -> Change:
    def change(target: Any, _: Callable[[int], Any]) -> None:
        del target[key]

    return change


def adding(*numbers: int) -> Change:
    def change(target: Any, element: Callable[[int], Any]) -> None:
        target += [element(number) for number in numbers]

    return change


def popping(*position: int) -> Change:
    return lambda target, _: target.pop(*position)


def inserting(position: int) -> Change:
    return lambda target, element: target.insert(position, element(7))


CHANGES: dict[str, Change] = {
    "append": lambda target, element: target.append(element(7)),
    "extend": lambda target, element: target.extend(map(element, (7, 8))),
    "extend by nothing": lambda target, _: target.extend(()),
    "extend by itself": lambda target, _: target.extend(target),
    "+=": adding(7, 8),
    "pop": popping(),
    "clear": lambda target, _: target.clear(),
    "reverse": lambda target, _: target.reverse(),
    "remove": lambda target, element: target.remove(element(3)),
    "remove what is not there": lambda target, element: target.remove(element(9)),
    "count": lambda target, element: target.count(element(3)),
    "index": lambda target, element: target.index(element(3)),
    "index from": lambda target, element: target.index(element(3), 3),
    "in": lambda target, element: (element(3) in target, element(9) in target, object() in target),
    "len": lambda target, _: (len(target), bool(target)),
    "iterate": lambda target, _: list(target),
    "reversed": lambda target, _: list(reversed(target)),
    "get by text": getting("0"),
    "set by text": setting("0", 7),
    "del by text": deleting("0"),
    "get far away": getting(2**70),
}
for position in (-7, -6, -5, -1, 0, 2, 4, 5, 6):
    CHANGES |= {
        f"get {position}": getting(position),
        f"set {position}": setting(position, 7),
        f"del {position}": deleting(position),
        f"pop {position}": popping(position),
        f"insert {position}": inserting(position),
    }
for part in (
    slice(None),
    slice(1, 3),
    slice(3, 1),
    slice(-2, None),
    slice(7, 9),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(3, 0, -2),
    slice(0, 3, -1),
    slice(4, None, 3),
):
    CHANGES |= {
        f"get {part}": getting(part),
        f"del {part}": deleting(part),
        f"set {part} to none": setting(part),
        f"set {part} to two": setting(part, 7, 8),
        f"set {part} to as many": reordering(part),
    }


def outcome(target: Any, change: Change, element: Callable[[int], Any]) -> object:
    """The result of the change, or the class of its exception."""
    try:
        return change(target, element)
    except (IndexError, ValueError, TypeError) as error:
        return type(error)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@each_field
def test_behaves_as_a_list(make: Callable[[], Any], name: str, element: Callable[[int], Any], change: Change) -> None:
    owner, expected = make(), [element(number) for number in range(1, 6)]
    setattr(owner, name, expected)

    result = outcome(getattr(owner, name), change, element)

    assert result == outcome(expected, change, element)
    assert list(getattr(owner, name)) == expected


@each_field
def test_is_a_mutable_sequence(make: Callable[[], Any], name: str, element: Callable[[int], Any]) -> None:
    owner = make()
    values = [element(1), element(2)]
    setattr(owner, name, values)
    live: object = getattr(owner, name)

    assert isinstance(live, MutableSequence)
    assert live == values
    assert values == live
    assert live == getattr(owner, name)
    for equal in (tuple(values), deque(values)):
        assert live == equal
    for other in ([element(1)], 5, None, "ab", b"\x01\x02", {1, 2}):
        assert live != other
    assert repr(live) == repr(values)
    with pytest.raises(TypeError, match="unhashable"):
        hash(live)
    match live:
        case [first, second]:
            matched = [first, second]
        case _:
            matched = []
    assert matched == values


@each_field
def test_copy_is_a_list_of_copies(make: Callable[[], Any], name: str, element: Callable[[int], Any]) -> None:
    owner = make()
    setattr(owner, name, [element(1)])

    live = getattr(owner, name)
    for copied in (copy.copy(live), copy.deepcopy(live), pickle.loads(pickle.dumps(live))):
        assert type(copied) is list
        assert copied == [element(1)]
        assert type(copied[0]) is type(element(1))
        copied.append(element(2))
        assert len(getattr(owner, name)) == 1


@each_field
def test_invalid_elements_are_rejected(make: Callable[[], Any], name: str, element: Callable[[int], Any]) -> None:
    owner = make()
    setattr(owner, name, [element(1)])
    live = getattr(owner, name)

    for change in (
        lambda: live.append(1.5),
        lambda: live.insert(0, 1.5),
        lambda: live.__setitem__(0, 1.5),
        lambda: live.__setitem__(slice(None), [element(2), 1.5]),
        lambda: live.extend([element(2), 1.5]),
        lambda: live.extend(5),
        lambda: setattr(owner, name, [element(2), 1.5]),
    ):
        with pytest.raises(TypeError, match=r"float|int"):
            change()

        assert live == [element(1)]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(Message(), "entries"), (ConfChangeV2(), "changes"), *[(ConfState(), name) for _, name, _ in FIELDS[1:5]]],
)
def test_mut_accessor_gives_the_live_list(owner: Any, name: str) -> None:
    live = getattr(owner, f"mut_{name}")()
    live.append({"entries": Entry(), "changes": ConfChangeSingle()}.get(name, 4))

    assert type(live) is type(getattr(owner, name))
    assert len(getattr(owner, name)) == len(getattr(owner, f"get_{name}")()) == 1
    assert type(getattr(owner, f"get_{name}")()) is list


def test_elements_are_live_views() -> None:
    message = message_with(1, 2)

    view = message.entries[1]
    view.index = 5

    assert type(view) is EntryRef
    assert indices_of(message) == [1, 5]
    del message.entries[0]
    with pytest.raises(DestroyedRefUsedError, match="Entry"):
        _ = view.index


def test_popped_element_is_an_owner() -> None:
    message = message_with(1, 2)

    popped = message.entries.pop(0)
    message.entries.clear()

    assert type(popped) is Entry
    assert popped.index == 1


def test_inserted_elements_are_copied() -> None:
    message, entry = Message(), entry_at(1)

    message.entries.append(entry)
    message.entries.append(message.entries[0])
    entry.index = 9

    assert indices_of(message) == [1, 1]


def test_list_inside_a_view_writes_to_the_owner() -> None:
    raft = new_raft()
    raft.msgs = [message_with(1)]

    raft.msgs[0].entries.append(entry_at(2))
    raft.raft_log.unstable().entries.append(entry_at(1))

    assert indices_of(raft.msgs[0]) == [1, 2]
    assert raft.raft_log.unstable_entries() == [entry_at(1)]


def test_iteration_sees_concurrent_changes() -> None:
    message = message_with(1, 2, 3)
    seen = []

    for entry in message.entries:
        seen.append(entry.index)
        if entry.index == 1:
            message.entries.append(entry_at(4))
            del message.entries[1]

    assert seen == [1, 3, 4]


def test_exhausted_iterator_stays_exhausted() -> None:
    message = message_with(1)
    iterator = iter(message.entries)

    assert [entry.index for entry in iterator] == [1]
    message.entries.append(entry_at(2))

    assert list(iterator) == []


def test_raising_iterable_changes_nothing() -> None:
    message = message_with(1)

    def entries() -> Iterator[Entry]:
        yield entry_at(2)
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        message.entries.extend(entries())
    with pytest.raises(KeyError, match="no more"):
        message.entries[:] = entries()

    assert indices_of(message) == [1]


def test_self_assignment() -> None:
    message = message_with(1, 2)

    message.entries = message.entries
    message.entries += message.entries
    message.entries[:] = reversed(message.entries)

    assert indices_of(message) == [2, 1, 2, 1]


def test_keeps_its_owner_alive() -> None:
    live = message_with(1, 2).entries
    gc.collect()

    live.append(entry_at(3))

    assert [entry.index for entry in live] == [1, 2, 3]


def test_list_is_invalid_once_its_owner_is_consumed(logger: LoggerRef) -> None:
    log = RaftLog(MemStorage(), logger)
    live = log.unstable().entries
    new_raft().set_raft_log(log)

    for use in (lambda: len(live), lambda: live[0], lambda: list(live), lambda: live.append(entry_at(1))):
        with pytest.raises(DestroyedRefUsedError, match="the RaftLog has been consumed"):
            use()


def test_list_is_in_use_during_a_call_of_its_owner(logger: LoggerRef) -> None:
    class Storage(ListStorage):
        use: Callable[[], object] | None = None
        raised: object = None

        def last_index(self) -> int:
            if self.use is not None:
                try:
                    self.use()
                except InUseError as error:
                    self.raised = error
            return super().last_index()

    storage = Storage()
    node = RawNode(Config(id=1), storage, logger)
    msgs = node.raft.msgs
    storage.use = lambda: msgs.append(Message())

    node.raft.become_candidate()

    assert isinstance(storage.raised, InUseError)
    storage.use = None
    assert len(msgs) == 0


def test_cycle_through_a_live_list_is_collected(logger: LoggerRef) -> None:
    class Holder(ListStorage):
        held: object = None

    storage = Holder()
    node = RawNode(Config(id=1), storage, logger)
    node.raft.msgs = [Message()]
    storage.held = (node.raft.msgs, node.raft.msgs[0], iter(node.raft.msgs))
    gone = weakref.ref(storage)

    del storage, node
    gc.collect()

    assert gone() is None


def test_element_access_takes_constant_time() -> None:
    message = Message(entries=[Entry()] * 8000)

    start = time.perf_counter()
    for position in range(len(message.entries)):
        _ = message.entries[position]
    seconds = time.perf_counter() - start

    assert seconds < 1, "it took 24 seconds to make a list of all elements for each"


def test_lists_of_a_ready_are_plain_lists() -> None:
    ready = Ready.default()

    for given in (ready.entries(), ready.committed_entries(), ready.messages(), ready.read_states()):
        assert isinstance(given, list)
