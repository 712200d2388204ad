"""Encoding and decoding."""

from time import process_time

from options import Figures, Options
from rraft import Entry, Message, MessageType


def append_message(payload: int) -> Message:
    """A `MsgAppend` with ten entries."""
    entries = [Entry(index=index, term=5, data=b"x" * payload) for index in range(1001, 1011)]
    return Message(
        msg_type=MessageType.MsgAppend, to=2, from_=1, term=5, log_term=5, index=1000, commit=1000, entries=entries
    )


def encode(options: Options) -> Figures:
    message = append_message(options.payload)
    encoded = b""
    start = process_time()
    for _ in range(options.operations):
        encoded = message.encode()
    return {"cpu_seconds": process_time() - start, "checks": {"length": len(encoded)}}


def decode(options: Options) -> Figures:
    encoded = append_message(options.payload).encode()
    message = Message()
    decode_message = Message.decode
    start = process_time()
    for _ in range(options.operations):
        message = decode_message(encoded)
    return {"cpu_seconds": process_time() - start, "checks": {"entries": len(message.entries)}}


def decode_and_read(options: Options) -> Figures:
    encoded = append_message(options.payload).encode()
    decode_message = Message.decode
    msg_append = MessageType.MsgAppend
    appends = numbers = data_bytes = 0
    start = process_time()
    for _ in range(options.operations):
        message = decode_message(encoded)
        if message.msg_type == msg_append:
            appends += 1
        numbers += message.to + message.from_ + message.term
        for entry in message.take_entries():
            numbers += entry.index + entry.term
            data_bytes += len(entry.data)
    cpu_seconds = process_time() - start
    return {"cpu_seconds": cpu_seconds, "checks": {"appends": appends, "numbers": numbers, "data_bytes": data_bytes}}
