"""What each correction changed: the value before and after, the heat of its building, balance and money of its block and of the place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ped_geo import schema
from ped_geo.engine import Store
from ped_geo.outputs.single_households import is_single_household
from ped_geo.plans.recommendation import recommended_variant
from ped_geo.plans.variant_space import is_untouched
from ped_geo.site import Site
from ped_geo.sources.corrections import CORRECTED
from ped_geo.sources.registers import no_rows
from ped_geo.study import Study

if TYPE_CHECKING:
    from ped_geo.engine import Layers, Step
    from ped_geo.study import Variant

__all__ = ["correction_report", "uncorrected_steps"]

BALANCE: Final = "primary_energy_balance_kwh_a"

WITHHELD: Final = ("asked", "said", "before", "after", "heat_before_kwh_a", "heat_after_kwh_a")
"""What a row tells of the household of its building."""

EXISTING: Final = "existing"
UNCORRECTED: Final = ".uncorrected"
"""Folder of the steps of the place without corrections, within that of the steps."""

MONEY: Final = {"investment": "investment", "value": "npv"}
"""What the report tells of the recommended way, and the column of the layer ``variant_costs``."""

ATTRIBUTES: Final = {
    "storeys": "storeys_above_ground",
    "years": "construction_year",
    "building_uses": "use",
    "heat_supply": "heat_supply",
    "works": "refurbishment_state",
    "heated_share": "reference_area_m2",
}
"""Column of the layer ``buildings`` that each kind of correction changes."""


def uncorrected_steps(folder: Path, registers: pd.DataFrame) -> Store | None:
    """
    Where steps of the place without corrections are kept; at first those of the run before, which the corrected run then replaces.

    Parameters
    ----------
    folder : Path
        Of the steps of a run, before they are computed with corrections.
    registers : DataFrame
        Layer ``registers`` with the rows of corrections.

    Returns
    -------
    Store or None
        None without corrections: what was kept is then removed.
    """
    beside = folder / UNCORRECTED
    if not _corrected(registers).any():
        shutil.rmtree(beside, ignore_errors=True)
        return None
    if folder.is_dir() and not beside.exists():
        for step in folder.glob("[!.]*"):
            shutil.copytree(step, beside / step.name, copy_function=_linked)
    return Store(beside)


def _linked(source: str, target: str) -> None:
    """The same file under another name, where the disk knows that; a step is only ever replaced, so neither changes the other."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _corrected(registers: pd.DataFrame) -> pd.Series:
    """Which rows of registers are corrections."""
    return registers["source"].str.startswith(CORRECTED) if len(registers) else pd.Series(dtype=bool)


def correction_report(
    study: Study, site: Site, layers: Layers, made: Mapping[str, pd.DataFrame], store: Store | None = None
) -> pd.DataFrame:
    """
    Each row of the file of corrections with what it changed, against the same place computed without any of them.

    The place without corrections goes as far as the recommended way, of steps that the run before the corrections mostly kept. Balances
    are those of today; investment and net present value (with grants) those of the way that is recommended before, and after. Rows on buildings of one household say whether they were used, and nothing of the household.

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
    store : Store, optional
        Where steps without corrections are kept (`uncorrected_steps`).

    Returns
    -------
    DataFrame
        Layer ``correction_report``, one row for each row of corrections; empty without any.
    """
    rows = layers["registers"]
    corrected = _corrected(rows)
    if not corrected.any() or "need" not in made:
        return _empty()
    today = next((variant for variant in study.variants if is_untouched(variant)), None)
    before = _before(study, site, layers, rows[~corrected], store)
    report = _reported(rows[corrected], made["register_report"])
    ids, kinds = report["building_id"].astype("str"), report["kind"].astype("str")
    told: dict[str, Any] = {}
    for name, found in (("before", before), ("after", made)):
        values = [_value(found["buildings"], building, kind) for building, kind in zip(ids, kinds, strict=True)]
        told[name] = pd.array(values, dtype="str")
        heat = _heat(found["need"])
        told[f"heat_{name}_kwh_a"] = heat.reindex(ids).to_numpy(dtype="float64")
        told[f"place_heat_{name}_kwh_a"] = float(heat.sum())
        blocks = _blocks_of(found["buildings"], ids)
        told |= _balances(name, found, blocks, today) | _money(name, found, blocks, study)
    private = _single_households(before["buildings"]) | _single_households(made["buildings"])
    report = report.assign(**told)
    hidden = ids.isin(private).to_numpy()
    for column in WITHHELD:
        report[column] = report[column].mask(hidden, float("nan") if column.startswith("heat") else "")
    return schema.check_layer("correction_report", report)


def _single_households(buildings: pd.DataFrame) -> set[str]:
    return set(buildings.index[is_single_household(buildings)])


def _blocks_of(buildings: pd.DataFrame, ids: pd.Series) -> Any:
    """Block of the building of each row; a row on a block names it instead of a building."""
    blocks = buildings["block_id"].reindex(ids).astype("object")
    return blocks.where(blocks.notna(), ids.to_numpy()).to_numpy()


def _both(name: str, what: str, values: pd.Series, blocks: Any) -> dict[str, Any]:
    """A sum of the block of each row, missing where its building lies in none, and of the place; `name` is ``before`` or ``after``."""
    start, _, end = what.partition("*")
    return {
        f"block_{start}{name}{end}": values.reindex(blocks).to_numpy(dtype="float64"),
        f"place_{start}{name}{end}": float(values.sum()),
    }


def _balances(name: str, found: Mapping[str, pd.DataFrame], blocks: Any, today: Variant | None) -> dict[str, Any]:
    """Balance of today."""
    balance = found["balance"][BALANCE].xs(today.key, level="variant") if today else pd.Series([float("nan")])
    return _both(name, "balance_*_kwh_a", balance, blocks)


def _money(name: str, found: Mapping[str, pd.DataFrame], blocks: Any, study: Study) -> dict[str, Any]:
    """The recommended way, its investment and its value."""
    way = recommended_variant(found["recommendation"], study)
    costs = found["variant_costs"].xs(way, level="variant")
    told: dict[str, Any] = {f"way_{name}": way}
    for what, column in MONEY.items():
        told |= _both(name, f"{what}_*", costs[column], blocks)
    return told


def _before(study: Study, site: Site, layers: Layers, registers: pd.DataFrame, store: Store | None) -> Mapping[str, pd.DataFrame]:
    """The place as far as the recommended way, as it was without corrections."""
    from ped_geo.pipeline import PASSING, STEPS, run_steps

    footprints = layers["footprints"]
    kept = {**layers, "registers": registers if len(registers) else no_rows()}
    kept["footprints"] = footprints[~footprints["source"].astype("str").str.startswith(CORRECTED)]
    return run_steps(_leading_to("recommendation", STEPS), study, site, kept, store=store, passing=PASSING)


def _leading_to(layer: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps without which a layer is not made, in their order."""
    wanted, needed = {layer}, []
    for step in reversed(steps):
        if wanted & set(step.gives):
            needed.append(step)
            wanted |= set(step.needs)
    return tuple(reversed(needed))


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
