"""Addresses: `host:port`, with an IPv6 address in brackets."""


def parse_address(address: str, *, allow_any_port: bool = False) -> tuple[str, int]:
    """The host and the port. Raises `ValueError` for anything else.

    Port 0 is valid only with `allow_any_port`: the system then chooses a port to listen on.
    """
    host, _, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    # `isdecimal` accepts digits of other scripts, and `int` white space and underscores.
    valid = bool(host) and host.isprintable() and " " not in host and port.isascii() and port.isdecimal()
    if not valid or len(port) > 5 or not (0 if allow_any_port else 1) <= int(port) < 2**16:
        raise ValueError(f"address: expected HOST:PORT, got {address!r}")
    return host, int(port)


def format_address(host: str, port: int) -> str:
    """The inverse of `parse_address`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
