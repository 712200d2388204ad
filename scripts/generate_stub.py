"""Writes the stub `rraft/rraft.pyi` from the doc comments of the Rust code, or checks that it is up to date.

`maturin generate-stubs` does the work. What it can't see yet is put right here.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "rraft" / "rraft.pyi"
BIN = Path(sys.executable).parent


def generate(folder: Path) -> str:
    """The stub as maturin makes it from the last build."""
    environment = {**os.environ, "VIRTUAL_ENV": str(BIN.parent)}
    command = [str(BIN / "maturin"), "generate-stubs", "--quiet", "--locked", "--profile", "fast", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (folder / "rraft" / "rraft.pyi").read_text()


def put_right(stub: str) -> str:
    """The stub with what the generator gets wrong put right."""
    # It takes the module for a package of the same name, and so the package's modules for its own.
    stub = stub.replace("from protocols import", "from rraft.protocols import")
    # It shows the methods of an enum that replace PyO3's own beside those.
    return re.sub(r"^(    def __(?:int|repr)__\(.*\n)\1", r"\1", stub, flags=re.MULTILINE)


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
