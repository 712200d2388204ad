"""The files of `src/` depend on each other in one direction only."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "Cargo.toml").exists())
SRC = ROOT / "src"

# A layer uses only those before it.
LAYERS = ["fault.rs", "wal", "binding", "checks", "raft-rs's own modules", "extra", "lib.rs"]


def layer(file: Path) -> int:
    """The position in `LAYERS` of a file, by its folder."""
    name = file.relative_to(SRC).parts[0]
    return LAYERS.index(name) if name in LAYERS else LAYERS.index("raft-rs's own modules")


def file_of(path: str) -> Path | None:
    """The file that defines the item of a path without `crate::`."""
    parts = path.split("::")
    for length in range(len(parts), 0, -1):
        for file in (SRC.joinpath(*parts[:length]).with_suffix(".rs"), SRC.joinpath(*parts[:length], "mod.rs")):
            if file.exists():
                return file
    return None


def used_by(file: Path) -> set[Path]:
    """The files that `file` uses: by `use`, or by a path in its code and macros."""
    # Without comments, and with a line for each item of `use crate::module::{First, Second}`.
    code = re.sub(r"//.*", "", file.read_text())
    paths = set(re.findall(r"\bcrate::([\w:]+\w)", code))
    for module, items in re.findall(r"\bcrate::([\w:]+)::\{([^}]*)\}", code):
        paths |= {f"{module}::{item.strip()}" for item in items.split(",") if item.strip()}
    return {used for path in paths if (used := file_of(path)) is not None and used != file}


GRAPH = {file: used_by(file) for file in sorted(SRC.rglob("*.rs"))}


def circle(graph: dict[Path, set[Path]]) -> list[str]:
    """The files of an import cycle, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(file.relative_to(SRC)) for file in error.args[1]]
    return []


def test_no_import_cycles_between_files() -> None:
    assert circle(GRAPH) == []


def test_no_layer_uses_a_later_one() -> None:
    upwards = [
        f"{file.relative_to(SRC)} uses {used.relative_to(SRC)}"
        for file, files in GRAPH.items()
        for used in files
        if layer(used) > layer(file)
    ]
    assert not upwards


def test_source_files_are_found() -> None:
    assert SRC / "binding" / "handle.rs" in GRAPH[SRC / "raft_log.rs"]
    assert SRC / "storage" / "mem_core.rs" in GRAPH[SRC / "storage" / "mem.rs"]
