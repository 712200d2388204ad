"""The exceptions of the simulator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rraft.simulation.description import Description
    from rraft.simulation.faults import Fault
    from rraft.simulation.history import ClientOperation
    from rraft.simulation.trace import TraceEvent


class NotSimulatedError(RuntimeError):
    """The program uses something that is no function of the seed: a socket, a thread, a process, a real pause."""


class SimulationError(AssertionError):
    """A run has violated a property."""

    def __init__(
        self,
        seed: int,
        violated: str,
        text: str,
        *,
        faults: "Sequence[Fault]" = (),
        trace: "Sequence[TraceEvent]" = (),
        history: "Sequence[ClientOperation]" = (),
        description: "Description | None" = None,
        report: str = "",
    ) -> None:
        """`violated` is the name of the property, `text` what was found, `report` more about it, in lines."""
        self.summary: str = f"seed {seed}: {violated}: {text}"
        """What has failed, without the report."""
        super().__init__(f"{self.summary}\n\n{report}" if report else self.summary)
        self.seed = seed
        """The same seed fails again."""
        self.violated = violated
        """The name of the property."""
        self.text = text
        """What was found."""
        self.faults: tuple[Fault, ...] = tuple(faults)
        """The faults of the run up to the violation: those that are needed for it, if `simulate` raised it."""
        self.trace: tuple[TraceEvent, ...] = tuple(trace)
        """What happened, in order."""
        self.history: tuple[ClientOperation, ...] = tuple(history)
        """What clients called, and what came back."""
        self.description = description
        """What the calls mean."""
