"""Lists the public items of a crate from its source.

They are written as in Rust: `Config`, `Config::validate` for what belongs to a type, `Config.id` for a field, and
`impl Clone for Config`. The source is formatted, so the indentation of a line shows what it belongs to.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import dedent

ITEM = re.compile(r"pub (struct|enum|trait|type|const|fn|mod) (\w+)")
PRIVATE = re.compile(r"^(?:pub\(crate\) )?(?:struct|enum|trait) (\w+)", re.MULTILINE)
TEST = re.compile(r"^( *)#\[cfg\(test\)\]\n(?:.*;\n|(?:.*\n)*?\1\}\n)", re.MULTILINE)
MODULE = re.compile(r"^((?:pub )?mod \w+) \{\n((?:.*\n)*?)\}", re.MULTILINE)
IMPL = re.compile(r"impl(?:<.*?>)? (\w+)(?:<.*>)? \{$")
IMPL_TRAIT = re.compile(r"impl(?:<.*?>)? (?:\w+::)*(\w+)(?:<.*>)? for (?:\w+::)*(\w+)(?:<\w+>)?(?: \{)?$")
DERIVE = re.compile(r"#\[derive\((.*)\)\]")
GETTER = re.compile(r" +(?:pub\(crate\) )?(\w+):")
MEMBERS = {
    "impl": ("::", re.compile(r"    pub fn (\w+)")),
    "trait": ("::", re.compile(r"    fn (\w+)")),
    "struct": (".", re.compile(r"    pub (\w+):")),
    "enum": ("::", re.compile(r"    (\w+)(?:,|\(.*\),| \{)$")),
}
VARIANT_FIELD = re.compile(r"        (\w+):")

WITHOUT_ITEMS = {"Copy", "Eq", "Error", "Getters", "Setters"}
"""Derived traits that are markers, or that have items of their own."""

MESSAGE_TRAITS = ("Clone", "Debug", "Default", "PartialEq")
CODEC = ("compute_size", "merge_from_bytes", "parse_from_bytes", "write_to_bytes")
ENUM_TRAITS = ("Clone", "Debug", "Default", "Hash", "PartialEq")
ENUM_METHODS = ("from_i32", "value", "values")


def rust_items(path: Path) -> Iterator[str]:
    """The public items of a Rust file, without its tests."""
    text = TEST.sub("", path.read_text(encoding="utf-8"))
    text = MODULE.sub(lambda found: f"{found[1]}\n{dedent(found[2])}", text)
    private = set(PRIVATE.findall(text))
    for item in _items(text.splitlines()):
        if private.isdisjoint(re.findall(r"\w+", item)):
            yield item


def _items(lines: Iterable[str]) -> Iterator[str]:
    kind = owner = last = ""
    traits: list[str] = []
    is_getter = False
    for line in lines:
        if found := DERIVE.match(line):
            traits = [trait for trait in found[1].split(", ") if trait not in WITHOUT_ITEMS]
        elif found := ITEM.match(line):
            kind, owner = found.groups()
            yield owner
            yield from (f"impl {trait} for {owner}" for trait in traits)
            traits = []
        elif PRIVATE.match(line):
            kind = ""
            traits = []
        elif found := IMPL.match(line):
            kind, owner = "impl", found[1]
        elif found := IMPL_TRAIT.match(line):
            kind = ""
            yield f"impl {found[1]} for {found[2]}"
        elif is_getter and (found := GETTER.match(line)):
            yield f"{owner}::{found[1]}"
        elif kind in MEMBERS and (found := MEMBERS[kind][1].match(line)):
            last = f"{owner}{MEMBERS[kind][0]}{found[1]}"
            yield last
        elif kind == "enum" and (found := VARIANT_FIELD.match(line)):
            yield f"{last}.{found[1]}"
        is_getter = line == '    #[get = "pub"]'


def proto_items(path: Path) -> Iterator[str]:
    """The public items that rust-protobuf generates for a `.proto` file, without those for reflection."""
    text = re.sub(r"//.*|/\*(?:.|\n)*?\*/", "", path.read_text(encoding="utf-8"))
    blocks = re.findall(r"^(enum|message) (\w+) \{(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    messages = {name for kind, name, _ in blocks if kind == "message"}
    for kind, name, body in blocks:
        yield name
        if kind == "enum":
            yield from _members(name, re.findall(r"(\w+) += \d+;", body), ENUM_METHODS, ENUM_TRAITS)
        else:
            accessors = []
            for repeated, type_, field in re.findall(r"(repeated )?(\w+) (\w+) = \d+;", body):
                yield f"{name}.{field}"
                is_message = type_ in messages and not repeated
                prefixes = ["get", "set", "clear"]
                prefixes += ["mut", "take"] if repeated or is_message or type_ == "bytes" else []
                prefixes += ["has"] if is_message else []
                accessors += [f"{prefix}_{field}" for prefix in prefixes]
            yield f"{name}.unknown_fields"
            yield f"{name}.cached_size"
            yield from _members(name, ["new", "default_instance", *accessors], CODEC, MESSAGE_TRAITS)


def _members(owner: str, items: Iterable[str], methods: Iterable[str], traits: Iterable[str]) -> Iterator[str]:
    yield from (f"{owner}::{item}" for item in (*items, *methods))
    yield from (f"impl {trait} for {owner}" for trait in traits)
