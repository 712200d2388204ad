"""The addresses of hosts that a client knows, in the order in which it tries them."""

import random
from collections.abc import Iterable, Iterator, Sequence

from .addresses import parse_address

_MAX_LEARNED = 64
"""How many addresses are remembered beside those that were given."""


class ClientAddresses:
    """Those that were given, which stay, and those of members that were learned."""

    def __init__(self, given: Sequence[str], source: random.Random) -> None:
        self._given = frozenset(given)
        self._order = list(dict.fromkeys(given))
        source.shuffle(self._order)
        self._learned: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._order))

    def learn(self, addresses: Iterable[str]) -> None:
        """Members have these addresses. What was learned least recently is forgotten if there are too many.

        Ignores what is not an address: the host that tells it may have another version.
        """
        for address in addresses:
            if address in self._given or not _is_address(address):
                continue
            if address not in self._learned:
                self._order.append(address)
            self._learned.pop(address, None)
            self._learned[address] = None
        while len(self._learned) > _MAX_LEARNED:
            forgotten = next(iter(self._learned))
            del self._learned[forgotten]
            self._order.remove(forgotten)

    def last(self, address: str) -> None:
        """Others are tried before this one."""
        if address in self._order:
            self._order.remove(address)
            self._order.append(address)


def _is_address(address: str) -> bool:
    try:
        parse_address(address)
    except ValueError:
        return False
    return True
