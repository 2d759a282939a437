"""What each correction changed: the value before and after, the heat of its building, and the balance of its block and of the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ped_geo import schema
from ped_geo.outputs.single_households import is_single_household
from ped_geo.plans.variant_space import is_untouched
from ped_geo.site import Site
from ped_geo.sources.corrections import CORRECTED
from ped_geo.sources.registers import no_rows
from ped_geo.study import Retrofit, Study, Supply

if TYPE_CHECKING:
    from ped_geo.engine import Layers, Step, Store
    from ped_geo.study import Variant

__all__ = ["correction_report"]

BALANCE: Final = "primary_energy_balance_kwh_a"

WITHHELD: Final = ("asked", "said", "before", "after", "heat_before_kwh_a", "heat_after_kwh_a")
"""What a row tells of the household of its building."""

EXISTING: Final = "existing"
TODAY: Final = "today"
ATTRIBUTES: Final = {
    "storeys": "storeys_above_ground",
    "years": "construction_year",
    "building_uses": "use",
    "heat_supply": "heat_supply",
    "works": "refurbishment_state",
    "heated_share": "reference_area_m2",
}
"""Column of the layer ``buildings`` that each kind of correction changes."""


def correction_report(
    study: Study, site: Site, layers: Layers, made: Mapping[str, pd.DataFrame], store: Store | None = None
) -> pd.DataFrame:
    """
    Each row of the file of corrections with what it changed, against the same place computed without any of them.

    The place without corrections goes only as far as the balance of today, of steps that the run before the corrections mostly kept.
    Rows on buildings of one household say whether they were used, and nothing of the household.

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
        Where steps of earlier runs are kept.

    Returns
    -------
    DataFrame
        Layer ``correction_report``, one row for each row of corrections; empty without any.
    """
    rows = layers["registers"]
    corrected = rows["source"].str.startswith(CORRECTED) if len(rows) else pd.Series(dtype=bool)
    if not corrected.any() or "need" not in made:
        return _empty()
    today = next((variant for variant in study.variants if is_untouched(variant)), None)
    before = _before(study, site, layers, rows[~corrected], today, store)
    report = _reported(rows[corrected], made["register_report"])
    ids, kinds = report["building_id"].astype("str"), report["kind"].astype("str")
    told: dict[str, Any] = {}
    for name, found in (("before", before), ("after", made)):
        values = [_value(found["buildings"], building, kind) for building, kind in zip(ids, kinds, strict=True)]
        told[name] = pd.array(values, dtype="str")
        heat = _heat(found["need"])
        told[f"heat_{name}_kwh_a"] = heat.reindex(ids).to_numpy(dtype="float64")
        told[f"place_heat_{name}_kwh_a"] = float(heat.sum())
        told |= _of_blocks(name, found, ids, today)
    private = _single_households(before["buildings"]) | _single_households(made["buildings"])
    report = report.assign(**told)
    hidden = ids.isin(private).to_numpy()
    for column in WITHHELD:
        report[column] = report[column].mask(hidden, float("nan") if column.startswith("heat") else "")
    return schema.check_layer("correction_report", report)


def _single_households(buildings: pd.DataFrame) -> set[str]:
    return set(buildings.index[is_single_household(buildings)])


def _of_blocks(name: str, found: Mapping[str, pd.DataFrame], ids: pd.Series, today: Variant | None) -> dict[str, Any]:
    """Balance of today: of the block of each row, missing where its building lies in none, and of the place."""
    columns = (f"block_balance_{name}_kwh_a", f"place_balance_{name}_kwh_a")
    if today is None:
        return dict.fromkeys(columns, float("nan"))
    balance = found["balance"][BALANCE].xs(today.key, level="variant")
    blocks = found["buildings"]["block_id"].reindex(ids).astype("object")
    # a row on a block names it instead of a building
    named = blocks.where(blocks.notna(), ids.to_numpy()).to_numpy()
    return dict(zip(columns, (balance.reindex(named).to_numpy(dtype="float64"), float(balance.sum())), strict=True))


def _before(
    study: Study, site: Site, layers: Layers, registers: pd.DataFrame, today: Variant | None, store: Store | None
) -> Mapping[str, pd.DataFrame]:
    """Need and balance of today as they were without corrections."""
    from ped_geo.pipeline import STEPS, run_steps

    footprints = layers["footprints"]
    kept = {**layers, "registers": registers if len(registers) else no_rows()}
    kept["footprints"] = footprints[~footprints["source"].astype("str").str.startswith(CORRECTED)]
    alone: dict[str, Any] = {"retrofit": Retrofit(packages=(EXISTING,)), "supply": Supply(options=(TODAY,))}
    alone |= {"variants": (today,)} if today else {}
    asked = "balance" if today else "need"
    return run_steps(_leading_to(asked, STEPS), study.model_copy(update=alone), site, kept, store=store)


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
