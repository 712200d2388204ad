"""The examples in docstrings are correct, and everything is documented."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rraft
from rraft import Config, ConfState, MemStorage, RawNode, default_logger
from tests.harness.crates import crate_folder

STUB = Path(rraft.__file__).parent / "rraft.pyi"


def docstrings() -> Iterator[tuple[str, str]]:
    """The names and docstrings of everything public."""
    yield "rraft", inspect.getdoc(rraft) or ""
    for name in rraft.__all__:
        value = getattr(rraft, name)
        yield name, inspect.getdoc(value) or ""
        if inspect.isclass(value):
            for key, member in vars(value).items():
                if not key.startswith("_"):
                    yield f"{name}.{key}", inspect.getdoc(member) or ""


EXAMPLES = {name: text for name, text in docstrings() if ">>>" in text and not name.startswith("InMemory")}

OF_THE_CRATE = [
    "rraft",
    "RawNode",
    "RawNodeRef.tick",
    "RawNodeRef.propose",
    "RawNodeRef.has_ready",
    "ReadyRef.messages",
    "ReadyRef.snapshot",
    "ReadyRef.committed_entries",
    "ReadyRef.entries",
    "ReadyRef.hs",
    "ReadyRef.persisted_messages",
    "RawNodeRef.advance",
    "RawNodeRef.propose_conf_change_v2",
    "limit_size",
]
"""The Python counterparts of the 14 documentation tests of raft-rs."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str) -> None:
    # The examples continue that of `RawNode`.
    storage = MemStorage.new_with_conf_state(ConfState(voters=[1]))
    node = RawNode(Config(id=1), storage, default_logger())
    names = {key: getattr(rraft, key) for key in rraft.__all__} | {"node": node, "storage": storage}
    example = doctest.DocTestParser().get_doctest(EXAMPLES[name], names, name, None, None)

    result = doctest.DocTestRunner().run(example)

    assert example.examples
    assert result.failed == 0


def rust_examples(path: Path) -> int:
    """The number of examples in the doc comments of a Rust file."""
    fences = re.findall(r"^ *(?://[/!] )?```(.*)$", path.read_text(), re.MULTILINE)
    return sum(language in ("", "no_run", "rust") for language in fences[::2])


def test_every_doc_test_of_the_crate_is_ported() -> None:
    assert set(OF_THE_CRATE) <= set(EXAMPLES)
    assert len(OF_THE_CRATE) == sum(rust_examples(path) for path in (crate_folder("raft") / "src").rglob("*.rs"))


def undocumented(node: ast.Module | ast.ClassDef, parent: str = "") -> Iterator[str]:
    """The classes, functions and properties of a stub that have no docstring."""
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
            decorators = [ast.unparse(decorator) for decorator in child.decorator_list]
            is_setter = any(decorator.endswith(".setter") for decorator in decorators)
            if not child.name.startswith("__") and not is_setter and not ast.get_docstring(child):
                yield f"{parent}{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from undocumented(child, f"{child.name}.")


def test_everything_in_the_stub_is_documented() -> None:
    module = ast.parse(STUB.read_text())

    assert ast.get_docstring(module)
    assert list(undocumented(module)) == []
