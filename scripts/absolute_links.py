"""Makes the relative links of README.md absolute, for PyPI: `GITHUB_REPOSITORY` names the repository, `owner/name`."""

from __future__ import annotations

import os
import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def absolute(text: str, repository: str) -> str:
    """`text` with links to `https://github.com/` and the repository."""
    address = f"https://github.com/{repository}"
    text = text.replace("](../../actions/", f"]({address}/actions/")
    text = re.sub(r"\]\((?!https?:|#)(?=[^)]*\.svg\))", f"]({address}/raw/HEAD/", text)  # a page is no picture
    return re.sub(r"\]\((?!https?:|#)", f"]({address}/blob/HEAD/", text)


if __name__ == "__main__":
    README.write_text(absolute(README.read_text(encoding="utf-8"), os.environ["GITHUB_REPOSITORY"]), encoding="utf-8")
