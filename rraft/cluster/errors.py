"""The exceptions of the runtime."""

from rraft import RaftError


class ClusterError(RaftError):
    """The base class of the errors of `rraft.cluster`."""


class StartError(ClusterError):
    """A host cannot start with this directory and these arguments: the text has what was expected."""


class HostClosedError(ClusterError):
    """The host is closed, or has failed. Whether a command that was outstanding is applied is unknown."""


class NoGroupError(ClusterError):
    """The host has no group with this id."""


class NotReadyError(ClusterError):
    """The group cannot answer on this host yet: it has not joined, or restores a snapshot."""


class BusyError(ClusterError):
    """More bytes of commands are in flight than the group accepts. Nothing was done: retry after a pause."""


class SessionExpiredError(ClusterError):
    """The session no longer exists. Whether the command was applied before that is unknown."""


class CommandError(ClusterError):
    """The state machine raised an exception for this command or query. A command has the same result on all hosts."""

    def __init__(self, kind: str = "", text: str = "") -> None:
        """`kind` is the name of the class of the exception, `text` its text."""
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text

    def __reduce__(self) -> tuple[type["CommandError"], tuple[str, str]]:
        return type(self), (self.kind, self.text)


class InvalidCommandError(ClusterError, TypeError):
    """The name or the arguments of a command or query are not those of the state machine, or it is too long. Nothing
    was proposed.
    """


class UnknownCommandError(ClusterError):
    """Raised by a state machine for a command that it does not know: a newer version accepted it.

    The group stops applying on this host: see `NeedsUpgradeError`.
    """


class StoppedError(ClusterError):
    """The group no longer applies entries on this host. The text has the reason."""


class NeedsUpgradeError(StoppedError):
    """The log has a command that this version of the state machine does not know. Restart with a newer version.

    Until then, the host stores the log and votes, so that the group keeps its quorum.
    """


class FailedError(StoppedError):
    """The group failed on this host. Restart the host after the cause is removed."""


class RemovedError(StoppedError):
    """The host was removed from the group. Its id cannot be used again."""


class MembershipError(ClusterError):
    """A membership change was rejected. Nothing was done."""


__all__ = [
    "BusyError",
    "ClusterError",
    "CommandError",
    "FailedError",
    "HostClosedError",
    "InvalidCommandError",
    "MembershipError",
    "NeedsUpgradeError",
    "NoGroupError",
    "NotReadyError",
    "RemovedError",
    "SessionExpiredError",
    "StartError",
    "StoppedError",
    "UnknownCommandError",
]
