"""Owners and views match a model of plain dicts, whatever is done with them in whatever order."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from rraft import (
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    EntryType,
    HardState,
    Message,
    MessageType,
    Snapshot,
    SnapshotMetadata,
)

Model = dict[str, Any]
"""The result of `to_dict`: enums as names, nested messages as dicts."""

NUMBER = st.integers(0, 2**64 - 1) | st.integers(0, 3)
BYTES = st.binary(max_size=8)
IDS = st.lists(NUMBER, max_size=4)

SCALARS: dict[type[Any], dict[str, st.SearchStrategy[Any]]] = {
    HardState: {"term": NUMBER, "vote": NUMBER, "commit": NUMBER},
    ConfState: {
        **dict.fromkeys(["voters", "learners", "voters_outgoing", "learners_next"], IDS),
        "auto_leave": st.booleans(),
    },
    SnapshotMetadata: {"index": NUMBER, "term": NUMBER},
    Snapshot: {"data": BYTES},
    Entry: {
        "entry_type": st.sampled_from(EntryType.values()),
        "term": NUMBER,
        "index": NUMBER,
        "data": BYTES,
        "context": BYTES,
        "sync_log": st.booleans(),
    },
    Message: {
        "msg_type": st.sampled_from(MessageType.values()),
        **dict.fromkeys(["to", "from_", "term", "index", "commit", "deprecated_priority"], NUMBER),
        "priority": st.integers(-(2**63), 2**63 - 1),
        "context": BYTES,
        "reject": st.booleans(),
    },
    ConfChangeSingle: {"change_type": st.sampled_from(ConfChangeType.values()), "node_id": NUMBER},
    ConfChangeV2: {"transition": st.sampled_from(ConfChangeTransition.values()), "context": BYTES},
}
MESSAGES: dict[type[Any], dict[str, type[Any]]] = {
    SnapshotMetadata: {"conf_state": ConfState},
    Snapshot: {"metadata": SnapshotMetadata},
    Message: {"snapshot": Snapshot},
}
LISTS: dict[type[Any], dict[str, type[Any]]] = {
    Message: {"entries": Entry},
    ConfChangeV2: {"changes": ConfChangeSingle},
}
"""The fields by class: plain values, messages, lists of messages."""

CLASSES = list(SCALARS)
WRONG = [-1, 2**64, 1.5, "text", None, object()]


def plain(value: object) -> object:
    """The value of a field, as `to_dict` returns it."""
    return repr(value) if hasattr(type(value), "values") else copy.copy(value)


@dataclass(frozen=True)
class Subject:
    """An owner or a view, and the path to its value in the model."""

    object: Any
    cls: type[Any]
    root: list[Model]
    path: tuple[str | int, ...] = ()

    @property
    def model(self) -> Model | None:
        """The expected value; `None` if it no longer exists."""
        value: Any = self.root[0]
        for step in self.path:
            if isinstance(step, int) and step >= len(value):
                return None
            value = value[step]
        found: Model = value
        return found

    def inside(self, view: Any, cls: type[Any], *path: str | int) -> Subject:
        return Subject(view, cls, self.root, self.path + path)


def owner(value: Any, model: Model) -> Subject:
    return Subject(value, type(value), [copy.deepcopy(model)])


def present_messages(subject: Subject) -> set[str]:
    """The fields with a message that is present, but may be empty."""
    return {name for name in MESSAGES.get(subject.cls, {}) if getattr(subject.object, f"has_{name}")()}


DUPLICATES: list[Callable[[Any], Any]] = [
    lambda value: value.clone(),
    copy.copy,
    copy.deepcopy,
    lambda value: pickle.loads(pickle.dumps(value)),
]


class Values(RuleBasedStateMachine):
    """Objects of all message classes that are created, viewed, changed, copied, cleared and dropped."""

    subjects: Bundle[Subject] = Bundle("subjects")

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[Subject] = []

    def keep(self, *subjects: Subject) -> Any:
        self.alive += subjects
        return multiple(*subjects)

    def act(self, subject: Subject, action: Callable[[Any], Any]) -> Any:
        """The result of `action`. Without a value, `action` must raise, and the result is `None`."""
        if subject.model is not None:
            return action(subject.object)
        with pytest.raises(DestroyedRefUsedError, match=r"is gone|has been consumed"):
            action(subject.object)
        return None

    def pick(self, data: st.DataObject, cls: type[Any]) -> Subject | None:
        """Any subject of the class whose value still exists."""
        fitting = [subject for subject in self.alive if subject.cls is cls and subject.model is not None]
        return data.draw(st.sampled_from(fitting)) if fitting else None

    def pick_field(
        self, data: st.DataObject, table: dict[type[Any], dict[str, type[Any]]], cls: type[Any]
    ) -> str | None:
        """Any field of the class that is in the table."""
        names = sorted(table.get(cls, {}))
        return data.draw(st.sampled_from(names)) if names else None

    @rule(target=subjects, cls=st.sampled_from(CLASSES), data=st.data())
    def make(self, cls: type[Any], data: st.DataObject) -> Any:
        fields = data.draw(st.fixed_dictionaries({}, optional=SCALARS[cls]))
        for name, nested in MESSAGES.get(cls, {}).items():
            if other := self.pick(data, nested):
                fields[name] = other.object
        made = cls(**fields)
        model = cls().to_dict()
        model.update({name: plain(value) for name, value in fields.items() if name in SCALARS[cls]})
        model.update({name: fields[name].to_dict() for name in MESSAGES.get(cls, {}) if name in fields})
        return self.keep(owner(made, model))

    @rule(target=subjects, subject=subjects)
    def view_all(self, subject: Subject) -> Any:
        return self.keep(subject.inside(subject.object.make_ref(), subject.cls))

    @rule(target=subjects, subject=subjects, data=st.data())
    def view_message(self, subject: Subject, data: st.DataObject) -> Any:
        name = self.pick_field(data, MESSAGES, subject.cls)
        if name is None:
            return multiple()
        return self.keep(subject.inside(getattr(subject.object, name), MESSAGES[subject.cls][name], name))

    @rule(target=subjects, subject=subjects, data=st.data())
    def view_elements(self, subject: Subject, data: st.DataObject) -> Any:
        name = self.pick_field(data, LISTS, subject.cls)
        if name is None:
            return multiple()
        views = self.act(subject, lambda value: getattr(value, name)) or []
        return self.keep(
            *(subject.inside(view, LISTS[subject.cls][name], name, index) for index, view in enumerate(views))
        )

    @rule(subject=subjects, data=st.data())
    def set_scalar(self, subject: Subject, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(SCALARS[subject.cls])))
        value = data.draw(SCALARS[subject.cls][name])
        self.act(subject, lambda target: setattr(target, name, value))
        if subject.model is not None:
            subject.model[name] = plain(value)

    @rule(subject=subjects, value=st.sampled_from(WRONG), data=st.data())
    def set_wrong(self, subject: Subject, value: object, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted([*SCALARS[subject.cls], *MESSAGES.get(subject.cls, {})])))
        if name == "priority" and value == -1:
            return
        with pytest.raises(
            (TypeError, ValueError, OverflowError, DestroyedRefUsedError),
            match=rf"^{name.rstrip('_')}: |is gone|has been consumed",
        ):
            setattr(subject.object, name, value)

    @rule(subject=subjects, data=st.data())
    def set_message(self, subject: Subject, data: st.DataObject) -> None:
        name = self.pick_field(data, MESSAGES, subject.cls)
        if name is None:
            return
        other = self.pick(data, MESSAGES[subject.cls][name])
        if other is None:
            return
        model = copy.deepcopy(other.model)
        self.act(subject, lambda target: setattr(target, name, other.object))
        if subject.model is not None:
            subject.model[name] = model

    @rule(subject=subjects, count=st.integers(0, 3), data=st.data())
    def set_list(self, subject: Subject, count: int, data: st.DataObject) -> None:
        name = self.pick_field(data, LISTS, subject.cls)
        if name is None:
            return
        others = [other for _ in range(count) if (other := self.pick(data, LISTS[subject.cls][name]))]
        models = [copy.deepcopy(other.model) for other in others]
        self.act(subject, lambda target: setattr(target, name, [other.object for other in others]))
        if subject.model is not None:
            subject.model[name] = models

    @rule(subject=subjects, data=st.data())
    def clear(self, subject: Subject, data: st.DataObject) -> None:
        tables = (SCALARS, MESSAGES, LISTS)
        name = data.draw(st.sampled_from(sorted(name for table in tables for name in table.get(subject.cls, {}))))
        self.act(subject, lambda target: getattr(target, f"clear_{name.rstrip('_')}")())
        if subject.model is not None:
            subject.model[name] = subject.cls().to_dict()[name]

    @rule(target=subjects, subject=subjects, data=st.data())
    def take_message(self, subject: Subject, data: st.DataObject) -> Any:
        name = self.pick_field(data, MESSAGES, subject.cls)
        if name is None:
            return multiple()
        taken = self.act(subject, lambda target: getattr(target, f"take_{name}")())
        if subject.model is None:
            return multiple()
        model, subject.model[name] = subject.model[name], MESSAGES[subject.cls][name]().to_dict()
        return self.keep(owner(taken, model))

    @rule(target=subjects, subject=subjects, data=st.data())
    def take_list(self, subject: Subject, data: st.DataObject) -> Any:
        name = self.pick_field(data, LISTS, subject.cls)
        if name is None:
            return multiple()
        taken = self.act(subject, lambda target: getattr(target, f"take_{name}")())
        if subject.model is None:
            return multiple()
        models, subject.model[name] = subject.model[name], []
        return self.keep(*(owner(*pair) for pair in zip(taken, models, strict=True)))

    @rule(target=subjects, subject=subjects, duplicate=st.sampled_from(DUPLICATES))
    def copy(self, subject: Subject, duplicate: Callable[[Any], Any]) -> Any:
        copied = self.act(subject, duplicate)
        return multiple() if subject.model is None else self.keep(owner(copied, subject.model))

    @rule(target=subjects, subject=subjects)
    def encode_and_decode(self, subject: Subject) -> Any:
        encoded = self.act(subject, lambda value: value.encode())
        if subject.model is None:
            return multiple()
        assert len(encoded) == subject.object.compute_size()
        return self.keep(owner(subject.cls.decode(encoded), subject.model))

    @rule(subject=subjects, data=st.data())
    def merge(self, subject: Subject, data: st.DataObject) -> None:
        other = self.pick(data, subject.cls)
        if other is None:
            return
        source, present = copy.deepcopy(other.model), present_messages(other)
        self.act(subject, lambda target: target.merge_from_bytes(other.object.encode()))
        model, default = subject.model, subject.cls().to_dict()
        if source is None or model is None:
            return
        for name, value in source.items():
            if isinstance(value, list):
                model[name] += value
            elif name in present or value != default[name]:
                model[name] = value

    @rule(subject=subjects, data=st.data())
    def compare(self, subject: Subject, data: st.DataObject) -> None:
        other = self.pick(data, subject.cls)
        if other is None:
            return
        is_equal = self.act(subject, lambda value: value == other.object)
        # An absent message is not equal to an empty one that is present. In the model, they are equal.
        if is_equal or subject.model != other.model:
            assert bool(is_equal) == (subject.model == other.model)

    @rule(subject=consumes(subjects), collect=st.booleans())
    def drop(self, subject: Subject, collect: bool) -> None:
        self.alive = [other for other in self.alive if other is not subject]
        if collect:
            gc.collect()

    @invariant()
    def all_show_what_the_model_shows(self) -> None:
        for subject in self.alive:
            assert self.act(subject, lambda value: value.to_dict()) == subject.model


def test_objects_match_the_model(rounds: int) -> None:
    for _ in range(rounds):
        run_state_machine_as_test(Values)
