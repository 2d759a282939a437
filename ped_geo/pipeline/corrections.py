"""What each correction changed: the value before and after, the heat of its building, and that of the whole place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ped_geo import schema
from ped_geo.site import Site
from ped_geo.sources.corrections import CORRECTED
from ped_geo.sources.registers import no_rows
from ped_geo.study import Retrofit, Study

if TYPE_CHECKING:
    from ped_geo.engine import Layers

__all__ = ["correction_report"]

NEEDED: Final = ("buildings", "streets", "blocks", "envelope", "packages", "demand")
EXISTING: Final = "existing"
ATTRIBUTES: Final = {
    "storeys": "storeys_above_ground",
    "years": "construction_year",
    "building_uses": "use",
    "heat_supply": "heat_supply",
    "works": "refurbishment_state",
    "heated_share": "reference_area_m2",
}
"""Column of the layer ``buildings`` that each kind of correction changes."""


def correction_report(study: Study, site: Site, layers: Layers, made: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """
    Each row of the file of corrections with what it changed, against the same place computed without any of them.

    The place without corrections goes only as far as the need of today's buildings, so that the comparison takes seconds.

    Parameters
    ----------
    study : Study
        Settings.
    site : Site
        Where it lies.
    layers : mapping of str to DataFrame
        What went into the run: ``registers`` with the rows of corrections, ``footprints`` with new buildings.
    made : mapping of str to DataFrame
        What came of it.

    Returns
    -------
    DataFrame
        Layer ``correction_report``, one row for each row of corrections; empty without any.
    """
    rows = layers["registers"]
    corrected = rows["source"].str.startswith(CORRECTED) if len(rows) else pd.Series(dtype=bool)
    if not corrected.any() or "need" not in made:
        return _empty()
    before = _before(study, site, layers, rows[~corrected])
    report = _reported(rows[corrected], made["register_report"])
    ids, kinds = report["building_id"].astype("str"), report["kind"].astype("str")
    heat = {name: _heat(found["need"]) for name, found in (("before", before), ("after", made))}
    told: dict[str, Any] = {}
    for name, found in (("before", before), ("after", made)):
        values = [_value(found["buildings"], building, kind) for building, kind in zip(ids, kinds, strict=True)]
        told[name] = pd.array(values, dtype="str")
    for name, need in heat.items():
        told[f"heat_{name}_kwh_a"] = need.reindex(ids).to_numpy(dtype="float64")
        told[f"place_heat_{name}_kwh_a"] = float(need.sum())
    return schema.check_layer("correction_report", report.assign(**told))


def _before(study: Study, site: Site, layers: Layers, registers: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """The need of today's buildings as it was without corrections."""
    from ped_geo.pipeline import STEPS, run_steps

    footprints = layers["footprints"]
    kept = {**layers, "registers": registers if len(registers) else no_rows()}
    kept["footprints"] = footprints[~footprints["source"].astype("str").str.startswith(CORRECTED)]
    today = study.model_copy(update={"retrofit": Retrofit(packages=(EXISTING,))})
    return run_steps(tuple(step for step in STEPS if step.name in NEEDED), today, site, kept, store=None)


def _heat(need: pd.DataFrame) -> pd.Series:
    """Heat need of each building as it is today. [kWh/a]."""
    return need["heat_need_kwh_a"].xs(EXISTING, level="package")


def _reported(rows: pd.DataFrame, report: pd.DataFrame) -> pd.DataFrame:
    """Rows of the report of registers that are corrections, with who made them; file, row and kind tell each of them."""
    key = ["file", "row", "kind"]
    who = rows[[*key, "source"]].drop_duplicates(key)
    found = report.astype({"kind": "str", "file": "str"}).merge(who.astype({"kind": "str", "file": "str"}), on=key, how="inner")
    return found.sort_values(["file", "row", "kind"], kind="stable").reset_index(drop=True).rename_axis("entry")


def _value(buildings: pd.DataFrame, building: str, kind: str) -> str:
    """An attribute as text; of one that is added or taken away, whether the building is there."""
    if kind in {"exclude", "new_building"}:
        return "1" if building in buildings.index else "0"
    column = ATTRIBUTES.get(kind)
    if column is None or building not in buildings.index:
        return ""
    value: Any = buildings.at[building, column]
    if pd.isna(value):
        return ""
    return f"{value:.0f}" if isinstance(value, (int, float)) else str(value)


def _empty() -> pd.DataFrame:
    kinds = {"int": "int64", "float": "float64"}
    columns = {name: pd.Series(dtype=kinds.get(column.dtype, "str")) for name, column in schema.columns("correction_report").items()}
    return pd.DataFrame(columns).rename_axis("entry")
