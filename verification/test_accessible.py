"""The demo's report in a browser, in both languages: axe-core at WCAG 2.2 AA, keyboard, print."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="drives the browser; comes with the extra `browser`")
import axe_playwright_python
from playwright.sync_api import sync_playwright

import sojourn as sj

pytestmark = pytest.mark.slow

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NARROW, WIDE = 400, 1280
LANGUAGES = ("en", "es")
PATIENCE = 600_000
"""Milliseconds: axe-core reads all of a page of two megabytes."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report in each language."""
    folder = tmp_path_factory.mktemp("demo")
    run = sj.example("us-el-salvador").run(draws=3, out=folder / "run")
    return {code: run.report(folder / f"{code}.html", language=code) for code in LANGUAGES}


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser, page, width):
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.set_default_timeout(PATIENCE)
    tab.goto(page.as_uri())
    return tab


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("code", LANGUAGES)
def test_axe_core_finds_nothing_at_wcag_2_2_aa(browser, pages, code, width):
    tab = opened(browser, pages[code], width)
    tab.evaluate(AXE + ";0")
    asked = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = tab.evaluate("asked => axe.run(document, asked)", asked)
    told = [(each["id"], each["help"], each["nodes"][0]["html"]) for each in found["violations"]]
    assert told == []
    assert len(found["passes"]) > 20
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.evaluate("document.documentElement.lang") == code


def test_a_fault_would_be_found(browser, pages):
    tab = opened(browser, pages["en"], WIDE)
    tab.evaluate("document.querySelector('main').innerHTML = '<img src=\"data:,\">'")
    tab.evaluate(AXE + ";0")
    found = tab.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert "image-alt" in {each["id"] for each in found["violations"]}


@pytest.mark.parametrize("code", LANGUAGES)
def test_everything_is_reached_by_keyboard(browser, pages, code):
    tab = opened(browser, pages[code], WIDE)
    active = "document.activeElement"
    tab.keyboard.press("Tab")
    assert tab.evaluate(f"{active}.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#answer"
    bar = "document.querySelector('[role=tablist]')"
    tab.evaluate(f"{bar}.querySelector('[aria-selected=true]').focus()")
    first = tab.evaluate(f"{active}.dataset.scenario")
    tab.keyboard.press("ArrowRight")
    second = tab.evaluate(f"{active}.dataset.scenario")
    assert second != first
    assert tab.evaluate(f"{active}.getAttribute('aria-selected')") == "true"
    shown = "[...document.querySelectorAll('[role=tabpanel]')].filter(each => !each.hidden)"
    assert second in tab.evaluate(f"{shown}.map(each => each.dataset.scenario)")
    assert tab.evaluate(f"getComputedStyle({active}).outlineStyle") != "none"
    fold = "document.querySelector('main details:not([open])')"
    tab.evaluate(f"window.fold = {fold}; window.fold.querySelector('summary').focus()")
    tab.keyboard.press("Enter")
    assert tab.evaluate("window.fold.open")


@pytest.mark.parametrize("code", LANGUAGES)
def test_print_shows_every_scenario_and_no_controls(browser, pages, code):
    tab = opened(browser, pages[code], WIDE)
    tab.emulate_media(media="print")
    hidden = "[...document.querySelectorAll('{}')].filter(e => e.getClientRects().length)"
    assert tab.evaluate(hidden.format(".bar, .skip, .csv, .contents") + ".length") == 0
    panels = tab.evaluate("document.querySelectorAll('[role=tabpanel]').length")
    assert tab.evaluate(hidden.format("[role=tabpanel]") + ".length") == panels > 10
