"""How often the disk can be waited for."""

import os
import time
from pathlib import Path

_SIZE = 300 * 2**16


def syncs_per_second(folder: Path, seconds: float = 1.0) -> float:
    """Overwrites 300 bytes of a file and waits for the disk, again and again. Returns how often in a second."""
    descriptor = os.open(folder / "syncs", os.O_RDWR | os.O_CREAT)
    try:
        os.write(descriptor, bytes(_SIZE))
        os.fsync(descriptor)
        count, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            os.pwrite(descriptor, bytes(300), 300 * count % _SIZE)
            os.fdatasync(descriptor)
            count += 1
    finally:
        os.close(descriptor)
    return count / elapsed
