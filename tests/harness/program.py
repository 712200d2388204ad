"""How tests start a program."""

import os
from pathlib import Path

import rraft


def environment() -> dict[str, str]:
    """One in which a program imports the same `rraft` as the tests, whichever build that is."""
    return os.environ | {"PYTHONPATH": str(Path(rraft.__file__).parent.parent)}
