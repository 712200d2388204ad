"""Port of raft-rs src/quorum/datadriven_test.rs (v0.7.0)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import pytest

from rraft import Index, JointConfig, MajorityConfig
from tests.harness.datadriven import Case, read_folder

T = TypeVar("T")

CASES = [case for file in read_folder("src/quorum/testdata") for case in file]


def interchanged(incoming: MajorityConfig, outgoing: MajorityConfig) -> JointConfig | MajorityConfig:
    """The joint configuration of the two majorities the other way round.

    A configuration with an empty incoming half only can't be created. An empty half always agrees: the other decides.
    """
    if incoming and not outgoing:
        return incoming
    return JointConfig.new_joint_from_majorities(outgoing, incoming)


def describe(voters: Iterable[int], acked: Mapping[int, Index]) -> str:
    """The index of each voter, with a bar as long as there are voters with a smaller one.

    Mirrors `describe` of raft-rs's configurations, which only its own tests have.
    """
    by_id = sorted(voters)
    n = len(by_id)
    if n == 0:
        return "<empty majority quorum>"

    def index_of(voter: int) -> int:
        return acked.get(voter, Index()).index

    # The voter with the i-th smallest index has the bar i. Of those with an equal index, only the first has a bar.
    by_index = sorted(by_id, key=lambda voter: (index_of(voter), voter))
    bars = dict.fromkeys(by_id, 0)
    for i in range(1, n):
        if index_of(by_index[i - 1]) < index_of(by_index[i]):
            bars[by_index[i]] = i

    text = " " * n + "    idx\n"
    for voter in by_id:
        if voter in acked:
            text += "x" * bars[voter] + ">" + " " * (n - bars[voter])
        else:
            text += "?" + " " * n
        text += f" {acked.get(voter, Index())!s:>5}    (id={voter})\n"
    return text


def run_committed(c: MajorityConfig, cj: MajorityConfig | None, acked: dict[int, Index]) -> str:
    """The configuration described, and its committed index, with a line for each check that fails."""
    text = ""
    # Branch based on whether this is a majority or joint quorum test case.
    if cj is not None:
        cc = JointConfig.new_joint_from_majorities(c, cj)
        text += describe(cc.ids(), acked)
        idx = cc.committed_index(False, acked)
        # Interchanging the majorities shouldn't make a difference. If it does, print.
        a_idx = interchanged(c, cj).committed_index(False, acked)
        if a_idx != idx:
            text += f"{a_idx[0]} <-- via symmetry\n"
    else:
        idx = c.committed_index(False, acked)
        text += describe(c.ids(), acked)

        # Joining a majority with the empty majority should give same result.
        a_idx = JointConfig.new_joint_from_majorities(c, MajorityConfig()).committed_index(False, acked)
        if a_idx != idx:
            text += f"{a_idx[0]} <-- via zero-joint quorum\n"

        # Joining a majority with itself should give same result.
        a_idx = JointConfig.new_joint_from_majorities(c, c).committed_index(False, acked)
        if a_idx != idx:
            text += f"{a_idx[0]} <-- via self-joint quorum\n"

        # Test overlaying: if the committed index was definitely above the currently inspected index, the result
        # shouldn't change if we lower it further.
        for voter in c:
            if voter in acked and idx[0] > acked[voter].index:
                for lower in (acked[voter].index - 1, 0):
                    overlaid = acked | {voter: Index(lower, acked[voter].group_id)}
                    a_idx = c.committed_index(False, overlaid)
                    if a_idx != idx:
                        text += f"{a_idx[0]} <-- overlaying {voter}->{lower}\n"
    return text + f"{Index(idx[0])}\n"


def run_group_committed(c: MajorityConfig, cj: MajorityConfig | None, acked: dict[int, Index]) -> str:
    """The index that a joint configuration commits by groups, with a line if the check fails."""
    text = ""
    # raft-rs leaves group commit of a single majority to be done.
    idx = (0, False)
    if cj is not None:
        idx = JointConfig.new_joint_from_majorities(c, cj).committed_index(True, acked)
        # Interchanging the majorities shouldn't make a difference. If it does, print.
        a_idx = interchanged(c, cj).committed_index(True, acked)
        if a_idx != idx:
            text += f"{a_idx[0]} <-- via symmetry\n"
    return text + f"{Index(idx[0])}\n"


def run_vote(c: MajorityConfig, cj: MajorityConfig | None, votes: dict[int, bool]) -> str:
    """The outcome of the votes, with a line if the check fails."""
    text = ""
    if cj is not None:
        # Run a joint quorum test case.
        r = JointConfig.new_joint_from_majorities(c, cj).vote_result(votes.get)
        # Interchanging the majorities shouldn't make a difference. If it does, print.
        ar = interchanged(c, cj).vote_result(votes.get)
        if ar != r:
            text += f"{ar} <-- via symmetry\n"
    else:
        r = c.vote_result(votes.get)
    return text + f"{r}\n"


def number(value: str) -> int | None:
    """The number in an argument; `None` for an underscore."""
    assert value != "0", "use '_' as 0"
    return None if value == "_" else int(value)


def run_quorum(case: Case) -> str:
    """The output of the command of a case."""
    assert case.arguments.keys() <= {"cfg", "cfgj", "idx", "gid", "votes"}

    # Two majority configs. The first one is always used (though it may be empty) and the second one is used iff joint
    # is true. cfgj=zero is specified to instruct the test harness to treat cfgj as zero instead of not specified (i.e.
    # it will trigger a joint quorum test instead of a majority quorum test for cfg only).
    joint = "cfgj" in case.arguments
    ids = [int(value) for value in case.arguments.get("cfg", ())]
    idsj = [int(value) for value in case.arguments.get("cfgj", ()) if case.arguments["cfgj"] != ["zero"]]

    # The committed indexes for the nodes in the config in the order in which they appear in (ids,idsj), without
    # repetition. An underscore denotes an omission (i.e. no information for this voter); this is different from 0.
    #
    # For example, cfg=(1,2) cfgj=(2,3,4) idx=(_,5,_,7) initializes the idx for voter 2 to 5 and that for voter 4 to 7
    # (and no others).
    idxs = [number(value) for value in case.arguments.get("idx", ())]

    # Group id of each nodes in the config.
    gids = [number(value) or 0 for value in case.arguments.get("gid", ())]

    # Votes. These are initialized similar to idxs.
    votes = [{"y": True, "n": False, "_": None}[value] for value in case.arguments.get("votes", ())]

    # Build the two majority configs.
    c, cj = MajorityConfig(ids), MajorityConfig(idsj)

    # Verify length of voters, and of group ids.
    voters = len(JointConfig.new_joint_from_majorities(c, cj).ids())
    given = len(votes if case.command == "vote" else idxs)
    if given != voters:
        return f"error: mismatched input (explicit or _) for voters {voters}: {given}\n"
    if gids and len(gids) != voters:
        return f"error: mismatched input (explicit or _) for group ids {voters}: {len(gids)}\n"

    def lookuper(values: Sequence[T | None]) -> dict[int, T]:
        by_voter = zip(dict.fromkeys(ids + idsj), values, strict=True)
        return {voter: value for voter, value in by_voter if value is not None}

    def acked() -> dict[int, Index]:
        indexes = zip(idxs, gids or [0] * voters, strict=True)
        return lookuper([None if idx is None else Index(idx, gid) for idx, gid in indexes])

    match case.command:
        case "committed":
            return run_committed(c, cj if joint else None, acked())
        case "group_committed":
            return run_group_committed(c, cj if joint else None, acked())
        case "vote":
            return run_vote(c, cj if joint else None, lookuper(votes))
        case _:
            raise ValueError(f"unknown command: {case.command}")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_data_driven_quorum(case: Case) -> None:
    assert run_quorum(case) == case.expected


def test_data_driven_quorum_is_complete() -> None:
    assert len(CASES) == 141
    assert Counter(case.file for case in CASES) == {
        "joint_commit.txt": 50,
        "joint_group_commit.txt": 14,
        "joint_vote.txt": 39,
        "majority_commit.txt": 16,
        "majority_vote.txt": 22,
    }
