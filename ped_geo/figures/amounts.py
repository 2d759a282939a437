"""What figures are made of: sums of groups of blocks in each variant, from the layers that the other stages leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.figures.block_plans import plan_amounts
from ped_geo.networks.density import connected_trenches
from ped_geo.plans import has_flats
from ped_geo.plans.heat_company import reached_floor

if TYPE_CHECKING:
    from ped_geo.study import Study

__all__ = ["CHOSEN", "DISTRICT", "Amounts", "Layers", "amounts_of_variants", "facts_of_groups", "in_all_variants", "roofs_of_blocks"]

Layers = Mapping[str, Any]
"""Layers by their names in `ped_geo.schema`."""

DISTRICT = "district"
CHOSEN = "chosen"
"""Variant of a candidate, whose blocks have one each."""

NETTED = {f"{name}_kg_a": f"{name}_kg" for name in ("nox", "so2", "pm10", "pm25", "bap")}
"""Amounts of which the district has less than the sum of its blocks, and their indicators: what one block sends another within an hour is not bought."""

MONEY = ("investment", "grant", "saving_a", "npv", "network_investment", "flats_bill_a", "flats_works_a")
"""Columns of the layer ``variant_costs`` of which figures are made."""

PEOPLE = ("residents", "residents_low", "residents_high")
_KEYS = ["scope", "group_id", "variant"]


@dataclass(frozen=True)
class Amounts:
    """
    Amounts of groups of blocks.

    Attributes
    ----------
    frame : DataFrame, index (``scope``, ``group_id``, ``variant``)
        Columns of the layers ``balance``, ``variant_costs``, ``need``, ``blocks`` and ``pv_buildings``, in their units.
    """

    frame: pd.DataFrame

    def __getitem__(self, name: str) -> pd.Series:
        """One amount; not a number where the layers lack it."""
        return self.frame[name] if name in self.frame else pd.Series(np.nan, index=self.frame.index)

    @cached_property
    def floor_m2(self) -> pd.Series:
        """Heated floor; not a number where nothing is heated, so that nothing is divided by it."""
        return self["reference_area_m2"].where(self["reference_area_m2"] > LEAST_FLOOR_M2)

    def per_floor(self, name: str) -> pd.Series:
        """An amount by heated floor."""
        return self[name] / self.floor_m2


def _keyed(frame: pd.DataFrame, scope: str) -> pd.DataFrame:
    """Rows of groups and variants under `scope`."""
    return pd.concat({scope: frame}).rename_axis(_KEYS)


def _need_of_blocks(layers: Layers, study: Study, index: pd.Index) -> pd.Series:
    """Space-heating demand of the rows of blocks and variants [kWh/a]; not a number where the package was not computed."""
    need, packages = layers["need"]["heat_need_kwh_a"], {variant.key: variant.package for variant in study.variants}
    block = need.index.get_level_values("building_id").map(layers["buildings"]["block_id"])
    of_block = need.groupby([block, need.index.get_level_values("package")]).sum()
    wanted = pd.MultiIndex.from_arrays([index.get_level_values("block_id"), index.get_level_values("variant").map(packages)])
    return pd.Series(of_block.reindex(wanted).to_numpy(), index=index)


def _trenches(density: pd.DataFrame | None, study: Study, index: pd.Index) -> pd.DataFrame:
    """`connected_trenches` of the rows of blocks and variants; not a number where no network was looked for."""
    if density is None:
        return pd.DataFrame({"connected_heat_mwh_a": np.nan, "trench_m": np.nan}, index=index)
    packages = {variant.key: variant.package for variant in study.variants}
    wanted = pd.MultiIndex.from_arrays([index.get_level_values("block_id"), index.get_level_values("variant").map(packages)])
    return connected_trenches(density).reindex(wanted).set_axis(index)


def _flats(buildings: pd.DataFrame) -> pd.Series:
    """Flats of each block in buildings of dwellings."""
    return buildings["dwellings"].where(has_flats(buildings), 0.0).groupby(buildings["block_id"]).sum()


def amounts_of_blocks(layers: Layers, study: Study) -> pd.DataFrame:
    """
    Amounts of blocks in each variant.

    Returns
    -------
    DataFrame, index (``block_id``, ``variant``)
    """
    balance: pd.DataFrame = layers["balance"].select_dtypes("number").astype("float64")
    costs = layers["variant_costs"].reindex(balance.index)
    delivered = balance[[name for name in balance if str(name).endswith("_delivered_kwh_a")]].sum(axis=1)
    return balance.assign(
        **_trenches(layers.get("heat_density"), study, balance.index),
        **reached_floor(layers.get("heat_reach"), study, balance.index),
        **{name: costs[name] for name in MONEY if name in costs},
        flats=_flats(layers["buildings"]).reindex(balance.index.get_level_values("block_id")).fillna(0.0).to_numpy(),
        heat_need_kwh_a=_need_of_blocks(layers, study, balance.index),
        final_energy_kwh_a=delivered + balance["pv_used_kwh_a"],
    )


def in_all_variants(blocks: pd.DataFrame, kpis: pd.Series) -> pd.DataFrame:
    """
    Amounts of the whole district by variant: sums of its blocks, and of `NETTED` those of the district.

    Parameters
    ----------
    blocks : DataFrame, index (``block_id``, ``variant``)
        Amounts of blocks.
    kpis : Series, index (``variant``, ``kpi``)
        Column ``value`` of the layer.
    """
    sums = blocks.groupby(level="variant").sum(min_count=1)
    for column, kpi in NETTED.items():
        if column in sums and kpi in kpis.index.get_level_values("kpi"):
            sums[column] = kpis.xs(kpi, level="kpi").reindex(sums.index)
    return sums


def _amounts_of_candidates(blocks: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """Amounts of each candidate: sums over its blocks in the variants chosen for them, and what the search itself says."""
    choices = {str(name): list(json.loads(chosen).items()) for name, chosen in candidates["choices"].items()}
    rows = pd.MultiIndex.from_tuples([pair for chosen in choices.values() for pair in chosen], names=blocks.index.names)
    owner = np.repeat(list(choices), [len(chosen) for chosen in choices.values()])
    sums = blocks.reindex(rows).groupby(owner).sum(min_count=1).reindex(list(choices))
    same = {"primary_energy_balance_kwh_a": "balance_kwh_a", "reference_area_m2": "reference_area_m2"}
    same |= {"investment": "investment", "grant": "grant"}
    sums = sums.assign(**{column: candidates[source].to_numpy(dtype="float64") for column, source in same.items()})
    return sums.set_index(pd.MultiIndex.from_product([sums.index, [CHOSEN]]))


def amounts_of_variants(layers: Layers, study: Study) -> Amounts:
    """
    Amounts of the district, of its blocks and of the candidates, in each variant.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``balance``, ``variant_costs``, ``need``, ``buildings``, ``kpis``, ``candidates``, ``probabilities``.
    study : Study
        Its variants.
    """
    blocks = amounts_of_blocks(layers, study)
    district = in_all_variants(blocks, layers["kpis"]["value"])
    district = district.set_index(pd.MultiIndex.from_product([[DISTRICT], district.index]))
    parts = [_keyed(district, DISTRICT), _keyed(blocks, "block")]
    if len(layers["candidates"]):
        parts.append(_keyed(_amounts_of_candidates(blocks, layers["candidates"]), "candidate"))
    frame = pd.concat(parts)
    chances = layers["probabilities"].reset_index()
    chances = chances.set_index(_KEYS)[["p_positive", "p_low", "p_high"]].reindex(frame.index)
    return Amounts(frame.join(chances))


def roofs_of_blocks(layers: Layers) -> pd.DataFrame:
    """
    What new modules fit on the roofs of each block, and what they yield; blocks without roofs are missing.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``buildings`` and ``pv_buildings``.

    Returns
    -------
    DataFrame, index ``block_id``
        ``capacity_kwp`` [kWp], ``annual_yield_kwh_a`` [kWh/a].
    """
    buildings = layers["buildings"][layers["buildings"]["in_district"]]
    return layers["pv_buildings"].groupby(buildings["block_id"])[["capacity_kwp", "annual_yield_kwh_a"]].sum()


def facts_of_groups(layers: Layers) -> Amounts:
    """
    Amounts of the district, of its blocks and of the candidates that no variant changes; the variant of each row is empty.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``blocks``, ``buildings``, ``pv_buildings``, ``candidates``.
    """
    roofs = roofs_of_blocks(layers)
    columns = ["reference_area_m2", *PEOPLE, "buildings", "area_m2"]
    blocks: pd.DataFrame = layers["blocks"][columns].astype("float64").join(roofs).fillna(dict.fromkeys(roofs.columns, 0.0))
    blocks = pd.DataFrame(blocks).assign(block_count=1.0).join([part.astype("float64") for part in plan_amounts(layers)])
    parts = {DISTRICT: blocks.sum().to_frame(DISTRICT).T, "block": blocks}
    if len(layers["candidates"]):
        parts["candidate"] = layers["candidates"][["reference_area_m2", *PEOPLE, "block_count"]].astype("float64")
    frames = [_keyed(part.set_index(pd.MultiIndex.from_product([part.index, [""]])), scope) for scope, part in parts.items()]
    return Amounts(pd.concat(frames))
