"""The package as a whole: names, documentation, and the safety of its source."""

from __future__ import annotations

import inspect
import re

import pytest

import rraft
import rraft.errors
import rraft.rraft
from tests.harness.program import ROOT

PUBLIC = {name: getattr(rraft, name) for name in rraft.__all__ if not name.startswith("_")}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}


def test_all_lists_everything_once() -> None:
    parts = {*rraft.rraft.__all__, *rraft.errors.__all__, "AckIndexer", "StorageProtocol", "VoteResult", "Votes"}
    aliases = {f"InMemory{name}" for name in ("Raft", "RaftRef", "RaftLog", "RaftLogRef", "RawNode", "RawNodeRef")}

    assert len(rraft.__all__) == len(set(rraft.__all__))
    assert set(rraft.__all__) == parts | aliases | {"__version__"}


def test_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", rraft.__version__)
    assert f'version = "{rraft.__version__}"' in (ROOT / "Cargo.toml").read_text()
    assert f'name = "raft"\nversion = "{rraft.__raft_version__}"' in (ROOT / "Cargo.lock").read_text()


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_classes_name_the_package_as_their_module(name: str) -> None:
    assert CLASSES[name].__module__ == "rraft"


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_everything_is_documented(name: str) -> None:
    documented = [PUBLIC[name]]
    if inspect.isclass(PUBLIC[name]):
        documented += [member for key, member in vars(PUBLIC[name]).items() if not key.startswith("_")]

    lacking = [member for member in documented if callable(member) and not inspect.getdoc(member)]

    assert lacking == []


@pytest.mark.parametrize("name", sorted(name for name in CLASSES if name + "Ref" in CLASSES))
def test_owner_is_a_view_with_constructors(name: str) -> None:
    assert issubclass(CLASSES[name], CLASSES[name + "Ref"])
    with pytest.raises(TypeError, match=r"cannot create|No constructor defined"):
        CLASSES[name + "Ref"]()


def test_no_unsafe_code() -> None:
    lines = [line for path in (ROOT / "src").rglob("*.rs") for line in path.read_text().splitlines()]

    assert [line for line in lines if "unsafe" in line] == ["#![forbid(unsafe_code)]"]
