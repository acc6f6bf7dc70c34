"""A document as a page: one HTML file that holds everything it needs."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sojourn.languages import dates
from sojourn.languages.phrases import cached_by_language, language, phrase
from sojourn.report.figures.blocks import ReportDocument
from sojourn.report.figures.svg import standalone
from sojourn.report.wording.ranges import RANGE

TEMPLATES = Path(__file__).parent / "templates"
GENERATOR = '<meta name="generator" content="Sojourn">'
"""In the page's head: marks it as ours, so that no other page is overwritten."""
_CODE = re.compile(r"`([^`\n]+)`")


def page(document: ReportDocument) -> str:
    """The page for a browser."""
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    return _environment().get_template("report.html").render(
        document=document,
        generator=Markup(GENERATOR),
        style=_style("style.css"),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )  # fmt: skip


def sheets(document: ReportDocument) -> str:
    """The same for a printer: pages with numbers, and contents that name them."""
    return _environment().get_template("print.html").render(
        document=document, generator=Markup(GENERATOR), style=_style("print.css")
    )  # fmt: skip


def _style(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    """Escapes every text of a study; only our own style, script and charts are markup."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"phrase": phrase, "language": language}
    environment.filters["web"] = _web
    environment.filters["kept"] = _kept
    environment.filters["coded"] = _coded
    environment.filters["celled"] = _celled
    environment.filters["standalone"] = standalone
    return environment


@cached_by_language
def _pattern() -> re.Pattern[str]:
    name = f"(?:{'|'.join(map(phrase, dates.MONTHS))})"
    month = phrase("{month} {year}", month=name, year=r"\d{4}")
    day = phrase("{day} {month} {year}", day=r"\d{1,2}", month=name, year=r"\d{4}")
    return re.compile(rf"{RANGE}|\b{day}\b|\b{month}\b")


def _kept(text: str) -> Markup:
    """The text, escaped, with dates and the name of the range each kept on one line."""
    return _coded(Markup(_pattern().sub(r'<span class="kept">\g<0></span>', str(escape(text)))))


def _coded(value: object) -> Markup:
    """The value, escaped, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(value))))


def _celled(value: object) -> Markup:
    """As `coded`, in a cell: the range under a number is its last paragraph and needs no end."""
    return Markup(str(_coded(value)).replace("<small>", "<p>").replace("</small>", ""))


def _web(address: str | None) -> str:
    """The address if it is a web address; nothing that a browser would run."""
    text = (address or "").strip()
    return text if text.lower().startswith(("https://", "http://")) else ""
