"""Two runs, or two variants of one run, side by side: what differs in indicators, verdicts and blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ped_geo.engine.files import shown, stands
from ped_geo.errors import RunError, StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.outputs.figures import FIGURES, has_heat, rows_of
from ped_geo.sources._files import one_line
from ped_geo.study import Study, Variant

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["COMPARED", "LEAST_OVERLAP", "Comparison", "FinishedRun", "compare_runs", "compare_variants", "read_run"]

COMPARED = {"balance": "balance", "primary": "primary", "co2": "co2", "nox": "nox", "pv": "pv_m2", "investment": "investment_m2"}
"""What is compared of blocks, and the figure behind it; all are by heated floor."""

LEAST_OVERLAP = 0.5
"""Share of its area with which a block must lie in one block of the other run to be paired with it."""

_INDEXES: Final[dict[str, tuple[list[str], tuple[str, ...]]]] = {
    "figures": (["scope", "group_id", "variant", "figure"], ("value",)),
    "kpis": (["variant", "kpi"], ("value", "unit")),
    "verdicts": (["group_id", "definition"], ("margin_kwh_m2a",)),
}
"""Index and needed columns of each table."""

_FILES = ("manifest.json", "blocks.parquet", *(f"{name}.csv" for name in _INDEXES))

_DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    RuntimeError,
    ArithmeticError,
    OSError,
)
"""What readers of JSON, CSV, GeoParquet, coordinate systems and shapes let through of damaged files."""


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
    figures, kpis, verdicts : DataFrame
        Tables of the same names, indexed as their layers.
    attribution : str
        Of its data.
    """

    name: str
    study: Study
    blocks: gpd.GeoDataFrame
    figures: pd.DataFrame
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
    import pyarrow as pa

    there = stands(folder)
    missing = [name for name in _FILES if not (there and (folder / name).is_file())]
    if missing:
        raise RunError(Sentence("error.holds_no_finished_run_it", folder=shown(folder), names=", ".join(missing)))
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        study = Study.model_validate(manifest["study"])
        blocks = gpd.read_parquet(folder / "blocks.parquet")[["label", "reference_area_m2", "geometry"]]
        tables = {name: _table(folder / f"{name}.csv") for name in _INDEXES}
        attribution = str(manifest["inputs"]["place"].get("attribution", ""))
        _check_blocks(blocks)
        _check_whole(study, blocks, tables)
    except (*_DAMAGE, pa.ArrowException) as error:
        reason = one_line(error) or type(error).__name__
        raise RunError(Sentence("error.cannot_be_read_as_run", folder=shown(folder), reason=reason)) from None
    return FinishedRun(folder.name, study, blocks, tables["figures"], tables["kpis"], tables["verdicts"], attribution)


def _table(path: Path) -> pd.DataFrame:
    """
    One table of a run, indexed as its layer.

    Raises
    ------
    ValueError
        If columns are missing, a key stands twice or a figure is no number.
    """
    keys, figures = _INDEXES[path.stem]
    table = pd.read_csv(path, dtype=dict.fromkeys(keys, "str"))
    lacking = [name for name in (*keys, *figures) if name not in table]
    if lacking:
        raise ValueError(f"{path.name} lacks the columns {', '.join(lacking)}")
    if path.stem == "figures":
        # what no variant changes has none
        table["variant"] = table["variant"].fillna("")
    if table[keys].isna().any(axis=None) or table.duplicated(keys).any():
        raise ValueError(f"{path.name} names a row twice or not at all in {', '.join(keys)}")
    words = [name for name in figures if len(table) and name != "unit" and not pd.api.types.is_numeric_dtype(table[name])]
    if words:
        raise ValueError(f"{path.name} holds words where numbers belong, in {', '.join(words)}")
    return table.set_index(keys)


def _check_blocks(blocks: gpd.GeoDataFrame) -> None:
    if not blocks.index.is_unique or blocks.geometry.isna().any() or not blocks.geometry.is_valid.all() or blocks.crs is None:
        raise ValueError("blocks.parquet lacks shapes, a coordinate system or names of its own for each block")
    if not pd.api.types.is_numeric_dtype(blocks["reference_area_m2"]):
        raise ValueError("blocks.parquet holds words where numbers belong, in reference_area_m2")


def _check_whole(study: Study, blocks: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> None:
    """A table that breaks off between two rows is still a table; where nothing is heated there are no verdicts."""
    keys = {variant.key for variant in study.variants}
    lacking = keys - set(tables["kpis"].index.get_level_values("variant"))
    if lacking:
        raise ValueError(f"kpis.csv has no row of the variants {', '.join(sorted(lacking))}")
    if not has_heat(blocks).any():
        return
    of_blocks = tables["figures"].xs("block", level="scope").index.droplevel("group_id").unique()
    lost = [f"{figure} of {key}" for key in sorted(keys) for figure in COMPARED.values() if (key, figure) not in of_blocks]
    if lost:
        raise ValueError(f"figures.csv has no row of {', '.join(lost)}")
    if "district" not in tables["verdicts"].index.get_level_values("group_id"):
        raise ValueError("verdicts.csv has no verdict of the district")


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
        raise StudyError(Sentence("error.and_have_no_variant_in", first=first.name, ours=ours, second=second.name, theirs=theirs))
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
            raise StudyError(Sentence("error.has_no_variant_it_has", run=run.name, key=key, names=", ".join(known)))
    return _compared(run, run, ((known[one], known[other]),))


def _compared(first: FinishedRun, second: FinishedRun, pairs: tuple[tuple[Variant, Variant], ...]) -> Comparison:
    other, by_overlap = _paired(first.blocks, second.blocks)
    if not other.ne("").any():
        raise StudyError(Sentence("error.no_block_lies_in_block", first=first.name, second=second.name))
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
    # money of two currencies has no difference
    common = common[(one.loc[common, "unit"] == other.loc[common, "unit"]).to_numpy()]
    return pd.DataFrame(
        {
            "table": "kpi",
            "item": common,
            "unit": one.loc[common, "unit"].to_numpy(),
            "first": one.loc[common, "value"].to_numpy(dtype=float),
            "second": other.loc[common, "value"].to_numpy(dtype=float),
        }
    )


def _of_blocks(run: FinishedRun, variant: Variant, figure: str) -> pd.Series:
    """A figure of the run's blocks; index block_id."""
    levels = run.figures.index
    wanted = (("scope", "block"), ("variant", variant.key), ("figure", figure))
    mine = run.figures["value"][np.logical_and.reduce([levels.get_level_values(level) == key for level, key in wanted])]
    return mine.droplevel(["scope", "variant", "figure"])


def _block_rows(first: FinishedRun, second: FinishedRun, ours: Variant, theirs: Variant, other: pd.Series) -> pd.DataFrame:
    held = other[other != ""]
    parts = []
    for item, figure in COMPARED.items():
        values = _of_blocks(first, ours, figure).reindex(held.index), _of_blocks(second, theirs, figure).reindex(held)
        told = {"item": item, "unit": FIGURES[figure].unit}
        shown: dict[str, Any] = {"table": "block", "block_id": held.index, "other_block_id": held.to_numpy(), **told}
        parts.append(pd.DataFrame(shown | {"first": values[0].to_numpy(), "second": values[1].to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def _verdict_rows(first: FinishedRun, second: FinishedRun) -> pd.DataFrame:
    one, other = (rows_of(run.verdicts, "group_id", "district") for run in (first, second))
    common = one.index.intersection(other.index)
    margins = (frame.loc[common, "margin_kwh_m2a"].to_numpy(dtype=float) for frame in (one, other))
    names = ("first", "second")
    return pd.DataFrame({"table": "verdict", "item": common, "unit": "kWh/(m²·a)", **dict(zip(names, margins, strict=True))})
