"""The sources of the crates that rraft is built with."""

import json
import subprocess
from functools import cache
from pathlib import Path

from .program import ROOT


@cache
def crate_folders() -> dict[str, Path]:
    """The folders of the crates that have raft's version, by name."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    packages = [package for package in metadata["packages"] if package["version"] == "0.7.0"]
    return {package["name"]: Path(package["manifest_path"]).parent for package in packages}


def crate_folder(name: str) -> Path:
    """The folder of the crate `raft` or `raft-proto`."""
    return crate_folders()[name]
