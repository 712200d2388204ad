"""How deep an encoded value is nested.

MessagePack is decoded recursively, so that the depth that can be decoded depends on the stack that is left. A limit on
the encoded bytes is the same everywhere.
"""

MAX_NESTING = 100
"""How many lists, dicts and structs may be inside of each other in the arguments of a command, or in its result."""

TOO_DEEP = f"expected arguments nested at most {MAX_NESTING} deep, got deeper ones"


def _fixed_lengths() -> list[int]:
    """The length of a value by its first byte, or 0 if it needs more bytes to tell."""
    lengths = [0] * 256
    for head in (*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC1, 0xC2, 0xC3):
        lengths[head] = 1
    for head in range(0xA0, 0xC0):
        lengths[head] = 1 + (head & 0x1F)
    numbers = {0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
    extensions = {0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18}
    for head, length in (numbers | extensions).items():
        lengths[head] = length
    return lengths


_FIXED = _fixed_lengths()
_SIZED = {0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)} | {
    0xD9: (1, 0),
    0xDA: (2, 0),
    0xDB: (4, 0),
}
"""Strings, bytes and extensions: the width of the length, and what follows it beside so many bytes."""
_CONTAINERS = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""Arrays and maps: the width of the length, and the values for each item."""
_NO_CONTAINER = bytes(head for head in range(256) if not 0x80 <= head < 0xA0 and head not in _CONTAINERS)


def is_too_deep(encoded: bytes) -> bool:
    """Whether a value is nested more than `MAX_NESTING` deep. Bytes that encode none may be, or not."""
    if len(encoded) <= MAX_NESTING or len(encoded.translate(None, _NO_CONTAINER)) <= MAX_NESTING:
        return False  # as nearly always
    outer: list[int] = []
    missing = 1  # of the innermost container
    position, end = 0, len(encoded)
    while position < end:
        while not missing:
            if not outer:
                return False
            missing = outer.pop()
        missing -= 1
        head = encoded[position]
        length = _FIXED[head]
        if length:
            position += length
            continue
        position += 1
        if head in _SIZED:
            width, more = _SIZED[head]
            position += width + more + int.from_bytes(encoded[position : position + width], "big")
            continue
        if head in _CONTAINERS:
            width, values = _CONTAINERS[head]
            items = values * int.from_bytes(encoded[position : position + width], "big")
            position += width
        else:
            items = (head & 0x0F) * (1 if head & 0x10 else 2)
        outer.append(missing)
        missing = items
        if len(outer) > MAX_NESTING:
            return True
    return False
