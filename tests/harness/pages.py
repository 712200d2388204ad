"""The pages of the documentation, and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .program import ROOT

SITE = ROOT / "docs" / "pages"

FENCED = re.compile(r'^```([a-z]*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
INCLUDED = re.compile(r'^--8<-- "([^":]+)(?::[\d:]+)?"$', re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: the content of the file `title`, if it has a title."""

    language: str
    title: str
    text: str
    line: int


def expanded(text: str) -> str:
    """`text` with its included files expanded, as on the site."""
    return INCLUDED.sub(lambda found: (ROOT / found[1]).read_text().rstrip(), text)


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    text = page.read_text()
    for found in FENCED.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found[1], found[2] or "", expanded(found[3]), line)


def shell_commands(page: Path) -> Iterator[str]:
    """The lines of the `sh` blocks of a page, without comments."""
    for block in blocks(page):
        if block.language == "sh":
            yield from filter(None, (re.sub(r" *#.*", "", line) for line in block.text.splitlines()))
