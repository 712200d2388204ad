"""Frames of an earlier start of a host, which arrive after its restart."""

from __future__ import annotations

import pytest

from rraft.simulation import Fault, Faults, Scenario, run_seed
from rraft.simulation.process import Process
from rraft.simulation.transport import SimulatedTransport, _Link
from tests.simulation.machines import Queue, use_queue

SLOW = Fault(2.0, "slow_paths", (1.0, 1.0, 0, 6.0))


@pytest.mark.parametrize(
    "restart",
    [Fault(4.0, "crashes", (0, 0, 0.05)), Fault(4.0, "restarts", (0, 0.05))],
    ids=["crash", "in order"],
)
def test_frames_of_an_earlier_start_arrive_after_the_restart(restart: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, arrive = SimulatedTransport._connect, SimulatedTransport.arrive
    starts: dict[_Link, Process] = {}
    newest: dict[str, Process] = {}
    late: list[str] = []

    def note_link(self: SimulatedTransport, host: int, attempt: int) -> None:
        connect(self, host, attempt)
        if host in self._links and self._links[host] not in starts:
            starts[self._links[host]] = newest[self.endpoint] = self.process

    def note_late(self: SimulatedTransport, link: _Link, host: int, frame: bytes) -> None:
        if link.is_up and newest[str(host)] is not starts[link]:
            late.append(str(host))
        arrive(self, link, host, frame)

    monkeypatch.setattr(SimulatedTransport, "_connect", note_link)
    monkeypatch.setattr(SimulatedTransport, "arrive", note_late)

    for seed in range(10):
        assert (
            run_seed(Scenario(Queue, use_queue, faults=Faults.none(), groups=1), seed, [SLOW, restart]).failure is None
        )

    assert late
