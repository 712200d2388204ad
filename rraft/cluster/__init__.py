"""Replicated state machines over the network: hosts, groups, and clients."""

from rraft.cluster.client import Client
from rraft.cluster.client_errors import (
    ClientClosedError,
    NotAcceptedError,
    OutcomeUnknownError,
    RequestTimeoutError,
)
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.core.events import (
    Event,
    GroupStopped,
    LeaderChanged,
    MembersChanged,
    SnapshotMade,
    SnapshotRestored,
    SnapshotSent,
)
from rraft.cluster.errors import (
    BusyError,
    ClusterError,
    CommandError,
    FailedError,
    HostClosedError,
    InvalidCommandError,
    MembershipError,
    NeedsUpgradeError,
    NoGroupError,
    NotReadyError,
    RemovedError,
    SessionExpiredError,
    StartError,
    StoppedError,
    UnknownCommandError,
)
from rraft.cluster.event_stream import EventStream
from rraft.cluster.group import Group, GroupStatus
from rraft.cluster.host import Host
from rraft.cluster.options import GroupOptions, HostOptions, SessionOptions
from rraft.cluster.recovery import Recovery, recover
from rraft.cluster.replicated import Replicated, command, query
from rraft.cluster.requests import Change, ChangeKind, Consistency
from rraft.cluster.state_machine import Context, StateMachine
from rraft.cluster.status import (
    DurationsReport,
    EventReport,
    FollowerReport,
    GroupReport,
    HostReport,
    LogReport,
)
from rraft.cluster.transport.options import TlsOptions, TransportOptions

__all__ = [
    "BusyError",
    "Change",
    "ChangeKind",
    "Client",
    "ClientClosedError",
    "ClientOptions",
    "ClusterError",
    "CommandError",
    "Consistency",
    "Context",
    "DurationsReport",
    "Event",
    "EventReport",
    "EventStream",
    "FailedError",
    "FollowerReport",
    "Group",
    "GroupOptions",
    "GroupReport",
    "GroupStatus",
    "GroupStopped",
    "Host",
    "HostClosedError",
    "HostOptions",
    "HostReport",
    "InvalidCommandError",
    "LeaderChanged",
    "LogReport",
    "MembersChanged",
    "MembershipError",
    "NeedsUpgradeError",
    "NoGroupError",
    "NotAcceptedError",
    "NotReadyError",
    "OutcomeUnknownError",
    "Recovery",
    "RemovedError",
    "Replicated",
    "RequestTimeoutError",
    "SessionExpiredError",
    "SessionOptions",
    "SnapshotMade",
    "SnapshotRestored",
    "SnapshotSent",
    "StartError",
    "StateMachine",
    "StoppedError",
    "TlsOptions",
    "TransportOptions",
    "UnknownCommandError",
    "command",
    "query",
    "recover",
]
