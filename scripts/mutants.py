"""Breaks the binding and the test harness in plausible ways, one at a time, and shows that the tests notice.

It works in a copy of the project. A mutant of the binding takes about a minute, since the binding is rebuilt, so CI
does not run it. `python scripts/mutants.py [word]` runs the mutants whose names contain the word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IGNORED = shutil.ignore_patterns(".git", ".venv", "target", "*.so", "__pycache__", ".*_cache")


@dataclass
class Mutant:
    """A change of one place in one file."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = [
    Mutant("a view shows the first element", "src/binding/view.rs", "field.item(self.0)", "field.item(0)"),
    Mutant(
        "a view writes to the last element",
        "src/binding/view.rs",
        "field.item_mut(self.0)",
        "field.item_mut(field.count() - 1)",
    ),
    Mutant(
        "an element of a live list shows the first",
        "src/binding/sequence.rs",
        "F::get(value).item(index).map(f)",
        "F::get(value).item(0).map(f)",
    ),
    Mutant(
        "a live list is cut at a slice's start",
        "src/binding/sequence.rs",
        "elements.splice(range.start.min(end)..end, stored);",
        "elements.splice(range.start.min(end).., stored);",
    ),
    Mutant(
        "a member is converted to the first", "src/binding/enums.rs", ".get(position).copied()", ".first().copied()"
    ),
    Mutant("a panic poisons nothing", "src/binding/handle.rs", "slot.panicked = Some(panic.message.clone());", ""),
    Mutant(
        "a consumed value is still there",
        "src/binding/handle.rs",
        "Self::View(projection) => projection.take(),",
        "Self::View(_) => Err(consumed::<T>()),",
    ),
    Mutant("a view shows another member", "src/tracker/mod.rs", "tracker.get(self.0)", "tracker.get(self.0 + 1)"),
    Mutant(
        "maybe_decr_to swaps its arguments",
        "src/tracker/progress.rs",
        "progress.maybe_decr_to(rejected, match_hint, ",
        "progress.maybe_decr_to(match_hint, rejected, ",
    ),
    Mutant(
        "maybe_update returns the opposite",
        "src/tracker/progress.rs",
        "progress.maybe_update(n))",
        "!progress.maybe_update(n))",
    ),
    Mutant(
        "maybe_commit swaps its arguments",
        "src/raft_log.rs",
        "log.maybe_commit(max_index, term)",
        "log.maybe_commit(term, max_index)",
    ),
    Mutant("term is that of the next entry", "src/raft_log.rs", "log.term(idx))?", "log.term(idx + 1))?"),
    Mutant(
        "become_follower swaps its arguments",
        "src/raft/mod.rs",
        "raft.become_follower(term, leader_id)",
        "raft.become_follower(leader_id, term)",
    ),
    Mutant(
        "step drops messages that commit",
        "src/raft/mod.rs",
        "{ raft.step(msg.0).map_err(raft_error) }",
        "{ if msg.0.commit > 0 { Ok(()) } else { raft.step(msg.0).map_err(raft_error) } }",
    ),
    Mutant("restore says the opposite", "src/raft/mod.rs", "raft.restore(snap.0))", "!raft.restore(snap.0))"),
    Mutant(
        "an error of step is ignored",
        "src/raw_node/guarded.rs",
        "        self.inner.step(message).map_err(raft_error)",
        "        self.inner.step(message).or(Ok(()))",
    ),
    Mutant(
        "propose swaps context and data",
        "src/raw_node/mod.rs",
        "node.propose(context.0, data.0)",
        "node.propose(data.0, context.0)",
    ),
    Mutant(
        "messages and persisted messages are swapped",
        "src/raw_node/ready.rs",
        "messages: inner.take_messages(),\n            persisted_messages: inner.take_persisted_messages(),",
        "persisted_messages: inner.take_messages(),\n            messages: inner.take_persisted_messages(),",
    ),
    Mutant(
        "advance forgets the commit index",
        "src/raw_node/light_ready.rs",
        "commit_index: inner.commit_index(),",
        "commit_index: None,",
    ),
    Mutant(
        "a storage gets the wrong range",
        "src/storage/python.rs",
        "let arguments = (low, high, ",
        "let arguments = (low, high - 1, ",
    ),
    Mutant(
        "a storage gets no limit",
        "src/storage/python.rs",
        "Owned::<PyGetEntriesContextRef>(context), max_size)",
        "Owned::<PyGetEntriesContextRef>(context), max_size.and(None::<u64>))",
    ),
    Mutant(
        "an exception is converted to a storage error",
        "src/storage/python.rs",
        "        None => unwind(error),",
        "        None => Error::Store(StorageError::Other(Box::new(error))),",
    ),
    Mutant(
        "compacted is converted to unavailable",
        "src/errors.rs",
        "Some(StorageError::Compacted)",
        "Some(StorageError::Unavailable)",
    ),
    Mutant(
        "commit_to does nothing",
        "src/storage/mem_core.rs",
        "Ok(self.write(|core| core.commit_to(index))??)",
        "{ let _ = index; Ok(()) }",
    ),
    Mutant(
        "a length past the end is accepted",
        "src/eraftpb/codec.rs",
        "input.push_limit(bytes.len() as u64).map_err(codec_error)?;",
        "",
    ),
    Mutant(
        "reading an absent message creates no view of its default",
        "src/binding/kinds.rs",
        "Some(field.as_ref().unwrap_or_else(|| T::default_instance()))",
        "field.as_ref()",
    ),
    Mutant(
        "a setter adds to a list",
        "src/binding/fields.rs",
        "self, |value| value.$name = stored)",
        "self, |value| { let _ = stored; let _ = value; })",
    ),
    Mutant(
        "group commit is negated",
        "src/quorum/joint.rs",
        "config.committed_index(use_group_commit, &acked)",
        "config.committed_index(!use_group_commit, &acked)",
    ),
    Mutant("restore forgets the learners", "src/checks/members.rs", "changes(&conf_state.learners, ", "changes(&[], "),
    Mutant(
        "auto_leave is negated",
        "src/confchange/changer.rs",
        "changer.enter_joint(auto_leave, &changes)",
        "changer.enter_joint(!auto_leave, &changes)",
    ),
    Mutant("the network drops nothing", "tests/harness/network.py", "random.random() >= ", "random.random() >= 2 - "),
    Mutant("the network ignores nothing", "tests/harness/network.py", "in self._ignored", "in ()"),
    Mutant(
        "peers persist nothing",
        "tests/harness/interface.py",
        "        if self._raft is not None:\n            self._persist_snapshot",
        "        if self._raft is None:\n            self._persist_snapshot",
    ),
    Mutant(
        "peers lose a message",
        "tests/harness/interface.py",
        "else self._raft.take_msgs()",
        "else self._raft.take_msgs()[1:]",
    ),
    Mutant(
        "the Python storage is off by one",
        "tests/harness/storage.py",
        "def last_index(self) -> int:\n        return ",
        "def last_index(self) -> int:\n        return 1 + ",
    ),
    Mutant("the loop stores no hard state", "src/extra/ready_loop.rs", "core.set_hardstate(hard_state.clone())", "()"),
    Mutant(
        "the loop restores a snapshot over entries",
        "src/extra/ready_loop.rs",
        "node.snap().is_some() && !batch.committed_entries.is_empty()",
        "false",
    ),
    Mutant(
        "the loop keeps the members from the storage",
        "src/extra/ready_loop.rs",
        "storage.write_states(|core| core.set_conf_state(members.clone()));",
        "",
    ),
    Mutant(
        "the loop counts rejections from one",
        "src/extra/rejected.rs",
        "self.rejected.push((self.count, error));",
        "self.rejected.push((self.count + 1, error));",
    ),
    Mutant("the loop sends what raft-rs breaks", "src/extra/ready_loop.rs", "node.prepare(&mut messages);", ""),
    Mutant(
        "messages go to the wrong outbox",
        "src/extra/outboxes.rs",
        "find(|(to, ..)| *to == message.to)",
        "find(|_| true)",
    ),
    Mutant(
        "a batch with only rejections is dropped",
        "src/extra/ready_batch.rs",
        "&& self.rejected_proposals.is_empty()",
        "",
    ),
    Mutant(
        "writes are not seen",
        "src/storage/mem.rs",
        "self.writes.fetch_add(1, Ordering::Release);",
        "",
    ),
    Mutant(
        "an index after the last is acknowledged",
        "src/checks/messages.rs",
        "message.index >= raft.raft_log.unstable.offset",
        "message.index > raft.raft_log.unstable.offset",
    ),
    Mutant("numbers have no bound", "src/checks/messages.rs", "bits | value) <= HIGHEST", "bits & value) <= HIGHEST"),
    Mutant("a batch is sent as raft-rs breaks it", "src/raw_node/guarded.rs", "self.prepare(&mut ready.messages);", ""),
    Mutant("an election doesn't wait", "src/checks/messages.rs", "&& election(raft).is_err()", "&& false"),
    Mutant("a storage is never asked again", "src/storage/mod.rs", "storage.forget();", ""),
    Mutant(
        "a logger is not kept alive",
        "src/raw_node/mod.rs",
        "GuardedNode::new(node), logger.0.python",
        "GuardedNode::new(node), None",
    ),
    Mutant("ids inside are not counted", "src/checks/encoding.rs", "ConfState { 1..=4 => Field::Ids, ", "ConfState { "),
]


def build(project: Path) -> bool:
    """Builds the extension in place if necessary. Returns false if it does not compile."""
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(ROOT / "target" / "mutants"),
        "PYO3_PYTHON": sys.executable,
        "PYO3_BUILD_EXTENSION_MODULE": "1",
    }
    command = ["cargo", "build", "--quiet", "--locked", "--profile", "fast"]
    if subprocess.run(command, cwd=project, env=environment, stderr=subprocess.DEVNULL).returncode != 0:
        return False
    libraries = (ROOT / "target" / "mutants" / "fast").glob("librraft.*")
    library = next(path for path in libraries if path.suffix in {".so", ".dylib"})
    shutil.copy(library, project / "rraft" / f"rraft{sysconfig.get_config_var('EXT_SUFFIX')}")
    return True


def failed_tests(project: Path) -> str:
    """Runs the tests. Returns the first that fails, or the exit code if one crashed; empty if all pass."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "--numprocesses",
        "auto",
        "--dist",
        "loadfile",
        "--ignore",
        "tests/project/test_upstream.py",
    ]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if run.returncode == 0:
        return ""
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].partition(" - ")[0] if failed else f"exit code {run.returncode}"


def main() -> int:
    """Runs the mutants and prints the test that detected each. Fails if one survives."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        # Without the modification times: cargo would consider the build of an earlier run up to date.
        shutil.copytree(ROOT, project, ignore=IGNORED, copy_function=shutil.copy)
        if not build(project) or (failed := failed_tests(project)):
            print(f"the project itself doesn't pass: {failed}")
            return 1
        for mutant in MUTANTS:
            if word not in mutant.name:
                continue
            path = project / mutant.file
            original = path.read_text()
            if mutant.old not in original:
                verdict = "NOT APPLICABLE: the code has changed"
            else:
                path.write_text(original.replace(mutant.old, mutant.new))
                built = build(project)
                verdict = failed_tests(project) if built else "NOT APPLICABLE: it doesn't compile"
                path.write_text(original)
            survivors += not verdict or verdict.startswith("NOT")
            print(f"{mutant.name:60} {verdict or 'SURVIVED'}", flush=True)
    print(f"{survivors} survived")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
