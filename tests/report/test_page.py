from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from report.made_run import make_run, study_dict
from report.reader import Page
from results.made import reseal
from sojourn.errors import ResultsError
from sojourn.report.page import write_report

ORDER = (
    "answer", "note", "overview", "matters", "compared", "people", "eligibility", "line",
    "capacity", "money", "claims", "statements", "uncertainty", "measures", "methods", "sources",
    "reproduction",
)  # fmt: skip


def test_sections_come_in_the_order_readers_expect(page):
    places = [page.index(f'<section id="{key}"') for key in ORDER]
    assert places == sorted(places)
    assert Page(page).open == []


def test_nothing_is_fetched(page):
    read = Page(page)
    for tag, attributes in read.elements:
        assert "src" not in attributes, tag
        if tag not in ("a", "link"):
            assert "href" not in attributes and "xlink:href" not in attributes
    assert [link["href"] for link in read.all("link")] == ["data:,"]
    style = page[page.index("<style>") : page.index("</style>")]
    assert "@import" not in style and "url(" not in style
    for address in re.findall(r"url\(([^)]*)\)", page):
        assert address.startswith("#")


def test_policy_lets_only_the_page_s_own_script_run(page):
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in page or f"'sha256-{digest}'" in page
    assert not [a for _, a in Page(page).elements if any(key.startswith("on") for key in a)]


def test_identifiers_are_unique_and_links_lead_somewhere(page):
    read = Page(page)
    found = [a["id"] for _, a in read.elements if "id" in a]
    assert len(found) == len(set(found))
    inside = {a["href"][1:] for a in read.all("a") if a.get("href", "").startswith("#")}
    assert inside <= set(found)


def test_every_chart_has_a_name_a_table_and_csv(page):
    figures = re.findall(r"<figure>.*?</figure>", page, re.S)
    assert len(figures) > 10
    for figure in figures:
        assert "<table" in figure and "Source: Sojourn" in figure and "data:text/csv" in figure
        for svg in re.findall(r'<svg role="img".*?</svg>', figure, re.S):
            assert re.match(r'<svg role="img" aria-labelledby="[^"]+"[^>]*><title id=', svg)


def test_csv_can_be_read_back(page):
    links = [a["href"] for a in Page(page).all("a") if a.get("href", "").startswith("data:text")]
    assert len(links) > 20
    for link in links:
        rows = list(csv.DictReader(io.StringIO(unquote(link.partition(",")[2]))))
        assert rows and None not in rows[0]


def test_answer_compares_with_the_named_baseline(page):
    text = Page(page).text
    assert "more people are held in CECOT on 3 February 2028 than under “law as it stands”" in text
    assert "In the baseline, nobody is held in CECOT in any history." in text
    assert "litigation share (30\u202f% to 80\u202f%, best 50\u202f%; assumed)" in text


def test_words_of_a_study_stay_words(tmp_path):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    study = study_dict(title=evil, names=("base", f"{evil} \"'&{{{{7*7}}}}"))
    study["about"] = study["limits"][0] = evil
    for scenario in study["scenarios"].values():
        scenario["states"]["held"]["label"] = evil
        scenario["gates"]["in_force"]["label"] = evil
        scenario["facilities"]["cecot"]["label"] = evil
        scenario["about"] = evil
        scenario["overrides"] = {evil: evil}
    study["sources"]["r004"]["title"] = evil
    study["sources"]["r004"]["url"] = " javascript:alert(3)"
    study["statements"]["any nationality"]["quote"] = evil
    folder = make_run(tmp_path / "run", study)
    page = write_report(folder).read_text(encoding="utf-8")
    read = Page(page)
    assert read.open == []
    assert len(read.all("script")) == 1 and not read.all("img")
    assert not [a for _, a in read.elements if any(key.startswith("on") for key in a)]
    assert all(not a.get("href", "").strip().startswith("javascript") for a in read.all("a"))
    assert "<script>alert(1)</script>" in read.text and "{{7*7}}" in read.text


def test_script_addresses_are_not_linked(page):
    links = {a["href"] for a in Page(page).all("a")}
    assert "https://example.org/a" in links
    assert not any("alert" in link for link in links if not link.startswith("data:text/csv"))


def test_page_replaces_an_older_one_and_leaves_nothing_beside(run_folder, tmp_path):
    out = tmp_path / "deep" / "report.html"
    assert write_report(run_folder, out) == out
    first = out.read_text(encoding="utf-8")
    write_report(run_folder, out)
    assert out.read_text(encoding="utf-8") == first
    assert [file.name for file in out.parent.iterdir()] == ["report.html"]


def test_fiscal_years_are_named_by_their_end(run_folder, tmp_path):
    out = write_report(run_folder, tmp_path / "fiscal.html", year_starts=10)
    text = Page(out.read_text(encoding="utf-8")).text
    assert "Fiscal years from 1 October, named by the year in which they end" in text


def test_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="no such folder"):
        write_report(tmp_path / "absent")
    with pytest.raises(ResultsError, match="not a run folder"):
        write_report(tmp_path)


def test_study_of_another_version_is_refused(tmp_path):
    folder = make_run(tmp_path / "run", draws=1)
    (folder / "study.json").write_text('{"title": "x", "new": 1}')
    reseal(folder)
    with pytest.raises(ResultsError, match="not a study of this version"):
        write_report(folder)


def test_damaged_table_is_refused(tmp_path):
    folder = make_run(tmp_path / "run", draws=1)
    (folder / "census.parquet").write_bytes(b"not a table")
    with pytest.raises(ResultsError, match="has 11 bytes and was written with"):
        write_report(folder)


def test_a_baseline_without_payments_is_not_said_to_lack_a_price_year(tmp_path):
    study = study_dict(end="2025-08-04")
    study["scenarios"]["law as it stands"]["money"]["payments"] = {}
    folder = make_run(tmp_path / "run", study, draws=2)
    text = Page(write_report(folder, tmp_path / "page.html").read_text(encoding="utf-8")).text
    assert "Prices are those of 2025, in USD" in text
    assert "names no price year" not in text


def test_a_mean_wait_of_nearly_nothing_has_no_digits(tmp_path):
    folder = make_run(tmp_path / "run", study_dict(end="2025-08-04"), draws=2)
    waits = pq.read_table(folder / "waits.parquet")
    none = pa.array([0] * (len(waits) - 1) + [1], waits.schema.field("days_served").type)
    place = waits.schema.get_field_index("days_served")
    pq.write_table(waits.set_column(place, "days_served", none), folder / "waits.parquet")
    reseal(folder)
    text = Page(write_report(folder, tmp_path / "page.html").read_text(encoding="utf-8")).text
    assert "< 0.1" in text and "e-0" not in text


def test_names_of_the_study_s_parts_never_show(run_folder, page):
    """Labels or words stand in their place; only commands and files have the names themselves."""
    study = json.loads((run_folder / "study.json").read_text(encoding="utf-8"))
    names: set[str] = set(study["sources"])
    for scenario in study["scenarios"].values():
        for section in ("parameters", "facts", "facilities", "states", "clocks", "quotas", "gates",
                        "measures"):  # fmt: skip
            names |= set(scenario.get(section) or {})
        names |= set((scenario.get("agreement") or {}).get("rules") or {})
        names |= set((scenario.get("money") or {}).get("payments") or {})
    raw = {name for name in names if "_" in name or re.fullmatch(r"[a-z]+\d+", name)}
    assert {"us_prison", "no_injunction", "litigation_share", "r004"} <= raw
    shown = re.findall(r"\w+", Page(page).text)
    assert raw & set(shown) == set()
    assert not re.search(r"\w\.\w+_\w+|->", Page(page).text)
