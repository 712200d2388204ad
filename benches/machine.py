"""The machine and the versions that were measured."""

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from programs import ROOT


def processor() -> str:
    """The name of the CPU."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def locked(lock: str, crate: str) -> str:
    """The version of a crate in a Cargo.lock."""
    found = re.search(rf'name = "{crate}"\nversion = "(.*)"', (ROOT / lock).read_text())
    if found is None:
        raise RuntimeError(f"{lock} has no {crate}")
    return found[1]


INTERPRETER = """
import platform, sysconfig
arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
if "--enable-optimizations" in arguments:
    build = "built with --enable-optimizations"
elif sysconfig.get_config_var("prefix") == "/usr":  # Debian removes that option from the variable
    build = "as built by the distribution"
else:
    build = "built without --enable-optimizations"
threads = "free-threaded, " if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(platform.python_implementation(), platform.python_version() + ",", threads + build)
"""


def interpreter(executable: str) -> str:
    """The version of an interpreter, and whether it was built with the optimization that distributions use."""
    command = [executable, "-c", INTERPRETER]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def describe() -> str:
    """The machine and the versions."""
    native_lock = "benches/native/Cargo.lock"
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}. "
        f"rraft {version('rraft-py')} on raft {locked('Cargo.lock', 'raft')} and PyO3 {locked('Cargo.lock', 'pyo3')}, "
        f"the native program on raft {locked(native_lock, 'raft')}, rustc {rustc}, "
        f"{interpreter(sys.executable)}."
    )
