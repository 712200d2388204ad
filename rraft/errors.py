"""The exceptions of rraft: one per error of raft-rs, and those for misuse of the binding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._errors import *
    from ._errors import __all__ as __all__
else:
    from .rraft import _errors

    # The extension keeps the classes of its first import, so that a fresh import of this module has the same ones, even
    # after changes of `sys.modules`.
    __all__ = _errors.__all__
    globals().update({name: getattr(_errors, name) for name in __all__})
