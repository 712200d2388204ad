"""The machine and the versions that were measured."""

import os
import platform
import re
import subprocess
import sysconfig
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


def optimization() -> str:
    """Whether the interpreter was built with the profile-guided optimization that distributions use."""
    is_optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return f"{'with' if is_optimized else 'without'} --enable-optimizations"


def describe() -> str:
    """The machine and the versions."""
    native_lock = "benches/native/Cargo.lock"
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}. "
        f"rraft {version('rraft-py')} on raft {locked('Cargo.lock', 'raft')} and PyO3 {locked('Cargo.lock', 'pyo3')}, "
        f"the native program on raft {locked(native_lock, 'raft')}, rustc {rustc}, "
        f"{platform.python_implementation()} {platform.python_version()} built {optimization()}."
    )
