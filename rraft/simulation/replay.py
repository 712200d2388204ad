"""Which command of an entry had which effect."""

from collections.abc import Callable

from rraft.cluster.core.commands import Batch
from rraft.cluster.core.outcomes import Result
from rraft.cluster.core.sessions import SessionTable
from rraft.cluster.state_machine import Context
from rraft.simulation.observed_machine import Effect

POSITIONS = 1 << 20
"""More than there are commands in an entry."""


class Replay:
    """Applies each entry once, with the results that the state machines had, and remembers every command.

    The place of a command is the index of its entry times `POSITIONS`, plus its position there.
    """

    def __init__(self, violate: Callable[[str, str], None]) -> None:
        self._violate = violate
        self.executed: dict[tuple[int, int], tuple[int, Effect]] = {}
        """The places and the effects of the commands, by session and number."""
        self._sessions: SessionTable = SessionTable()
        self._time = 0
        self._context = Context(0)

    def apply(self, index: int, batch: Batch | None, effects: list[Effect]) -> None:
        """Applies the entry at `index`, after those before it. `effects` are those that a state machine had."""
        waiting = list(reversed(effects))
        if batch is not None:
            self._time = max(self._time, batch.time)
            for position, nonce in enumerate(batch.opens):
                self._sessions.open(nonce, index, position, self._time)
            for position, command in enumerate(batch.commands):
                place = index * POSITIONS + position + 1

                def execute(
                    payload: bytes,
                    _: Context,
                    key: tuple[int, int] = command[:2],
                    place: int = place,
                ) -> Result:
                    if key in self.executed:
                        self._violate(
                            "applied at most once", f"entry {index} applies a command again: {payload[:60]!r}"
                        )
                    if not waiting or waiting[-1][0] != payload:
                        self._violate("equal states", f"entry {index}: a command is not applied: {payload[:60]!r}")
                        return b""
                    effect = waiting.pop()
                    self.executed[key] = place, effect
                    return effect[1]

                self._sessions.apply([command], self._time, execute, self._context, {})  # type: ignore[arg-type]
            self._sessions.expire(self._time, batch.limits)
        if waiting:
            text = f"entry {index} applies what it does not contain, or again: {waiting[-1][0][:60]!r}"
            self._violate("applied at most once", text)
