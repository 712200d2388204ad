"""How the reference shows what is peculiar to the stub: constructors, and the items of raft-rs that are mirrored."""

import re
from typing import Any

import griffe

MIRRORED = re.compile(r"`(raft::[\w:]+)`")


class Stub(griffe.Extension):
    """`__new__` is shown as the constructor, and the names of raft-rs's items lead to its documentation."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Classes written in Rust are made by `__new__`."""
        if constructor := cls.members.pop("__new__", None):
            assert isinstance(constructor, griffe.Function)
            constructor.name = "__init__"
            cls.members["__init__"] = constructor

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """The search of docs.rs finds an item by its path."""
        if obj.docstring:
            link = r"[`\1`](https://docs.rs/raft/0.7.0/raft/?search=\1)"
            obj.docstring.value = MIRRORED.sub(link, obj.docstring.value)
