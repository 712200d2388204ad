"""One server of the cluster, as a process.

    python server.py --id 1 --directory D --listen 127.0.0.1:PORT --peers 1=127.0.0.1:PORT,2=127.0.0.1:PORT,...

`--peers` are the first members of the cluster, including this one. With `--join`, this server joins later instead.
"""

import argparse
import asyncio
import json
from contextlib import suppress
from pathlib import Path

from member import Member
from request import Answer, Request, RequestInvalidError
from rraft import CodecError, Message
from transport import CLIENT_HELLO, MEMBER_HELLO, FrameError, pack_frame, parse_address, read_frame


async def serve_member(member: Member, reader: asyncio.StreamReader) -> None:
    """Steps incoming messages. Responses use another connection: each server opens one to each other server."""
    while (frame := await read_frame(reader)) is not None:
        member.step(Message.decode(frame))


async def serve_client(member: Member, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers requests, one after another."""
    while (frame := await read_frame(reader)) is not None:
        try:
            answer: Answer = await member.answer(Request.decode(frame))
        except RequestInvalidError as invalid:
            answer = {"error": str(invalid)}
        writer.write(pack_frame(json.dumps(answer).encode()))
        await writer.drain()


async def serve(member: Member, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serves a connection of another server or of a client. The first frame says which."""
    # Invalid input closes the connection, and has no other effect.
    with suppress(FrameError, CodecError, OSError):
        hello = await read_frame(reader)
        if hello == MEMBER_HELLO:
            await serve_member(member, reader)
        elif hello == CLIENT_HELLO:
            await serve_client(member, reader, writer)
    with suppress(OSError):
        writer.close()


def parse_peers(text: str) -> dict[int, str]:
    """The addresses in `1=host:port,2=host:port`."""
    peers = {}
    for peer in text.split(","):
        server_id, address = peer.split("=")
        parse_address(address)
        peers[int(server_id)] = address
    return peers


async def run(arguments: argparse.Namespace) -> None:
    member = Member(arguments.id, arguments.directory, arguments.peers, join=arguments.join)
    host, port = parse_address(arguments.listen)
    await asyncio.start_server(lambda reader, writer: serve(member, reader, writer), host, port)
    await member.run()


def main() -> None:
    parser = argparse.ArgumentParser(description="One server of a replicated key-value map.")
    parser.add_argument("--id", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--peers", type=parse_peers, required=True, metavar="ID=HOST:PORT,...")
    parser.add_argument("--join", action="store_true", help="this server is not one of the first members")
    with suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
