"""Counts the messages between the members."""

from collections.abc import Sequence

from driver import Member
from rraft import Messages


class CountingMember:
    """A member that counts incoming messages."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self.application = member.application
        self.received = 0

    @property
    def inbox(self) -> Sequence[object]:
        return self._member.inbox

    def campaign(self) -> None:
        self._member.campaign()

    def process(self, proposals: Sequence[bytes] | None = None) -> None:
        self.received += sum(len(envelope) if isinstance(envelope, Messages) else 1 for envelope in self.inbox)
        self._member.process(proposals)
