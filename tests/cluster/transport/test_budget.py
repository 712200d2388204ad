"""A number of bytes that connections share."""

from hypothesis import given
from hypothesis import strategies as st

from rraft.cluster.transport.budget import Budget


class Connection:
    """Is closed once, when it is told to fail."""

    def __init__(self) -> None:
        self.reason = ""

    def fail(self, reason: str) -> None:
        assert not self.reason
        self.reason = reason


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60))))
def test_the_sum_never_exceeds_the_limit(steps: list[tuple[int, int]]) -> None:
    budget = Budget(100)
    connections = [Connection() for _ in range(5)]
    held = dict.fromkeys(connections, 0)
    for number, size in steps:
        connection = connections[number]
        if connection.reason:
            continue
        held[connection] = size
        before = sum(held.values())
        largest = max(held.values())
        budget.hold(connection, size)
        for each in connections:
            if each.reason and held[each]:
                assert before > 100
                assert held[each] == largest
                held[each] = 0
        assert budget.total == sum(held.values()) <= 100
