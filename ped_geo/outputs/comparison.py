"""Two runs, or two variants of one run, side by side: what differs in indicators, verdicts and blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ped_geo.errors import RunError, StudyError
from ped_geo.outputs.figures import FIGURES, has_heat
from ped_geo.study import Study, Variant

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["COMPARED", "LEAST_OVERLAP", "Comparison", "FinishedRun", "compare_runs", "compare_variants", "read_run"]

COMPARED = {
    "balance": ("primary_energy_balance_kwh_a", "balance", 1.0),
    "primary": ("primary_energy_nren_kwh_a", "primary", 1.0),
    "co2": ("co2_kg_a", "co2", 1.0),
    "nox": ("nox_kg_a", "nox", 1000.0),
    "pv": ("pv_kwh_a", "pv_m2", 1.0),
    "investment": ("investment_pln", "investment_m2", 1.0),
}
"""What is compared of blocks, each per m² of heated floor: column of the layer ``balance``, figure, and its units per unit of the column."""

LEAST_OVERLAP = 0.5
"""Share of its area with which a block must lie in one block of the other run to be paired with it."""

_FILES = ("manifest.json", "blocks.parquet", "balance.csv", "kpis.csv", "verdicts.csv")


@dataclass(frozen=True)
class FinishedRun:
    """
    What a run left in its folder.

    Attributes
    ----------
    name : str
        Of the folder.
    study : Study
        Its settings.
    blocks : GeoDataFrame, index block_id
        ``label``, ``reference_area_m2`` [m²] and geometry.
    balance, kpis, verdicts : DataFrame
        Tables of the same names, indexed as their layers.
    attribution : str
        Of its data.
    """

    name: str
    study: Study
    blocks: gpd.GeoDataFrame
    balance: pd.DataFrame
    kpis: pd.DataFrame
    verdicts: pd.DataFrame
    attribution: str


@dataclass(frozen=True)
class Comparison:
    """
    Differences, second less first.

    Attributes
    ----------
    first, second : FinishedRun
        The runs; the same where variants are compared.
    pairs : tuple of (Variant, Variant)
        Variant of the first and of the second run, as compared.
    blocks : GeoDataFrame, index block_id of the first run
        ``label``, ``other`` (block of the second run, empty where none fits), ``reference_area_m2`` and geometry.
    by_overlap : bool
        Whether blocks were paired by area because the runs draw them differently.
    table : DataFrame
        ``table`` (``kpi``, ``verdict``, ``block``), ``variant``, ``item``, ``block_id``, ``other_block_id``, ``unit``, ``first``,
        ``second``, ``difference``.
    """

    first: FinishedRun
    second: FinishedRun
    pairs: tuple[tuple[Variant, Variant], ...]
    blocks: gpd.GeoDataFrame
    by_overlap: bool
    table: pd.DataFrame


def read_run(folder: Path) -> FinishedRun:
    """
    Read what a finished run left.

    Raises
    ------
    RunError
        If the folder holds no finished run; the missing files are named.
    """
    import geopandas as gpd

    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise RunError(f"{folder} holds no finished run, it lacks {', '.join(missing)}; compute it first with ped-geo report.")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        study = Study.model_validate(manifest["study"])
        blocks = gpd.read_parquet(folder / "blocks.parquet")
        tables = {name: pd.read_csv(folder / f"{name}.csv", dtype={"block_id": "str"}) for name in ("balance", "kpis", "verdicts")}
    except (ValueError, KeyError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{folder} cannot be read as a run of this version ({reason}); compute it anew with ped-geo report.") from None
    place = manifest.get("inputs", {}).get("place", {})
    return FinishedRun(
        folder.name,
        study,
        blocks[["label", "reference_area_m2", "geometry"]],
        tables["balance"].set_index(["block_id", "variant"]),
        tables["kpis"].set_index(["variant", "kpi"]),
        tables["verdicts"].set_index(["scope", "definition"]),
        str(place.get("attribution", "")),
    )


def compare_runs(first: FinishedRun, second: FinishedRun) -> Comparison:
    """
    The same variants in two runs.

    Raises
    ------
    StudyError
        If the runs have no variant or no block in common.
    """
    known = {variant.key: variant for variant in second.study.variants}
    pairs = tuple((variant, known[variant.key]) for variant in first.study.variants if variant.key in known)
    if not pairs:
        ours, theirs = (", ".join(variant.key for variant in run.study.variants) for run in (first, second))
        raise StudyError(f"{first.name} ({ours}) and {second.name} ({theirs}) have no variant in common; compare runs that share one.")
    return _compared(first, second, pairs)


def compare_variants(run: FinishedRun, one: str, other: str) -> Comparison:
    """
    Two variants of one run.

    Raises
    ------
    StudyError
        If the run has no such variant; those it has are listed.
    """
    known = {variant.key: variant for variant in run.study.variants}
    for key in (one, other):
        if key not in known:
            raise StudyError(f"{run.name} has no variant {key!r}; it has {', '.join(known)}.")
    return _compared(run, run, ((known[one], known[other]),))


def _compared(first: FinishedRun, second: FinishedRun, pairs: tuple[tuple[Variant, Variant], ...]) -> Comparison:
    other, by_overlap = _paired(first.blocks, second.blocks)
    if not other.ne("").any():
        raise StudyError(f"no block of {first.name} lies in a block of {second.name}; compare runs of the same place.")
    parts = []
    for ours, theirs in pairs:
        key = ours.key if ours.key == theirs.key else f"{ours.key} → {theirs.key}"
        rows = (_kpi_rows(first, second, ours, theirs), _block_rows(first, second, ours, theirs, other))
        parts += [part.assign(variant=key) for part in rows]
    if first is not second:
        parts.append(_verdict_rows(first, second))
    table = pd.concat(parts, ignore_index=True)
    columns = ["table", "variant", "item", "block_id", "other_block_id", "unit", "first", "second"]
    table = table.reindex(columns=columns).fillna(dict.fromkeys(columns[:6], ""))
    return Comparison(
        first, second, pairs, first.blocks.assign(other=other), by_overlap, table.assign(difference=table["second"] - table["first"])
    )


def _paired(ours: gpd.GeoDataFrame, theirs: gpd.GeoDataFrame) -> tuple[pd.Series, bool]:
    """Block of the second run for each of the first: the one of the same name and shape, else the one in which most of it lies."""
    import shapely

    there = theirs.to_crs(ours.crs)
    common = ours.index.intersection(there.index)
    same = len(common) == len(ours) == len(there)
    if same and shapely.equals_exact(ours.geometry.to_numpy(), there.geometry.loc[ours.index].to_numpy(), tolerance=0.01).all():
        return pd.Series(ours.index, index=ours.index, dtype="str"), False
    one, other = there.sindex.query(ours.geometry, predicate="intersects")
    mine, found = ours.geometry.to_numpy(), there.geometry.to_numpy()
    share = shapely.area(shapely.intersection(mine[one], found[other])) / shapely.area(mine[one])
    best = pd.DataFrame({"one": one, "other": other, "share": share}).sort_values("share").drop_duplicates("one", keep="last")
    best = best[best["share"] >= LEAST_OVERLAP]
    names = pd.Series("", index=ours.index, dtype="str")
    names.iloc[best["one"].to_numpy()] = there.index.to_numpy(dtype=str)[best["other"].to_numpy()]
    return names, True


def _kpi_rows(first: FinishedRun, second: FinishedRun, ours: Variant, theirs: Variant) -> pd.DataFrame:
    one, other = first.kpis.xs(ours.key, level="variant"), second.kpis.xs(theirs.key, level="variant")
    common = one.index.intersection(other.index)
    return pd.DataFrame(
        {
            "table": "kpi",
            "item": common,
            "unit": one.loc[common, "unit"].to_numpy(),
            "first": one.loc[common, "value"].to_numpy(dtype=float),
            "second": other.loc[common, "value"].to_numpy(dtype=float),
        }
    )


def _per_area(run: FinishedRun, variant: Variant, column: str) -> pd.Series:
    rows = run.balance.xs(variant.key, level="variant")
    area = rows["reference_area_m2"].where(has_heat(rows))
    return rows[column] / area if column in rows else pd.Series(np.nan, index=rows.index)


def _block_rows(first: FinishedRun, second: FinishedRun, ours: Variant, theirs: Variant, other: pd.Series) -> pd.DataFrame:
    held = other[other != ""]
    parts = []
    for item, (column, figure, factor) in COMPARED.items():
        values = factor * _per_area(first, ours, column).reindex(held.index), factor * _per_area(second, theirs, column).reindex(held)
        told = {"item": item, "unit": FIGURES[figure].unit}
        shown: dict[str, Any] = {"table": "block", "block_id": held.index, "other_block_id": held.to_numpy(), **told}
        parts.append(pd.DataFrame(shown | {"first": values[0].to_numpy(), "second": values[1].to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def _verdict_rows(first: FinishedRun, second: FinishedRun) -> pd.DataFrame:
    one, other = first.verdicts.xs("district", level="scope"), second.verdicts.xs("district", level="scope")
    common = one.index.intersection(other.index)
    margins = (frame.loc[common, "margin_kwh_m2a"].to_numpy(dtype=float) for frame in (one, other))
    names = ("first", "second")
    return pd.DataFrame({"table": "verdict", "item": common, "unit": "kWh/(m²·a)", **dict(zip(names, margins, strict=True))})
