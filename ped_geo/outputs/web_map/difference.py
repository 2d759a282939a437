"""The council map of a comparison: the same page, with differences where it else shows figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ped_geo.language import LANGUAGES
from ped_geo.outputs.comparison import COMPARED, Comparison
from ped_geo.outputs.comparison_words import pair_name
from ped_geo.outputs.figures import FIGURES, printed
from ped_geo.outputs.styles import signed_classes
from ped_geo.outputs.web_map import render
from ped_geo.outputs.web_map.content import coded_rings, indicator

__all__ = ["difference_content", "write_comparison"]


def difference_content(comparison: Comparison) -> dict[str, Any]:
    """
    What the page shows of a comparison: for each figure, pair of variants and block the second value less the first.

    Parameters
    ----------
    comparison : Comparison
        The two sides.
    """
    blocks, first, second = comparison.blocks, comparison.first, comparison.second
    rows = comparison.table[comparison.table["table"] == "block"]
    found = rows.pivot_table(index="block_id", columns=["item", "variant"], values="difference", dropna=False, sort=False)
    keys = list(rows["variant"].unique())
    indicators = []
    for item, figure in COMPARED.items():
        values = [printed(found[item, key].reindex(blocks.index), figure) for key in keys]
        classes = signed_classes([value for column in values for value in column if value is not None], FIGURES[figure].digits)
        indicators.append(indicator(item, figure, values, classes))
    names = {lang: [pair_name(*pair, lang) for pair in comparison.pairs] for lang in ("pl", "en")}
    sides = {"first": first.study.title or first.name, "second": second.study.title or second.name}
    if first is second:
        sides = {"first": "", "second": ""}
    return {
        "title": first.study.title,
        "sample": first.study.sample or second.study.sample,
        "attribution": " · ".join(dict.fromkeys(filter(None, (first.attribution, second.attribution)))),
        "difference": sides,
        "variants": [{"key": key, "pl": pl, "en": en} for key, pl, en in zip(keys, names["pl"], names["en"], strict=True)],
        "blocks": [
            {"id": str(name), "label": str(row["label"]), "area": FIGURES["area"].printed(row["reference_area_m2"])}
            for name, row in blocks.iterrows()
        ],
        "lang": LANGUAGES[0],
        "rings": coded_rings(blocks.to_crs(4326).geometry.to_numpy()),
        "buildings": {"rings": [], "uses": [], "use": [], "block": [], "storeys": [], "heat": [], "known": []},
        "candidates": [],
        "indicators": indicators,
    }


def write_comparison(comparison: Comparison, folder: Path, stem: str) -> list[Path]:
    """
    Write ``<stem>.html`` and ``<stem>.csv``.

    Returns
    -------
    list of Path
    """
    page, table = folder / f"{stem}.html", folder / f"{stem}.csv"
    bounds = comparison.blocks.to_crs(4326).total_bounds
    page.write_text(render(difference_content(comparison), bounds), encoding="utf-8")
    comparison.table.to_csv(table, index=False, float_format="%.10g", lineterminator="\n")
    return [page, table]
