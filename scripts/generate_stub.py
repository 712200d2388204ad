"""Writes the stub `rraft/rraft.pyi` from the doc comments of the Rust code, or checks that it is up to date.

`maturin generate-stubs` does the work. This script corrects what it does not support yet.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import os
import re
import subprocess
import sys
import tempfile
from enum import Enum, EnumMeta
from pathlib import Path

from rraft import rraft as extension

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "rraft" / "rraft.pyi"
BIN = Path(sys.executable).parent


def generate(folder: Path) -> str:
    """The stub that maturin generates."""
    environment = {**os.environ, "VIRTUAL_ENV": str(BIN.parent)}
    command = [str(BIN / "maturin"), "generate-stubs", "--quiet", "--locked", "--profile", "fast", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (folder / "rraft" / "rraft.pyi").read_text()


def put_right(stub: str) -> str:
    """The stub with the generator's errors corrected."""
    # The generator treats the module as the package of the same name.
    stub = re.sub(r"^from (protocols|_enums) import", r"from rraft.\1 import", stub, flags=re.MULTILINE)
    return with_defaults(with_enums(stub))


def with_enums(stub: str) -> str:
    """The stub with the enums, which a Python module defines, as public names."""
    # The generator does not see names that the module adds when it is initialised.
    stub = re.sub(r"^__all__ = \[[^]]*\]\n", "", stub, flags=re.MULTILINE)
    enums = sorted(name for name in extension.__all__ if isinstance(getattr(extension, name), EnumMeta))
    listed = ", ".join(f'"{name}"' for name in sorted(extension.__all__))
    imports = f"from rraft._enums import {', '.join(enums)}\n"
    stub = re.sub(r"^from rraft\._enums import .*\n", imports, stub, flags=re.MULTILINE)
    last_import = [*re.finditer(r"^from .*\n", stub, flags=re.MULTILINE)][-1].end()
    return f"{stub[:last_import]}\n__all__ = [{listed},]\n{stub[last_import:]}"


def with_defaults(stub: str) -> str:
    """The stub with the defaults of constructors' arguments, of which the generator only knows that they exist."""

    def replaced(constructor: re.Match[str]) -> str:
        parameters = inspect.signature(getattr(extension, constructor[2])).parameters
        return re.sub(
            r"(\w+): ([^=]*?) = \.\.\.", lambda found: with_default(parameters[found[1]], found), constructor[0]
        )

    def with_default(parameter: inspect.Parameter, found: re.Match[str]) -> str:
        default = parameter.default
        text = f"{type(default).__name__}.{default.name}" if isinstance(default, Enum) else repr(default)
        return f"{found[1]}: {found[2]} = {text}"

    return re.sub(r"    def __new__\(([^()]*(?:\([^()]*\))?)*\) -> (\w+):", replaced, stub)


def formatted(stub: str) -> str:
    """The stub in the project's format."""
    command = [str(BIN / "ruff"), "format", "--stdin-filename", str(STUB), "-"]
    run = subprocess.run(command, cwd=ROOT, input=stub, text=True, check=True, stdout=subprocess.PIPE)
    return run.stdout


def main() -> int:
    """Writes the stub, or with `--check` prints how it differs and fails if it does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if the stub is out of date")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        fresh = formatted(put_right(generate(Path(folder))))
    old = STUB.read_text() if STUB.exists() else ""
    if not check:
        STUB.write_text(fresh)
    elif fresh != old:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), fresh.splitlines(True), "checked in", "fresh"))
        print("The stub is out of date: run `make stub`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
