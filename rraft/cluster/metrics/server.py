"""`MetricsServer`: serves the metrics of a host over HTTP."""

from threading import Thread
from types import TracebackType

from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app

from rraft.cluster.host import Host
from rraft.cluster.metrics.bounded_server import BoundedServer
from rraft.cluster.metrics.collector import HostCollector
from rraft.cluster.transport.addresses import format_address, parse_address
from rraft.cluster.worker import in_thread


class MetricsServer:
    """Serves the metrics of a host, and those of its process, to Prometheus.

    ```python
    async with Host(...) as host, MetricsServer(host, listen="127.0.0.1:9100"):
        await host.start(Jobs())
    ```

    It has threads of its own.
    """

    def __init__(self, host: Host, *, listen: str = "127.0.0.1:9100", registry: CollectorRegistry = REGISTRY) -> None:
        """Describes the server; `async with` starts it. `registry` has what else it serves.

        Raises `ValueError` for an invalid address.
        """
        self._listen = parse_address(listen, allow_any_port=True)
        self._registry = registry
        self._collector = HostCollector(host)
        self._serving: tuple[BoundedServer, Thread] | None = None

    @property
    def address(self) -> str:
        """The address that it is served at; the one it was given, while it is not served."""
        host, port = self._listen
        return format_address(host, self._serving[0].server_port if self._serving else port)

    async def __aenter__(self) -> "MetricsServer":
        """Starts the server.

        Raises `OSError` if it cannot listen at the address, and `ValueError` if the registry has these metrics already:
        it takes one host.
        """
        host, port = self._listen
        self._registry.register(self._collector)
        try:
            server = BoundedServer(host, port, make_wsgi_app(self._registry))
        except BaseException:
            self._registry.unregister(self._collector)
            raise
        thread = Thread(target=server.serve_forever, name="rraft-metrics", daemon=True)
        thread.start()
        self._serving = server, thread
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._serving is None:
            return
        (server, thread), self._serving = self._serving, None
        self._registry.unregister(self._collector)

        def stop() -> None:
            server.shutdown()  # may take half a second, in which the host has to go on
            server.server_close()
            thread.join()

        await in_thread(stop)
