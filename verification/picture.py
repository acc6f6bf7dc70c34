"""Where long statistical runs leave what a person should look at: a picture and a short text."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import altair as alt
import vl_convert as vlc

RESULTS = Path(__file__).parent / "results"
COLOURS = {"Sojourn": "#1b4b82", "SimPy": "#d1651a", "Ciw": "#3d8a4e", "exact": "#9a9a9a"}
"""One colour for each simulator in every picture; exact answers are grey."""


def coloured(names: list[str]) -> alt.Scale:
    return alt.Scale(domain=names, range=[COLOURS[name] for name in names])


def keep(name: str, chart: alt.TopLevelMixin, text: str) -> None:
    """Write results/NAME.png and results/NAME.txt."""
    RESULTS.mkdir(exist_ok=True)
    whole = (
        chart.configure_axis(labelFontSize=12, titleFontSize=13, grid=False, titleFontWeight=400)
        .configure_title(fontSize=14, anchor="start", fontWeight=600)
        .configure_legend(labelFontSize=12, titleFontSize=12)
        .configure_header(labelFontSize=13, labelFontWeight=600, title=None)
        .configure_view(stroke=None)
        .properties(background="white", padding=12)
    )
    png = vlc.vegalite_to_png(whole.to_json(), scale=1.25)
    (RESULTS / f"{name}.png").write_bytes(smaller(png))
    (RESULTS / f"{name}.txt").write_text(text.strip() + "\n", encoding="utf-8")


def smaller(png: bytes) -> bytes:
    """The same picture with its pixels compressed as far as zlib can: half the size or less."""
    chunks: list[tuple[bytes, bytes]] = []
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        chunks.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + length]))
        place += 12 + length
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    first = next(i for i, (kind, _) in enumerate(chunks) if kind == b"IDAT")
    kept = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    kept.insert(first, (b"IDAT", zlib.compress(pixels, 9)))
    return png[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in kept
    )
