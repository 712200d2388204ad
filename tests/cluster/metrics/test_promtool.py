"""What Prometheus itself says about the metrics, the alerts of the page and the expressions of the dashboard."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster.metrics import dashboard
from tests.cluster.metrics.test_collector import ALERTS, scrape
from tests.harness.local_hosts import Jobs, local_cluster, run
from tests.harness.program import LIMIT

PROMTOOL = shutil.which("promtool")

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of Debian's package prometheus")

EXPRESSIONS = dict(re.findall(r"^\| ([^|]+) \| `([^`]+)`, ", ALERTS, re.MULTILINE))
"""Of the alerts, by their names."""


def promtool(*arguments: str, text: str = "") -> None:
    """Runs it. Fails with what it prints."""
    assert PROMTOOL is not None
    ended = subprocess.run(
        [PROMTOOL, *arguments], input=text, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def rules(path: Path, expressions: dict[str, str]) -> Path:
    """Writes a file of rules, one for each expression. YAML has all of JSON."""
    found = [{"alert": name, "expr": expression} for name, expression in expressions.items()]
    path.write_text(json.dumps({"groups": [{"name": "rraft", "rules": found}]}), encoding="utf-8")
    return path


def expressions_in(value: Any) -> Iterator[str]:
    """The expressions of a dashboard, with a value for each of its variables."""
    if isinstance(value, dict):
        if "expr" in value:
            yield re.sub(r"\$\w+", "x", value["expr"].replace("$__rate_interval", "1m"))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from expressions_in(item)


def test_metrics_follow_the_conventions(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("job")
            promtool("check", "metrics", text=scrape(cluster.hosts[1]))

    run(test())


def test_alerts_are_valid(tmp_path: Path) -> None:
    assert len(EXPRESSIONS) >= 13
    promtool("check", "rules", str(rules(tmp_path / "rules.yml", EXPRESSIONS)))


def test_expressions_of_the_dashboard_are_valid(tmp_path: Path) -> None:
    expressions = dict(enumerate(expressions_in(json.loads(dashboard()))))

    assert len(expressions) >= 28
    promtool(
        "check", "rules", str(rules(tmp_path / "rules.yml", {f"A{key}": text for key, text in expressions.items()}))
    )


@pytest.mark.parametrize(("hosts", "learners", "fires"), [(3, 0, False), (2, 0, True), (4, 1, False), (3, 1, True)])
def test_alert_of_a_missing_member(tmp_path: Path, hosts: int, learners: int, fires: bool) -> None:
    """A learner that runs does not stand for a voter that does not."""
    name = "a member is missing"
    rules(tmp_path / "rules.yml", {name: EXPRESSIONS[name]})
    gauges = {"rraft_group_term": 2, "rraft_group_voters": 3, "rraft_group_learners": learners}
    series = [
        {"series": f'{gauge}{{cluster="c",group="1",host="{host}"}}', "values": f"{value}x10"}
        for gauge, value in gauges.items()
        for host in range(1, hosts + 1)
    ]
    alerts = [{"exp_labels": {"cluster": "c", "group": "1"}}] if fires else []
    check = {"eval_time": "5m", "alertname": name, "exp_alerts": alerts}
    tests = [{"interval": "1m", "input_series": series, "alert_rule_test": [check]}]
    (tmp_path / "test.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "tests": tests}), encoding="utf-8")

    promtool("test", "rules", str(tmp_path / "test.yml"))
