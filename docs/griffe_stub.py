"""Adapts the stub for the reference: constructors, and links to the mirrored items of raft-rs."""

import re
from typing import Any

import griffe

MIRRORED = re.compile(r"`(raft::[\w:]+)`")


class Stub(griffe.Extension):
    """Shows `__new__` as the constructor, and links the names of raft-rs's items to its documentation."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Renames `__new__`, which is the constructor of classes written in Rust."""
        if constructor := cls.members.pop("__new__", None):
            assert isinstance(constructor, griffe.Function)
            constructor.name = "__init__"
            cls.members["__init__"] = constructor

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Links to the search of docs.rs, which finds an item by its path."""
        if obj.docstring:
            link = r"[`\1`](https://docs.rs/raft/0.7.0/raft/?search=\1)"
            obj.docstring.value = MIRRORED.sub(link, obj.docstring.value)
