"""Metrics of a host for Prometheus: the extra `rraft-py[metrics]`.

async with Host(...) as host:
    prometheus_client.REGISTRY.register(HostCollector(host))
    prometheus_client.start_http_server(9100)
"""

from importlib.resources import files

try:
    import prometheus_client  # noqa: F401
except ImportError as _error:
    raise ImportError("metrics need prometheus_client: pip install 'rraft-py[metrics]'") from _error

from rraft.cluster.metrics.collector import HostCollector

__all__ = ["HostCollector", "dashboard"]


def dashboard() -> str:
    """The dashboard for Grafana, as JSON. `python -m rraft.cluster.metrics` prints it."""
    return (files(__name__) / "dashboard.json").read_text(encoding="utf-8")
