import pytest

from rraft.cluster.transport.addresses import format_address, parse_address


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:7001", "127.0.0.1", 7001),
        ("localhost:1", "localhost", 1),
        ("a.example:65535", "a.example", 65535),
        ("[::1]:7001", "::1", 7001),
    ],
)
def test_addresses(address: str, host: str, port: int) -> None:
    assert parse_address(address) == (host, port)
    assert format_address(host, port) == address


@pytest.mark.parametrize(
    "address",
    ["", ":", "host", ":7001", "host:", "host:0", "host:65536", "host:-1", "host:+1", "host: 1", "host:1_0", "::1:7001",
     "host:٣", "host:" + "1" * 5000, "a b:1", "a\0:1", "[]:1", "host:1\n"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="address: expected HOST:PORT, got "):
        parse_address(address)


def test_port_0_is_for_listening() -> None:
    assert parse_address("localhost:0", allow_any_port=True) == ("localhost", 0)
