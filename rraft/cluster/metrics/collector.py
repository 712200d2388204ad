"""`HostCollector`: reads a host when Prometheus asks."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from itertools import accumulate
from typing import TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from rraft.cluster.errors import HostClosedError
from rraft.cluster.host import Host
from rraft.cluster.metrics.families import COUNTED, DURATIONS, HOST_LABELS, Counted
from rraft.cluster.status import DurationsReport, HostReport

TIMEOUT = 5.0
"""Seconds for the event loop to answer. A scrape of a host that stands still fails."""

Family: TypeAlias = "CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily"


class HostCollector(Collector):
    """The metrics of a host. Reading them is the only cost: nothing is counted for each command.

    ```python
    prometheus_client.REGISTRY.register(HostCollector(host))
    ```

    `collect` may be called in any thread. While the host is not open, it has no metrics. A registry has the metrics of
    one host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def describe(self) -> Iterable[Family]:
        """The metrics without values: a host can be registered before it is opened."""
        return _families(None)

    def collect(self) -> Iterable[Family]:
        """The metrics. Raises `TimeoutError` when the event loop of the host does not answer."""
        report = self._report()
        return [] if report is None else _families(report)

    def _report(self) -> HostReport | None:
        """Reads the host on its event loop: a scrape comes on another thread."""
        try:
            loop = self._host.running.loop
            if _running_loop() is loop:
                return self._host.status()
            future: Future[HostReport] = Future()
            loop.call_soon_threadsafe(self._read, future)
        except (HostClosedError, RuntimeError):  # the event loop is closed
            return None
        try:
            return future.result(TIMEOUT)
        except HostClosedError:
            return None
        except FutureTimeoutError:
            raise TimeoutError(f"the event loop of the host did not answer for {TIMEOUT} s") from None

    def _read(self, future: "Future[HostReport]") -> None:
        try:
            future.set_result(self._host.status())
        except Exception as error:
            future.set_exception(error)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _families(report: HostReport | None) -> Iterator[Family]:
    common = () if report is None else (report["cluster"], str(report["host"]))
    for counted in COUNTED:
        yield _counted(counted, report, common)
    for name, text, key in DURATIONS:
        family = HistogramMetricFamily(name, text, labels=HOST_LABELS)
        if report is not None:
            durations: DurationsReport = report["rounds"] if key == "rounds" else report["fsyncs"]
            family.add_metric(common, _buckets(durations), durations["sum"])
        yield family


def _counted(counted: Counted, report: HostReport | None, common: tuple[str, ...]) -> Family:
    kind = CounterMetricFamily if counted.is_counter else GaugeMetricFamily
    family = kind(counted.name, counted.text, labels=(*HOST_LABELS, *counted.labels))
    if report is not None:
        for labels, value in counted.values(report):
            family.add_metric((*common, *labels), value)
    return family


def _buckets(durations: DurationsReport) -> list[tuple[str, float]]:
    """The upper bounds, and how many were at most as long."""
    bounds = [*map(str, durations["bounds"]), "+Inf"]
    return list(zip(bounds, accumulate(durations["counts"]), strict=True))
