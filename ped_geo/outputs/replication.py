"""Where a pilot can be repeated: tables as CSV, quarters and blocks as a GeoPackage, the scaling as JSON, and a page in each language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo import schema
from ped_geo.blocks import block_name
from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs.block_types import type_categories
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.figures import FIGURES, written_unit
from ped_geo.outputs.geopackage import styled_geopackage
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.styles import amount_classes
from ped_geo.outputs.tables import DocumentedLayer, variant_name
from ped_geo.quarters.distance import scaling

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.quarters.replication import Replication
    from ped_geo.study import Study, Variant

__all__ = ["About", "lead", "quarter_lines", "write_replication"]

SHOWN = 20
DIGITS = 2
TABLES = {
    "quarters": "replicas",
    "blocks": "replica_blocks",
    "totals": "replica_totals",
    "coverage": "replica_coverage",
    "errors": "replica_errors",
}
COLUMNS = {
    "replica_area": "reference_area_m2",
    "replica_distance": "distance",
    "replica_heat_saving": "heat_saving_kwh_m2a",
    "replica_primary_saving": "primary_saving_kwh_m2a",
    "replica_balance": "balance_kwh_m2a",
    "replica_co2": "co2_saving_t_a",
    "replica_investment": "investment",
}
"""Figures of the table of quarters and their columns."""

OF_OWNERS = {
    "replica_area": "reference_area_m2",
    "replica_share": "floor_share",
    "replica_primary_total": "primary_saving_mwh_a",
    "replica_co2": "co2_saving_t_a",
    "replica_investment": "investment",
}


@dataclass(frozen=True)
class About:
    """What was compared: titles of the pilot and of the places by their names, the package and whose data they are."""

    pilot: str
    places: Mapping[str, str]
    variant: Variant
    attribution: str
    study: Study


def _said(figure: str, value: float, lang: str) -> str:
    """A value of a layer with its unit, as the language writes it."""
    declared = FIGURES[figure]
    unit = written_unit(declared.unit, lang)
    return declared.words(declared.told(float(value)), lang) + (unit if unit == "%" else f"\u00a0{unit}" if unit else "")


def lead(found: Replication, about: About, lang: str) -> list[str]:
    """What was found, in a few sentences."""
    whole = found.totals.xs("all", level="owner")
    names = {"pilot": about.pilot, "variant": variant_name(about.variant, lang)}
    said = [text("replicate.asked", lang, **names, count=number(len(found.pilot_blocks), lang), places=", ".join(about.places.values()))]
    for place, row in whole.iterrows():
        if not row["block_count"]:
            said.append(text("replicate.none", lang, place=about.places[str(place)]))
            continue
        figures = {name: _said(f"replica_{name}", row[column], lang) for name, column in _LEAD.items()}
        said.append(text("replicate.found", lang, place=about.places[str(place)], count=number(row["block_count"], lang), **figures))
    if closed := len(found.blocks[found.blocks["alike"] & ~found.blocks["allowed"]]):
        said.append(text("replicate.closed", lang, count=number(closed, lang)))
    limit = number(found.limit, lang, DIGITS)
    said.append(text("replicate.limit", lang, limit=limit, percentile=number(about.study.assumed("quarters.accepted_percentile"), lang)))
    for rule in ("nearest", "pilot"):
        row = found.errors.loc[("primary", rule)]
        words = {name: _said("replica_error", row[f"{name}_kwh_m2a"], lang) for name in ("rmse", "bias", "p10", "p90")}
        if row["blocks"]:
            said.append(text(f"replicate.error.{rule}", lang, count=number(row["blocks"], lang), **words))
    groups = found.groups
    stability = {"silhouette": number(groups.silhouette, lang, DIGITS), "rand": number(groups.rand, lang, DIGITS)}
    said.append(
        text(f"replicate.groups.{'stable' if groups.stable else 'unstable'}", lang, count=number(len(groups.medoids), lang), **stability)
    )
    if (found.quarters["missing_share"] > about.study.assumed("quarters.missing_told")).any():
        said.append(text("replicate.missing", lang))
    return said


_LEAD = {"area": "reference_area_m2", "share": "floor_share", "investment": "investment", "co2": "co2_saving_t_a"}


def _owner(row: Any, lang: str) -> str:
    """Kind of owner of most floor; said to be estimated where no register tells any."""
    told = text(f"finance.party.{row.owner}", lang)
    return told if row.owner_told_share > 0 else text("replicate.owner_by_use", lang, owner=told)


def quarter_lines(found: Replication, about: About, lang: str) -> list[str]:
    """The likest quarters, a line each."""
    lines = []
    for row in found.quarters.head(SHOWN).itertuples():
        figures = {name: _said(f"replica_{name}", getattr(row, COLUMNS[f"replica_{name}"]), lang) for name in _LINE}
        place = about.places[row.place]
        lines.append(
            text("replicate.line", lang, rank=row.Index, place=place, label=block_name(row.label, lang), **figures)
            + f" {getattr(row, f'differences_{lang}')}."
        )
    return lines


_LINE = ("area", "distance", "primary_saving", "balance", "investment")


def _heads(names: Mapping[str, str], lang: str) -> list[dict[str, str]]:
    return [{"name": FIGURES[name].label(lang), "unit": written_unit(FIGURES[name].unit, lang)} for name in names]


def _cells(row: Any, names: Mapping[str, str], lang: str) -> list[str]:
    return [FIGURES[figure].words(FIGURES[figure].told(float(getattr(row, column))), lang) for figure, column in names.items()]


def _page(found: Replication, about: About, lang: str) -> str:
    """HTML text of the page in one language; all values are escaped by the template."""
    import jinja2

    quarters = [
        {
            "rank": row.Index,
            "name": block_name(row.label, lang),
            "place": about.places[row.place],
            "blocks": number(row.block_count, lang),
            "type": text(f"code.{row.block_type}", lang),
            "cells": _cells(row, COLUMNS, lang),
            "owner": _owner(row, lang),
            "differences": getattr(row, f"differences_{lang}"),
        }
        for row in found.quarters.head(SHOWN).itertuples()
    ]
    owners = [
        {"place": about.places[row.Index[0]], "name": text("replicate.all" if row.Index[1] == "all" else f"finance.party.{row.Index[1]}", lang),
         "cells": _cells(row, OF_OWNERS, lang)}
        for row in found.totals.itertuples()
    ]  # fmt: skip
    covered = [
        {"distance": FIGURES["replica_distance"].words(float(at), lang), "share": _said("replica_share", share, lang)}
        for at, share in found.coverage["floor_share"].items()
    ]
    place = resources.files("ped_geo.outputs")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((place / "replication.html.j2").read_text(encoding="utf-8"))
    return template.render(
        lang=lang,
        title=text("replicate.title", lang, pilot=about.pilot, places=", ".join(about.places.values())),
        style=(place / "report" / "report.css").read_text(encoding="utf-8"),
        sentences=lead(found, about, lang),
        heads=_heads(COLUMNS, lang),
        quarters=quarters,
        owner_heads=_heads(OF_OWNERS, lang),
        owners=owners,
        covered=covered,
        attribution=about.attribution,
        say=lambda key: text(f"replicate.{key}", lang),
    )


def _layers(found: Replication) -> dict[str, tuple[DocumentedLayer, LayerStyle]]:
    quarters, blocks = found.quarters, found.blocks
    flat = blocks.reset_index().set_index("block_id")
    columns = schema.columns("replica_blocks") | {"place": schema.columns("replicas")["place"]}
    types = LayerStyle("block_type", kind="categorised", column="block_type", categories=type_categories(flat["block_type"]))
    nothing = (text("replicate.all", "pl"), text("replicate.all", "en"))
    near = LayerStyle("distance", kind="graduated", column="distance", classes=amount_classes(flat["distance"], DIGITS), nothing=nothing)
    layers = {"replicas": (DocumentedLayer(quarters, schema.columns("replicas")), near)} if len(quarters) else {}
    return {**layers, "replica_blocks": (DocumentedLayer(flat, columns), types)}


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    """A table without outlines, in which no word of the data becomes a formula."""
    plain = frame.drop(columns="geometry", errors="ignore")
    words = {name: plain[name].map(safe_text) for name, kind in plain.dtypes.items() if kind.name in {"object", "string", "str"}}
    return plain.assign(**words)


def write_replication(found: Replication, about: About, folder: Path) -> list[Path]:
    """
    Write all products of a comparison.

    Parameters
    ----------
    found : Replication
        What was found.
    about : About
        What was compared.
    folder : Path
        Where the files go.

    Returns
    -------
    list of Path
        The pages first.
    """
    files = []
    for lang in LANGUAGES:
        page = folder / f"replication{'' if lang == 'pl' else f'.{lang}'}.html"
        page.write_text(_page(found, about, lang), encoding="utf-8")
        files.append(page)
    for name in TABLES:
        path = folder / f"{name}.csv"
        _table(getattr(found, name)).to_csv(path, lineterminator="\n", float_format="%.10g")
        files.append(path)
    frozen = folder / "scaling.json"
    kept = {"weight_of_estimated": about.study.assumed("quarters.inferred_weight"), "variables": [asdict(one) for one in scaling()]}
    frozen.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
    package = folder / "replication.gpkg"
    styled_geopackage(package, _layers(found))
    return [*files, frozen, package]
