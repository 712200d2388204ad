"""Installs the distributions that `make wheel` has built, as a user would, and runs the tests against them.

The wheel, or with `--sdist` the wheel that pip builds from the source distribution, is installed into a new
environment. The tests run from the unpacked source distribution, in a directory where `rraft` is not a package: they
import the installed package, and read the packed files (sources, documentation). Other arguments are passed to pytest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"

FORK = ["tests/api/test_threads_and_forks.py::test_forked_child_has_its_own_node"]
FORK += ["tests/api/test_logging.py::test_logger_works_in_a_forked_child"]
FORK += ["tests/api/test_forks_and_pipes.py::test_forked_child_does_not_hang"]
FORK += ["tests/api/test_forks_and_pipes.py::test_thread_can_read"]
PROC = ["tests/project/test_benches.py::test_memory", "tests/api/test_resource_limits.py::test_out_of_memory"]
PROC += ["tests/api/test_mem_storage.py::test_compaction_frees_the_memory"]
PROC += ["tests/api/test_resource_limits.py::test_capacity_is_not_allocated_in_advance"]
PROC += ["tests/api/test_unstable_memory.py"]
WITHOUT = {"darwin": PROC, "win32": FORK + PROC}
"""Tests that need what a system lacks: `os.fork`, `fcntl`, or the folder /proc and memory limits."""


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Runs a command. Raises if it fails."""
    # Nothing in the current directory may take precedence over the installed package.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run(command, cwd=cwd, env=clean, check=True)


def make_environment(folder: Path) -> Path:
    """Creates an environment with the requirements of the tests. Returns its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", CONSTRAINTS)
    run(*pip, "pip")
    run(*pip, "--group", f"{ROOT / 'pyproject.toml'}:test")
    return python


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpacks the source distribution, and makes its package unimportable."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    project = folder / sdist.name.removesuffix(".tar.gz")
    # Without it, the installed package takes precedence.
    (project / "rraft" / "__init__.py").unlink()
    return project


def main() -> None:
    """Tests the distributions in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the wheels and the source distribution are")
    parser.add_argument("--sdist", action="store_true", help="build and install the source distribution")
    options, pytest_arguments = parser.parse_known_args()
    folder = options.folder.resolve()
    [sdist] = folder.glob("*.tar.gz")

    with tempfile.TemporaryDirectory(prefix="rraft-") as temporary:
        python = make_environment(Path(temporary) / "environment")
        install = (python, "-m", "pip", "install", "--quiet", "--no-deps")
        if options.sdist:
            run(*install, "--build-constraint", CONSTRAINTS, sdist)
        else:
            run(*install, "--no-index", "--find-links", folder, "--only-binary", ":all:", "rraft-py")

        project = unpack(sdist, Path(temporary))
        show = "import rraft; print('testing', rraft.__version__, 'in', rraft.__file__)"
        run(python, "-W", "error", "-c", show, cwd=project)
        without = [f"--deselect={test}" for test in WITHOUT.get(sys.platform, [])]
        workers = ("--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
        run(python, "-m", "pytest", *workers, *without, *pytest_arguments, cwd=project)


if __name__ == "__main__":
    main()
