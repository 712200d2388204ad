"""Prints the dashboard for Grafana: `python -m rraft.cluster.metrics > dashboard.json`."""

from rraft.cluster.metrics import dashboard

print(dashboard(), end="")
