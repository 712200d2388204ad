"""The bodies of requests and responses: what is encoded is decoded, and any bytes are one or an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rraft.cluster.requests import (
    Change,
    ChangeKind,
    ChangeMembers,
    Command,
    Consistency,
    Join,
    MakeSnapshot,
    OpenSession,
    Operation,
    Query,
    Request,
    RequestError,
    Response,
    ResponseStatus,
    Status,
    TransferLeadership,
    decode_error,
    decode_request,
    decode_response,
    decode_session,
    encode_command,
    encode_error,
    encode_query,
    encode_request,
    encode_response,
    encode_result,
    encode_session,
)

numbers = st.integers(0, 2**64 - 1)
addresses = st.text(max_size=60)
payloads = st.binary(max_size=50)
changes = st.builds(Change, st.sampled_from(ChangeKind), numbers, addresses)
requests = st.one_of(
    st.builds(Command, numbers, numbers, numbers, numbers, payloads),
    st.builds(OpenSession, numbers, st.binary(min_size=16, max_size=16)),
    st.builds(Query, numbers, st.sampled_from(Consistency), payloads),
    st.builds(Status, numbers),
    st.builds(Join, numbers, numbers, addresses),
    st.builds(ChangeMembers, numbers, st.lists(changes, min_size=1, max_size=4).map(tuple)),
    st.builds(TransferLeadership, numbers, numbers),
    st.builds(MakeSnapshot, numbers),
)
# `builds` alone would also choose the other fields.
plain_responses = st.builds(Response, st.sampled_from(ResponseStatus), payloads, st.just(0), st.just(""))
hints = st.builds(Response, st.sampled_from(ResponseStatus), payloads, st.integers(1, 2**64 - 1), addresses)


@given(requests)
def test_requests(request: Request) -> None:
    decoded = decode_request(encode_request(request))
    assert decoded == request
    assert type(decoded) is type(request)


@given(plain_responses | hints)
def test_responses(response: Response) -> None:
    assert decode_response(encode_response(response)) == response


def test_short_forms() -> None:
    assert decode_request(encode_command(1, 2, 3, 4, b"x")) == Command(1, 2, 3, 4, b"x")
    assert decode_request(encode_query(1, Consistency.LEASE, b"x")) == Query(1, Consistency.LEASE, b"x")
    assert decode_response(encode_result(b"x")) == Response(ResponseStatus.OK, b"x")
    assert decode_session(encode_session(7)) == 7


@pytest.mark.parametrize(("kind", "text"), [("ValueError", "a\0b"), ("", ""), ("E", "ü")])
def test_errors(kind: str, text: str) -> None:
    response = decode_response(encode_error(kind, text))
    assert response.status == ResponseStatus.ERROR
    assert decode_error(response.payload) == (kind, text)


hostile = st.binary(max_size=80) | st.builds(
    lambda operation, rest: bytes((operation,)) + rest, st.sampled_from(Operation), st.binary(max_size=80)
)


@given(hostile)
def test_any_bytes_are_a_request_or_an_error(body: bytes) -> None:
    try:
        request = decode_request(body)
    except RequestError:
        return
    assert encode_request(request) == body


@given(hostile | st.binary(max_size=40).map(lambda rest: b"\0\1" + rest))
def test_any_bytes_are_a_response_or_an_error(body: bytes) -> None:
    try:
        response = decode_response(body)
    except RequestError:
        return
    assert decode_response(encode_response(response)) == response


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "expected a request, got no bytes"),
        (b"\x00", "unknown operation 0"),
        (b"\xff" * 40, "unknown operation 255"),
        (encode_command(1, 2, 3, 4, b"")[:-1], "invalid COMMAND: unpack_from requires"),
        (encode_query(1, Consistency.LEASE, b"")[:-1] + b"\x09", "invalid QUERY: 9 is not a valid Consistency"),
        (encode_request(OpenSession(1, bytes(16)))[:-1], "nonce: expected 16 bytes, got 15"),
        (encode_request(Status(1)) + b"x", "invalid STATUS"),
        (encode_request(Join(1, 2, "a:1"))[:-1], "address: expected 3 bytes, got 2"),
        (encode_request(Join(1, 2, "a:1")) + b"x", "expected no more bytes, got 1"),
        (encode_request(Join(1, 2, "a:1"))[:-1] + b"\xff", "invalid JOIN: 'utf-8' codec"),
        (bytes((Operation.CHANGE_MEMBERS,)) + bytes(8), "expected at least one change, got none"),
    ],
    ids=str,
)
def test_invalid_requests(body: bytes, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        decode_request(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "invalid response"),
        (b"\0", "invalid response"),
        (b"\x63\0", "99 is not a valid ResponseStatus"),
        (b"\0\2", "unknown flags 0x2"),
        (b"\0\1\0\0", "invalid response"),
    ],
    ids=str,
)
def test_invalid_responses(body: bytes, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        decode_response(body)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Command(2**64, 0, 0, 0, b""), "Command: "),
        (Status(-1), "Status: "),
        (OpenSession(1, b"short"), "nonce: expected 16 bytes, got 5"),
        (Join(1, 2, "x" * 256), "address: expected at most 255 bytes, got 256"),
    ],
    ids=["too large", "negative", "nonce", "address"],
)
def test_what_does_not_fit(request_: Request, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode_request(request_)


@pytest.mark.parametrize("payload", [b"", bytes(7), bytes(9)])
def test_invalid_sessions(payload: bytes) -> None:
    with pytest.raises(RequestError, match=f"session: expected 8 bytes, got {len(payload)}"):
        decode_session(payload)
