"""Writes `THIRD-PARTY-LICENSES`, or with `--check` checks that it is up to date.

It has the licenses of the crates in the wheels that LICENSE doesn't cover: a crate that is offered under the Apache
License 2.0 is used under that.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "THIRD-PARTY-LICENSES"
HEAD = """\
The extension in the wheels of rraft has these crates compiled into it, besides others that are taken under the license
of rraft itself, the Apache License 2.0. `make licenses` writes this file.
"""


def cargo(*arguments: str) -> str:
    """The output of cargo."""
    return subprocess.run(
        ["cargo", *arguments, "--locked"], cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE
    ).stdout


def compiled_in() -> set[tuple[str, str]]:
    """The names and versions of the crates in the extension, on any system."""
    tree = cargo("tree", "--edges", "normal,no-proc-macro", "--target", "all", "--prefix", "none", "--format", "{p}")
    return {(name, version) for name, version in re.findall(r"^(\S+) v(\S+)", tree, re.MULTILINE)}


def text() -> str:
    """The licenses."""
    parts, crates = [HEAD], compiled_in()
    packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
        if (package["name"], package["version"]) not in crates or "Apache-2.0" in package["license"]:
            continue
        files = sorted(Path(package["manifest_path"]).parent.glob("LICENSE*"))
        if not files:
            raise SystemExit(f"{package['name']} has no license file: add the text by hand")
        licenses = "\n\n".join(file.read_text(encoding="utf-8").strip() for file in files)
        parts.append(f"{package['name']} {package['version']}: {package['license']}\n\n{licenses}\n")
    return f"\n{'-' * 80}\n\n".join(parts)


def main() -> int:
    """Writes the file, or with `--check` fails if it is out of date."""
    if "--check" not in sys.argv:
        OUTPUT.write_text(text(), encoding="utf-8")
    elif OUTPUT.read_text(encoding="utf-8") != text():
        print("THIRD-PARTY-LICENSES is out of date: run `make licenses`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
