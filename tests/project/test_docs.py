"""The code and the names in the documentation are correct.

The blocks of a page run in their order, beside the files of `example/durable_node`, in an empty directory:

- `python` with a title is a file, and is written.
- `python` that begins with `>>>` shows the results itself.
- Any other `python` prints what the `output` block right after it shows, or nothing.
- `sh` that works in `target` runs, and prints what the `output` block right after it shows, or nothing.

Hosts on pages listen on ports below 15,000, which no other test uses, each page on ports of its own.

All `python` blocks of a page share one namespace. For other commands, only the names in them are checked.
"""

from __future__ import annotations

import doctest
import gc
import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rraft
import rraft.cluster
import rraft.simulation
from rraft import GetEntriesContext, LightReady, Message, Raft, RawNode, Ready, Snapshot, SnapshotMetadata
from rraft.cluster.command_line.main import make_parser
from tests.harness.pages import SITE, Block, blocks, expanded, shell_commands
from tests.harness.program import LIMIT, ROOT, environment

NEIGHBOURS = [ROOT / "example" / "durable_node", ROOT / "docs"]

SITE_PAGES = sorted(SITE.rglob("*.md"))
MARKDOWN = {
    str(path.relative_to(ROOT)): path
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "example").rglob("*.md")), *SITE_PAGES]
}
WITH_BLOCKS = {name: path for name, path in MARKDOWN.items() if any(blocks(path))}
TYPED = {"docs/pages/ten-minutes.md"}
"""Pages that are typed into a shell, which `test_ten_minutes.py` does."""
WITH_CODE = {
    name: path
    for name, path in MARKDOWN.items()
    if name not in TYPED and any(block.language == "python" for block in blocks(path))
}
WITH_COMMANDS = {name: path for name, path in MARKDOWN.items() if any(shell_commands(path))}

LANGUAGES = {"python", "output", "sh", "rust", "text", "toml"}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The directory in which a page runs. The modules that it imports from there are unloaded afterwards."""
    importable = [*NEIGHBOURS, tmp_path]
    for directory in importable:
        monkeypatch.syspath_prepend(directory)
    (tmp_path / "example").symlink_to(ROOT / "example")
    (tmp_path / "target").mkdir()
    monkeypatch.chdir(tmp_path)
    for variable in ("RUST_BACKTRACE", "RUST_LOG"):  # they enable more output
        monkeypatch.delenv(variable, raising=False)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent in importable:
            del sys.modules[name]


def run_examples(block: Block, name: str, namespace: dict[str, object]) -> None:
    """Runs a block that shows its results."""
    example = doctest.DocTestParser().get_doctest(block.text, namespace, f"{name}:{block.line}", name, block.line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(example, clear_globs=False).failed == 0
    namespace.update(example.globs)


def run_commands(block: Block) -> None:
    """Runs a block of shell commands, with the Python that runs the tests."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(["sh", "-ec", block.text], env=environment() | {"PATH": path}, check=True, timeout=LIMIT)


@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")  # pages are shorter without `close`
@pytest.mark.parametrize("name", WITH_CODE)
def test_code_of_page(name: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    page_blocks = [*blocks(WITH_CODE[name]), Block("", "", "", 0)]
    for block, following in itertools.pairwise(page_blocks):
        capfd.readouterr()
        if block.language == "python" and block.title:
            (folder / block.title).write_text(block.text)
        elif block.language == "python" and block.text.startswith(">>>"):
            run_examples(block, name, namespace)
        elif block.language == "python":
            # The empty lines give tracebacks the line numbers of the page.
            exec(compile("\n" * block.line + block.text, str(WITH_CODE[name]), "exec"), namespace)
        elif block.language == "sh" and "target/" in block.text:
            run_commands(block)
        expected = following.text if following.language == "output" else ""
        assert capfd.readouterr() == (expected, ""), f"{name}:{block.line}"
    namespace.clear()
    gc.collect()


@pytest.mark.parametrize("name", WITH_BLOCKS)
def test_blocks_have_a_known_language(name: str) -> None:
    page_blocks = list(blocks(MARKDOWN[name]))
    assert {block.language for block in page_blocks} <= LANGUAGES
    for before, block in itertools.pairwise([Block("", "", "", 0), *page_blocks]):
        assert block.language != "output" or before.language in {"python", "sh"}, f"{name}:{block.line}"


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (name, target)
        for name, path in MARKDOWN.items()
        for target in re.findall(r"(?:^ *|`)make ([a-z][a-z-]*)", path.read_text(), re.MULTILINE)
    }
    assert {(name, target) for name, target in named if target not in targets} == set()
    assert ("README.md", "test") in named
    assert ("docs/pages/getting-started.md", "build") in named


PATH = re.compile(r"(?<=[`\s])((?:\.ci|benches|docs|example|rraft|scripts|src|tests)/[\w./-]*[\w/])")
# `../../actions` leads to the workflows of the repository that shows the file.
LINK = re.compile(r"\]\((?!https?:|\.\./\.\./actions/)([^)#]+)")


def named_files(path: Path) -> dict[str, Path]:
    """Paths in code, commands and links, except links within the site, which `make docs` checks."""
    text = expanded(path.read_text())
    named = {name: ROOT / name for name in PATH.findall(text)}
    if path not in SITE_PAGES:
        named |= {link: path.parent / link for link in LINK.findall(text)}
    return named


@pytest.mark.parametrize("name", [name for name, path in MARKDOWN.items() if named_files(path)])
def test_named_files_exist(name: str) -> None:
    assert [file for file, path in named_files(MARKDOWN[name]).items() if not path.exists()] == []


COMMANDS = {".", "cd", "cp", "export", "kill", "make", "mkdir", "pip", "python", "python3", "rraft", "wait"}


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_shell_commands_are_known(name: str) -> None:
    for command in shell_commands(MARKDOWN[name]):
        assert command.split()[0] in COMMANDS


RRAFT = {
    f"{name}: {command}": command
    for name, path in MARKDOWN.items()
    for command in [
        *(line.partition("&&")[0] for line in shell_commands(path) if line.startswith("rraft ")),
        *re.findall(r"`(rraft \w[^`]*)`", path.read_text()),
    ]
    if not re.search(r"\.\.\.|\b[A-Z]+ ", command) and command != "rraft serve"  # these are no whole commands
}


@pytest.mark.parametrize("command", RRAFT.values(), ids=RRAFT)
def test_commands_of_rraft_are_accepted(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAFT_CONNECT", "10.0.0.1:7001")
    name, *arguments = shlex.split(command)

    parsed = make_parser().parse_args(arguments)

    assert name == "rraft"
    assert callable(parsed.command)


CLASSES: dict[str, type] = {key: value for key, value in vars(rraft).items() if isinstance(value, type)} | {
    "node": RawNode,
    "ready": Ready,
    "light_ready": LightReady,
    "raft": Raft,
    "message": Message,
    "snapshot": Snapshot,
    "metadata": SnapshotMetadata,
    "context": GetEntriesContext,
}
"""The classes of the package, and the classes of variables with the same name on all pages."""


def named_members(path: Path) -> list[tuple[str, str]]:
    """`Config.applied` and `node.tick()`, as pairs."""
    named = re.findall(r"`(\w+)\.(?!py\b|rs\b)(\w+)", path.read_text())
    return [(owner, member) for owner, member in named if owner in CLASSES]


OF_OTHERS = {"docs/pages/from-raftify.md"}
"""Pages that name the members of other packages' classes."""


@pytest.mark.parametrize(
    "name", [name for name, path in MARKDOWN.items() if name not in OF_OTHERS and named_members(path)]
)
def test_named_members_exist(name: str) -> None:
    missing = [member for member in named_members(MARKDOWN[name]) if not hasattr(CLASSES[member[0]], member[1])]
    assert missing == []


def names_in_reference(package: str) -> list[str]:
    """The names of a package that the reference shows, sorted."""
    pattern = re.compile(rf"^::: {re.escape(package)}\.(\w+)$", re.MULTILINE)
    return sorted(name for page in (SITE / "reference").glob("*.md") for name in pattern.findall(page.read_text()))


def test_every_public_name_is_in_the_reference() -> None:
    assert names_in_reference("rraft") == sorted(set(rraft.__all__) | {"__version__", "__raft_version__"})
    assert names_in_reference("rraft.cluster") == sorted(rraft.cluster.__all__)
    assert names_in_reference("rraft.simulation") == sorted(rraft.simulation.__all__)


def test_every_page_is_in_the_navigation() -> None:
    """`make docs` finds what is missing; this finds it without the site's tools."""
    navigation = (ROOT / "docs" / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    named = re.findall(r"([\w/-]+\.md)$", navigation, re.MULTILINE)
    assert sorted(named) == sorted(str(page.relative_to(SITE)) for page in SITE_PAGES)
