"""Config: its defaults, its validation, and its use by nodes."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

from rraft import NO_LIMIT, Config, ConfigInvalidError, LoggerRef, MemStorage, Raft, RawNode, ReadOnlyOption

DEFAULTS: dict[str, object] = {
    "id": 0,
    "election_tick": 20,
    "heartbeat_tick": 2,
    "applied": 0,
    "max_size_per_msg": 0,
    "max_inflight_msgs": 256,
    "check_quorum": False,
    "pre_vote": False,
    "min_election_tick": 0,
    "max_election_tick": 0,
    "read_only_option": ReadOnlyOption.Safe,
    "skip_bcast_commit": False,
    "batch_append": False,
    "priority": 0,
    "max_uncommitted_size": NO_LIMIT,
    "max_committed_size_per_ready": NO_LIMIT,
}
OTHERS: dict[str, object] = {
    "id": 1,
    "election_tick": 2,
    "heartbeat_tick": 3,
    "applied": 4,
    "max_size_per_msg": 5,
    "max_inflight_msgs": 6,
    "check_quorum": True,
    "pre_vote": True,
    "min_election_tick": 7,
    "max_election_tick": 8,
    "read_only_option": ReadOnlyOption.LeaseBased,
    "skip_bcast_commit": True,
    "batch_append": True,
    "priority": -9,
    "max_uncommitted_size": 10,
    "max_committed_size_per_ready": 11,
}


def test_the_tables_have_all_arguments() -> None:
    assert list(inspect.signature(Config).parameters) == list(DEFAULTS) == list(OTHERS)


def fields(config: Config) -> dict[str, object]:
    """All fields, read by their accessors."""
    return {name: getattr(config, f"get_{name}")() for name in DEFAULTS}


def test_defaults_are_those_of_raft() -> None:
    assert fields(Config()) == fields(Config.default()) == DEFAULTS


@pytest.mark.parametrize("name", DEFAULTS)
def test_setting_a_field_changes_no_other(name: str) -> None:
    by_keyword = Config(**{name: OTHERS[name]})  # type: ignore[arg-type]
    by_setter = Config()

    getattr(by_setter, f"set_{name}")(OTHERS[name])

    assert fields(by_keyword) == fields(by_setter) == DEFAULTS | {name: OTHERS[name]}


def test_arguments_are_in_the_order_of_the_fields() -> None:
    assert fields(Config(*OTHERS.values())) == OTHERS  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(set(DEFAULTS) - {"min_election_tick", "max_election_tick"}))
def test_fields_are_attributes(name: str) -> None:
    config = Config()

    setattr(config, name, OTHERS[name])

    assert getattr(config, name) == OTHERS[name]


def test_election_tick_bounds() -> None:
    assert (Config(election_tick=10).min_election_tick(), Config(election_tick=10).max_election_tick()) == (10, 20)
    config = Config(election_tick=10, min_election_tick=12, max_election_tick=15)
    assert (config.min_election_tick(), config.max_election_tick()) == (12, 15)


def test_bound_out_of_range_is_an_error() -> None:
    with pytest.raises(ConfigInvalidError, match="election tick 9223372036854775808 must not be greater than"):
        Config(election_tick=2**63).max_election_tick()


@pytest.mark.parametrize(
    "duplicate", [Config.clone, copy.copy, copy.deepcopy, lambda config: pickle.loads(pickle.dumps(config))]
)
def test_copies(duplicate: Any) -> None:
    config = Config(**OTHERS)  # type: ignore[arg-type]

    other = duplicate(config)
    config.id = 77

    assert type(other) is Config
    assert fields(other) == OTHERS


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"id": 0}, "invalid node id"),
    ({"heartbeat_tick": 0}, "heartbeat tick must greater than 0"),
    ({"election_tick": 2}, "election tick must be greater than heartbeat tick"),
    ({"min_election_tick": 5}, "min election tick 5 must not be less than election_tick 20"),
    (
        {"min_election_tick": 30, "max_election_tick": 30},
        "min election tick 30 should be less than max election tick 30",
    ),
    ({"max_inflight_msgs": 0}, "max inflight messages must be greater than 0"),
    ({"read_only_option": ReadOnlyOption.LeaseBased}, "read_only_option == LeaseBased requires check_quorum == true"),
    (
        {"max_uncommitted_size": 1, "max_size_per_msg": 2},
        "max uncommitted size should greater than max_size_per_msg",
    ),
]


@pytest.mark.parametrize(("changes", "reason"), INVALID, ids=[", ".join(changes) for changes, _ in INVALID])
def test_invalid_config_is_rejected(logger: LoggerRef, changes: dict[str, Any], reason: str) -> None:
    config = Config(**{"id": 1, **changes})

    for attempt in (
        config.validate,
        lambda: RawNode(config, MemStorage(), logger),
        lambda: Raft(config, MemStorage(), logger),
        lambda: RawNode.with_default_logger(config, MemStorage()),
        lambda: Raft.with_default_logger(config, MemStorage()),
    ):
        with pytest.raises(ConfigInvalidError) as raised:
            attempt()
        assert str(raised.value) == raised.value.reason == reason


def test_valid_config_is_accepted() -> None:
    assert Config(id=1).validate() is None  # type: ignore[func-returns-value]


def test_node_copies_its_config(logger: LoggerRef) -> None:
    config = Config(id=1)
    node = RawNode(config, MemStorage(), logger)

    config.id = 2
    config.pre_vote = True

    assert node.raft.id == 1
    assert not node.raft.pre_vote


def test_window_too_large_to_allocate_is_rejected(logger: LoggerRef) -> None:
    with pytest.raises(ValueError, match="max_inflight_msgs: expected at most 16777216, got 2147483648"):
        RawNode(Config(id=1, max_inflight_msgs=2**31), MemStorage(), logger)
