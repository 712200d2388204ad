"""The page in a browser: what it shows, how soon, and to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.web.processes import TOKEN, Pages, pages
from tests.harness.browser import CHROMIUM, Browser, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")

LEADER = "(document.querySelector('.group-leader')?.innerText ?? '')"
HAS_LEADER = f"/^Host \\d leads$/.test({LEADER})"
SLOWEST = 2.0
"""Seconds from the end of a leader until the page shows the next one."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A cluster whose members stay, for tests that change nothing for the others. Its name is not harmless."""
    with pages(tmp_path_factory.mktemp("pages"), cluster="<b id=bold>jobs</b>") as started:
        yield started


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as started:
        yield started


@pytest.fixture
def page(cluster: Pages, chromium: Browser) -> Iterator[Browser]:
    """The page of host 1."""
    open_page(chromium, cluster, 1)
    yield chromium
    assert chromium.errors == []


def open_page(chromium: Browser, cluster: Pages, number: int) -> None:
    """Opens the page of a host as soon as it is served."""
    chromium.show_as(1280)
    chromium.open(cluster.url(number))
    chromium.wait(HAS_LEADER)


def leader(chromium: Browser) -> int:
    """The leader that the page shows."""
    return int(chromium.evaluate(f"{LEADER}.match(/\\d/)[0]"))


def test_page_shows_the_next_leader_within_two_seconds(tmp_path: Path) -> None:
    with pages(tmp_path) as cluster, browser(tmp_path / "profile") as chromium:
        open_page(chromium, cluster, 1)
        first = leader(chromium)
        watcher = 1 if first != 1 else 2
        open_page(chromium, cluster, watcher)
        chromium.wait("document.querySelectorAll('#host-rows [data-state=good]').length === 3")

        cluster.kill(first)
        duration = chromium.wait(f"{HAS_LEADER} && !{LEADER}.includes('Host {first} ')")

        assert duration < SLOWEST
        chromium.wait(f"document.querySelector('#announcement').innerText.includes('Host {leader(chromium)} leads')")
        chromium.wait("document.querySelectorAll('#host-rows [data-state=bad]').length === 1")
        chromium.wait("document.querySelector('.events').innerText.includes('Election')")

        cluster.start(first)
        chromium.wait("document.querySelectorAll('#host-rows [data-state=good]').length === 3")


def test_page_connects_again_to_a_host_that_was_restarted(tmp_path: Path) -> None:
    with pages(tmp_path) as cluster, browser(tmp_path / "profile") as chromium:
        open_page(chromium, cluster, 1)

        cluster.kill(1)
        chromium.wait("document.querySelector('#connection').innerText === 'Connection lost'")
        assert chromium.text("#announcement") == "The connection to the host is lost"
        assert chromium.evaluate("document.querySelector('#main').classList.contains('stale')")

        cluster.start(1)
        chromium.wait("document.querySelector('#connection').innerText === 'Live'")


def test_page_of_each_host_shows_the_whole_cluster(cluster: Pages, chromium: Browser) -> None:
    for number in (1, 2, 3):
        open_page(chromium, cluster, number)

        chromium.wait("document.querySelectorAll('.members [data-name=Applied]').length === 3")
        chromium.wait(
            "![...document.querySelectorAll('.members [data-name=Applied]')].some(c => !/\\d/.test(c.innerText))"
        )
        chromium.wait("![...document.querySelectorAll('.lag')].some(cell => cell.innerText === 'unknown')")

        assert chromium.evaluate("document.querySelectorAll('[data-role=leader]').length") == 1
        assert f"Host {number} (this)" in chromium.text(".members")
    assert chromium.errors == []


def test_plots_show_load(page: Browser) -> None:
    page.wait("[...document.querySelectorAll('.plot svg')].every(svg => svg.getAttribute('aria-label'))")

    labels = page.evaluate("[...document.querySelectorAll('.plot svg')].map(svg => svg.getAttribute('aria-label'))")

    titles = ["Commands a second", "Queries a second", "Time of a round", "Time of an fsync"]
    assert [label.partition(":")[0] for label in labels] == titles
    page.wait("document.querySelector('.plot-line').getAttribute('d').includes('L')")


def test_text_of_the_network_is_not_parsed_as_html(page: Browser) -> None:
    assert page.text("h1") == "<b id=bold>jobs</b>"
    assert page.evaluate("document.querySelector('#bold')") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_page_needs_no_horizontal_scrolling(page: Browser, width: int, scheme: str) -> None:
    page.show_as(width, scheme)

    page.wait(f"document.documentElement.clientWidth === {width}")

    assert page.evaluate("document.documentElement.scrollWidth") == width


CONTRASTS = """
(() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { channels: [r, g, b], alpha: a };
  };
  const luminance = (channels) => {
    const [r, g, b] = channels.map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.alpha === 1) return color.channels;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.getClientRects().length || ['SCRIPT', 'NOSCRIPT'].includes(node.tagName)) continue;
    const [a, b] = [luminance(parse(getComputedStyle(node).color).channels), luminance(background(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(`${node.tagName}.${node.className} ${contrast.toFixed(2)}`);
  }
  return low;
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(page: Browser, scheme: str) -> None:
    page.show_as(1280, scheme)
    unlock(page)

    assert page.evaluate(CONTRASTS) == []

    page.click("[data-action=remove]")
    assert page.evaluate(CONTRASTS) == []
    page.click("#confirm-dialog [data-close]")


def test_reduced_motion(page: Browser) -> None:
    page.show_as(1280, motion="reduce")

    page.evaluate("document.querySelector('#main').classList.add('stale')")

    assert page.evaluate("getComputedStyle(document.querySelector('#main')).transitionDuration") == "0s"


def unlock(page: Browser) -> None:
    """Enters the token."""
    page.wait("!document.querySelector('#unlock').hidden")
    page.click("#unlock")
    page.type("#token", TOKEN)
    page.click("#token-dialog .primary")
    page.wait("!document.querySelector('.actions').hidden")


def test_changes_need_the_token(page: Browser) -> None:
    assert page.evaluate("document.querySelector('.actions').hidden")

    page.click("#unlock")
    page.type("#token", "another token of sixteen")
    page.click("#token-dialog .primary")
    page.wait("document.querySelector('#token-problem').innerText === 'the token is wrong'")
    page.errors.clear()  # the browser logs the status 401

    assert page.evaluate("document.querySelector('.actions').hidden")
    assert page.evaluate("document.querySelector('#token-dialog').open")


def test_leadership_is_transferred_with_the_keyboard(page: Browser) -> None:
    unlock(page)
    target = leader(page) % 3 + 1
    button = f"[data-action=transfer][data-host='{target}']"
    reached = f'document.activeElement.matches("{button}")'
    for _ in range(40):
        page.press("Tab")
        if page.evaluate(reached):
            break

    assert page.evaluate(reached)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    page.wait("document.querySelector('#confirm-dialog').open")
    assert f"Make host {target} the leader of group 1?" in page.text("#confirm-dialog")
    page.evaluate("document.querySelector('#confirm-button').focus()")
    page.press("Enter")
    page.wait(f"{LEADER} === 'Host {target} leads'")
    page.wait("!document.querySelector('#confirm-dialog').open")


def test_rejected_change_is_explained(page: Browser) -> None:
    unlock(page)

    page.click("[data-action=add]")
    page.type("#confirm-fields [name=host]", "2")
    page.type("#confirm-fields [name=address]", "127.0.0.1:1")
    page.click("#confirm-button")

    page.wait("!document.querySelector('#confirm-problem').hidden")
    page.errors.clear()  # the browser logs the status 409
    assert "host 2" in page.text("#confirm-problem")
