"""rraft has a counterpart for each public item of raft-rs, as listed in `tests/project/raft_api.py`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from operator import attrgetter
from types import GetSetDescriptorType

import pytest

import rraft
from tests.harness.crates import crate_folder
from tests.harness.rust_source import proto_items, rust_items
from tests.project.raft_api import API, Absent

ITEMS = [(f"{file}: {item}", name) for file, items in API.items() for item, name in items.items()]
PRESENT = [(item, name) for item, name in ITEMS if isinstance(name, str)]
FIELDS = [(item, name) for item, name in PRESENT if "." in item.split(": ")[1] and ".get_" not in name]
MEMBERS = [
    (item, name) for item, name in PRESENT if re.fullmatch(r"(\w+)::[A-Z]\w+", item.split(": ")[1]) and "." in name
]
ABSENT = [
    f"{items[owner]}.{member}"
    for items in API.values()
    for item in items
    if isinstance(items[item], Absent)
    for owner, member in re.findall(r"^(\w+)(?:\.|::)(\w+)$", item)
    if isinstance(items[owner], str)
]


def files() -> Iterator[str]:
    """The files of the crates that have public items, as paths in the registry's folder."""
    for crate in ("raft", "raft-proto"):
        folder = crate_folder(crate)
        for path in sorted((folder / "src").rglob("*.rs")):
            # The items of a `datadriven_test.rs` are for the crate's own tests.
            if path.name != "datadriven_test.rs" and list(rust_items(path)):
                yield f"{crate}/{path.relative_to(folder).as_posix()}"
    yield "raft-proto/proto/eraftpb.proto"


def find(name: str) -> object:
    """The object with a dotted name in the package."""
    *owners, last = name.split(".")
    owner: object = rraft
    for part in owners:
        owner = getattr(owner, part)
    return inspect.getattr_static(owner, last)


def test_table_lists_the_files() -> None:
    assert list(API) == list(files())


@pytest.mark.parametrize("file", API)
def test_table_lists_the_items_of_the_source(file: str) -> None:
    crate, _, path = file.partition("/")
    items = rust_items if path.endswith(".rs") else proto_items

    assert list(API[file]) == list(items(crate_folder(crate) / path))


@pytest.mark.parametrize(("item", "names"), PRESENT, ids=[item for item, _ in PRESENT])
def test_item_has_a_counterpart(item: str, names: str) -> None:
    for name in names.split(", "):
        found = find(name)
        inherited = vars(object).get(name.rpartition(".")[2])

        assert found is not inherited, f"{item} is what every object has"


@pytest.mark.parametrize(("item", "name"), FIELDS, ids=[item for item, _ in FIELDS])
def test_field_is_an_attribute(item: str, name: str) -> None:
    file, _, field = item.partition(": ")
    has_method_of_its_name = field.replace(".", "::") in API[file]

    assert isinstance(find(name), GetSetDescriptorType | property) or has_method_of_its_name


@pytest.mark.parametrize(("item", "name"), MEMBERS, ids=[item for item, _ in MEMBERS])
def test_variant_is_a_member(item: str, name: str) -> None:
    enum, _, member = name.partition(".")

    assert item.endswith(f"::{member}")
    assert isinstance(attrgetter(name)(rraft), getattr(rraft, enum))


@pytest.mark.parametrize("name", ABSENT)
def test_absent_item_has_no_counterpart(name: str) -> None:
    with pytest.raises(AttributeError, match=name.rpartition(".")[2]):
        find(name)
