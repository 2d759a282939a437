"""One light page of a scan that works offline: blocks by their rank on a plain map, and the first of them in a table."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from ped_geo.language import number, text
from ped_geo.outputs.figures import written_unit

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.scan.routes import ScanRoutes
    from ped_geo.study import Study

__all__ = ["scan_page"]

COLOURS: Final = {"scan_positive": "#1b7837", "scan_in_group": "#7fbf7b", "scan_short": "#e7d4b0", "scan_empty": "#eeeeee"}
"""By the reason of the rank; the darkest stands apart for colour-blind readers too."""

WIDTH: Final = 1000.0
FIRST_ROWS: Final = 50
FINEST_PX: Final = 0.2
NETWORK_COLUMNS: Final = {
    "place": 0,
    "labels": 0,
    "connections": 0,
    "length_m": 0,
    "linear_density_mwh_m_a": 2,
    "linear_density_estimated_mwh_m_a": 2,
    "density_class": 0,
    "dn_most": 0,
    "investment": 0,
    "distribution_cost_per_mwh": 0,
    "currency": 0,
    "feed_in": 0,
}
"""Columns of the table of networks, and digits of numbers."""


def scan_page(
    name: str,
    blocks: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    studies: list[Study],
    routes: ScanRoutes | None = None,
    methods: dict[str, list[str]] | None = None,
) -> str:
    """
    The page as HTML, in Polish and English.

    Parameters
    ----------
    name : str
        Of the scan.
    blocks : GeoDataFrame
        Layer ``scan_blocks``, degrees.
    totals : DataFrame
        From `ped_geo.scan.ranking.place_totals`.
    studies : list of Study
        The places, each drawn on a map of its own.
    routes : ScanRoutes, optional
        Heat networks that were asked for: their pipes lie on the map, as wide as they are.
    methods : dict, optional
        By language, what another method of heat would say of the places.
    """
    pipes = routes.pipes if routes is not None and len(routes.pipes) else None
    maps = "".join(_map(study, blocks[blocks["place"] == study.name], pipes) for study in studies)
    languages = "".join(
        f'<section lang="{lang}" class="words"><h1>{html.escape(text("scan.page_title", lang, name=name))}</h1>'
        f"<p>{html.escape(text('scan.page_intro', lang, count=number(len(blocks), lang)))}</p>{_legend(lang)}"
        f"{_networks(routes, lang)}{_totals(totals, lang)}{_sentences((methods or {}).get(lang, []))}{_table(blocks, lang)}<p>{html.escape(text('scan.page_sources', lang))}</p></section>"
        for lang in ("pl", "en")
    )
    titles = {str(row): f"{label} · {balance}" for row, label, balance in _labels(blocks)}
    return (
        f'<!DOCTYPE html><html lang="pl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(name)}</title><style>{_STYLE}</style></head><body>"
        f'<nav><button type="button" data-lang="pl">Polski</button> <button type="button" data-lang="en">English</button></nav>'
        f'{maps}<p id="told" aria-live="polite"></p>{languages}'
        f'<script type="application/json" id="labels">{_json(titles)}</script><script>{_SCRIPT}</script></body></html>'
    )


def _sentences(said: list[str]) -> str:
    """Sentences, a paragraph each."""
    return "".join(f"<p>{html.escape(one)}</p>" for one in said)


def _json(value: object) -> str:
    """JSON that no markup can leave."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _labels(blocks: gpd.GeoDataFrame) -> list[tuple[int, str, str]]:
    return [
        (int(rank), str(label), "" if not np.isfinite(balance) else f"{balance:.0f} kWh/(m²·a)")
        for rank, label, balance in zip(blocks["rank"], blocks["label"], blocks["best_balance_kwh_m2a"], strict=True)
    ]


def _map(study: Study, blocks: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame | None) -> str:
    """Blocks of one place as paths of whole tenths of a pixel."""
    if blocks.empty:
        return ""
    west, south, east, north = blocks.total_bounds
    squeeze = np.cos(np.radians((south + north) / 2.0))
    scale = WIDTH / max((east - west) * squeeze, 1e-9)
    height = (north - south) * scale
    drawn = []

    def on_page(shapes: Any) -> NDArray[np.object_]:
        found = shapely.transform(shapes, lambda xy: np.column_stack([(xy[:, 0] - west) * squeeze * scale, (north - xy[:, 1]) * scale]))
        return np.asarray(shapely.simplify(found, FINEST_PX), dtype=object)

    shapes = on_page(np.asarray(blocks.geometry.to_numpy(), dtype=object))
    for rank, reason, shape in zip(blocks["rank"], blocks["reason"], shapes, strict=True):
        drawn.append(f'<path class="{reason}" data-rank="{int(rank)}" d="{_path(shape)}"/>')
    if pipes is not None:
        mine = pipes[pipes["place"] == study.name].sort_values("dn", kind="stable")
        for dn, line in zip(mine["dn"], on_page(np.asarray(mine.geometry.to_numpy(), dtype=object)), strict=True):
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(line))
            drawn.append(
                f'<polyline style="stroke-width:{1.0 + int(dn) / 100.0:.1f}" points="{points}"><title>DN {int(dn)}</title></polyline>'
            )
    return (
        f"<figure><figcaption>{html.escape(study.title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="{html.escape(study.title, quote=True)}">{"".join(drawn)}</svg></figure>'
    )


def _path(shape: shapely.Geometry) -> str:
    words = []
    for ring in shapely.get_rings(shape):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(ring)[:-1])
        words.append(f"M{points}Z")
    return "".join(words)


def _legend(lang: str) -> str:
    rows = "".join(
        f'<li><span style="background:{colour}"></span>{html.escape(text(f"code.{key}", lang))}</li>' for key, colour in COLOURS.items()
    )
    return f'<ul class="legend">{rows}</ul>'


def _totals(totals: pd.DataFrame, lang: str) -> str:
    """Totals beside known ones, with the deviation where something is known."""
    rows = []
    for row in totals.reset_index().to_dict("records"):
        place, figure = str(row["place"]), str(row["figure"])
        known = np.isfinite(row["known"])
        beside = (
            f"{number(float(row['known']), lang)} ({html.escape(str(row['source']))})"
            if known
            else html.escape(text("scan.not_known", lang))
        )
        deviation = f"{number(100.0 * float(row['deviation']), lang, 1)}%" if known else ""
        label = html.escape(text(f"scan.total.{figure}", lang))
        rows.append(
            f"<tr><td>{html.escape(str(place))}</td><td>{label}</td><td>{number(float(row['value']), lang)}</td><td>{beside}</td><td>{deviation}</td></tr>"
        )
    head = "".join(
        f"<th>{html.escape(text(f'scan.head.{name}', lang))}</th>" for name in ("place", "figure", "value", "known", "deviation")
    )
    return f"<h2>{html.escape(text('scan.totals', lang))}</h2><table><tr>{head}</tr>{''.join(rows)}</table>"


def _table(blocks: gpd.GeoDataFrame, lang: str) -> str:
    """The first blocks of the ranking."""
    from ped_geo.schema import columns

    declared = columns("scan_blocks")
    shown = ("rank", "place", "label", "reason", "best_balance_kwh_m2a", "investment_per_kwh", "currency", "known_share", "candidate")
    head = "".join(f"<th>{html.escape(declared[name].label(lang))}</th>" for name in shown)
    rows = []
    for row in blocks.head(FIRST_ROWS)[list(shown)].itertuples(index=False):
        cells = [_cell(name, value, lang) for name, value in zip(shown, row, strict=True)]
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f"<h2>{html.escape(text('scan.first', lang, count=number(min(FIRST_ROWS, len(blocks)), lang)))}</h2><table><tr>{head}</tr>{''.join(rows)}</table>"


def _networks(routes: ScanRoutes | None, lang: str) -> str:
    """Heat networks that were asked for, a row each."""
    from ped_geo.schema import columns

    if routes is None or routes.networks.empty:
        return ""
    declared = columns("scan_networks")
    head = "".join(f"<th>{html.escape(_headed(declared[name].label(lang), declared[name].unit, lang))}</th>" for name in NETWORK_COLUMNS)
    rows = []
    for row in routes.networks[list(NETWORK_COLUMNS)].itertuples(index=False):
        cells = [_network_cell(name, value, lang) for name, value in zip(NETWORK_COLUMNS, row, strict=True)]
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    title, intro = (html.escape(text(f"scan.{name}", lang)) for name in ("networks", "networks_intro"))
    return f'<h2>{title}</h2><p>{intro}</p><div class="wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _headed(label: str, unit: str, lang: str) -> str:
    """Label with its unit; of which currency money is, a column of its own tells."""
    from ped_geo.schema import columns

    currency = columns("scan_networks")["currency"].label(lang).lower()
    written = unit.replace("¤", currency) if "¤" in unit else written_unit(unit, lang)
    return f"{label} [{written}]" if written else label


def _network_cell(name: str, value: object, lang: str) -> str:
    if name in {"density_class", "feed_in"}:
        return html.escape(text(f"code.{value}", lang))
    if isinstance(value, str):
        return html.escape(value)
    found = float(value)  # type: ignore[arg-type] # a number
    return html.escape(number(found, lang, NETWORK_COLUMNS[name])) if np.isfinite(found) else "–"


def _cell(name: str, value: object, lang: str) -> str:
    if isinstance(value, str):
        return html.escape(text(f"code.{value}", lang) if name == "reason" else value)
    if name == "rank":
        return str(value)
    digits = {"best_balance_kwh_m2a": 0, "investment_per_kwh": 2, "known_share": 2}[name]
    return html.escape(number(float(value), lang, digits)) if np.isfinite(float(value)) else "–"  # type: ignore[arg-type] # a number


_STYLE: Final = (
    "body{font:16px/1.4 sans-serif;margin:1rem;max-width:70rem}svg{width:100%;height:auto;background:#fafafa}"
    "path{stroke:#666;stroke-width:.4}path:hover{stroke:#000;stroke-width:2}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:left}.legend{list-style:none;padding:0}"
    "svg{overflow:visible}polyline{fill:none;stroke:#111}.wide{overflow-x:auto}.legend span{display:inline-block;width:1rem;height:1rem;border:1px solid #666;margin-right:.5rem}"
    ".words[lang=en]{display:none}body.en .words[lang=en]{display:block}body.en .words[lang=pl]{display:none}"
    + "".join(f".{key}{{fill:{colour}}}" for key, colour in COLOURS.items())
)

_SCRIPT: Final = (
    "const labels=JSON.parse(document.getElementById('labels').textContent),told=document.getElementById('told');"
    "document.body.addEventListener('click',e=>{const b=e.target.closest('[data-lang]');"
    "if(b){document.body.className=b.dataset.lang;document.documentElement.lang=b.dataset.lang}"
    "const p=e.target.closest('path[data-rank]');if(p)told.textContent=p.dataset.rank+'. '+labels[p.dataset.rank]});"
)
