"""What an event loop of a simulation does not do."""

import asyncio
from collections.abc import Callable
from typing import Any

from rraft.simulation.errors import NotSimulatedError


def refuse(what: str) -> Callable[..., Any]:
    """A function that raises `NotSimulatedError`."""

    def call(*_: object, **__: object) -> None:
        raise NotSimulatedError(f"{what} is not possible in a simulation: a run is a function of its seed")

    return call


def _refuse(name: str) -> Any:
    return refuse(f"{name} of the event loop")


class RefusingLoop(asyncio.AbstractEventLoop):
    """Input and output of any kind raise `NotSimulatedError`."""

    add_reader = _refuse("add_reader")
    get_exception_handler = _refuse("get_exception_handler")
    add_signal_handler = _refuse("add_signal_handler")
    add_writer = _refuse("add_writer")
    connect_accepted_socket = _refuse("connect_accepted_socket")
    connect_read_pipe = _refuse("connect_read_pipe")
    connect_write_pipe = _refuse("connect_write_pipe")
    create_connection = _refuse("create_connection")
    create_datagram_endpoint = _refuse("create_datagram_endpoint")
    create_server = _refuse("create_server")
    create_unix_connection = _refuse("create_unix_connection")
    create_unix_server = _refuse("create_unix_server")
    getaddrinfo = _refuse("getaddrinfo")
    getnameinfo = _refuse("getnameinfo")
    remove_reader = _refuse("remove_reader")
    remove_signal_handler = _refuse("remove_signal_handler")
    remove_writer = _refuse("remove_writer")
    sendfile = _refuse("sendfile")
    set_default_executor = _refuse("set_default_executor")
    set_exception_handler = _refuse("set_exception_handler")
    set_task_factory = _refuse("set_task_factory")
    sock_accept = _refuse("sock_accept")
    sock_connect = _refuse("sock_connect")
    sock_recv = _refuse("sock_recv")
    sock_recv_into = _refuse("sock_recv_into")
    sock_recvfrom = _refuse("sock_recvfrom")
    sock_recvfrom_into = _refuse("sock_recvfrom_into")
    sock_sendall = _refuse("sock_sendall")
    sock_sendfile = _refuse("sock_sendfile")
    sock_sendto = _refuse("sock_sendto")
    start_tls = _refuse("start_tls")
    subprocess_exec = _refuse("subprocess_exec")
    subprocess_shell = _refuse("subprocess_shell")
