"""Metrics of a host for Prometheus: the extra `rraft-py[metrics]`.

async with Host(...) as host, MetricsServer(host, listen="127.0.0.1:9100"):
    await host.start(Jobs())
"""

from importlib.resources import files

try:
    import prometheus_client  # noqa: F401
except ImportError as _error:
    raise ImportError("metrics need prometheus_client: pip install 'rraft-py[metrics]'") from _error

from rraft.cluster.metrics.collector import HostCollector
from rraft.cluster.metrics.server import MetricsServer

__all__ = ["HostCollector", "MetricsServer", "dashboard"]


def dashboard() -> str:
    """The dashboard for Grafana, as JSON. `python -m rraft.cluster.metrics` prints it."""
    return (files(__name__) / "dashboard.json").read_text(encoding="utf-8")
