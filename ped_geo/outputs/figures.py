"""
Figures that more than one product shows, each defined once: values, unit, printed decimals and classes.

A figure has the same classes in every variant and every product; a value is classed as it is printed. Where nothing is heated there
is no value per heated floor, and where no modules fit there is no yield.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.language import half_up, in_currency
from ped_geo.outputs import Results
from ped_geo.outputs.styles import AMOUNT, Classes, amount_classes, signed_classes
from ped_geo.plans import payback_with_grants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ped_geo.schema import Column

__all__ = [
    "FIGURES",
    "Figure",
    "block_figures",
    "building_figures",
    "classes_of",
    "column_decimals",
    "decimals",
    "has_heat",
    "heated_floor",
    "known_share",
    "printed",
    "rows_of",
    "written_unit",
]


@dataclass(frozen=True)
class Figure:
    """
    What a figure is printed with.

    Attributes
    ----------
    declared_unit : str
        As people read it, money as ``¤``.
    digits : int
        Decimals, the same in every product.
    signed : bool
        Whether its classes lie around zero.
    limits : tuple of float
        Fixed class limits; empty where they follow from the values.
    """

    declared_unit: str
    digits: int
    signed: bool = False
    limits: tuple[float, ...] = ()

    @property
    def unit(self) -> str:
        """As people read it, money in the currency of the run."""
        return in_currency(self.declared_unit)


FIGURES = {
    "heat": Figure("kWh/(m²·a)", 1),
    "final": Figure("kWh/(m²·a)", 1),
    "primary": Figure("kWh/(m²·a)", 1),
    "balance": Figure("kWh/(m²·a)", 1, signed=True),
    "pv": Figure("MWh/a", 0),
    "pv_m2": Figure("kWh/(m²·a)", 1),
    "co2": Figure("kg/(m²·a)", 1),
    "nox": Figure("g/(m²·a)", 1),
    "pm10": Figure("g/(m²·a)", 2),
    "pm25": Figure("g/(m²·a)", 2),
    "investment": Figure("mln ¤", 2),
    "investment_m2": Figure("¤/m²", 0),
    "grant": Figure("mln ¤", 2),
    "payback": Figure("years", 0),
    "p_positive": Figure("%", 0, limits=(0.0, 20.0, 40.0, 60.0, 80.0, 100.0)),
    "saving": Figure("kWh/(m²·a)", 1),
    "roof_yield": Figure("MWh/a", 1),
    "module_yield": Figure("kWh/(kWp·a)", 0),
    "known": Figure("%", 0, limits=(0.0, 20.0, 40.0, 60.0, 80.0, 100.0)),
}
"""Figures of blocks, buildings and arrays of modules."""

DECIMALS = {
    "%": 0, "-": 2, "1/h": 2, "GWh/a": 2, "MWh/(m·a)": 2, "MWh/a": 1, "¤": 0, "¤/a": 0, "¤/kWh": 2, "¤/m²": 0, "¤/t": 0,
    "W/(m²K)": 2, "W/m²": 0, "a": 0, "g/(m²·a)": 1, "kW": 1, "kWh": 0, "kWh/(kWp·a)": 0, "kWh/(m²·a)": 1, "kWh/a": 0, "kWh/kWp": 0,
    "kWh_PE/(m²·a)": 1, "kWp": 1, "kg/(m²·a)": 1, "kg/a": 0, "kgCO₂e/(m²·a)": 1, "m": 1, "m/s": 1, "m²": 0, "m³": 0, "persons": 0, "t/a": 1,
    "°": 0, "°C": 1,
}  # fmt: skip
"""Printed decimals by unit."""

COUNTED = {"residents", "dwellings", "buildings", "roof_levels"}
"""Columns without a unit that count things."""

TRACES = ("bap",)
"""Pollutants of which a whole district emits grams: three more decimals."""


def written_unit(unit: str) -> str:
    """
    A unit in the one way in which all products write it; empty for pure numbers.

    Examples
    --------
    >>> written_unit("kWh/m²a"), written_unit("kWh/(m²a)"), written_unit("-")
    ('kWh/(m²·a)', 'kWh/(m²·a)', '')
    """
    return in_currency("" if unit in {"-", "see unit"} else unit.replace("/(m²a)", "/(m²·a)").replace("/m²a", "/(m²·a)"))


def decimals(name: str, unit: str) -> int:
    """
    Printed decimals of a column or an indicator.

    Parameters
    ----------
    name : str
        Of the column, with or without a variant's key.
    unit : str
        As declared.

    Examples
    --------
    >>> decimals("heat_need_kwh_m2a", "kWh/(m²a)"), decimals("residents", "-"), decimals("bap_kg", "kg/a")
    (1, 0, 3)
    """
    if name in COUNTED:
        return 0
    return DECIMALS.get(written_unit(unit).replace(in_currency("¤"), "¤") or "-", 2) + (
        3 if name.removeprefix("kpi_").startswith(TRACES) else 0
    )


def column_decimals(column: Column) -> int | None:
    """Printed decimals of a declared column; None where it holds no fractions, or a year."""
    if column.name.endswith("_year"):
        return None
    return decimals(column.name.partition("__")[0], column.unit) if column.dtype == "float" else None


def printed(values: pd.Series, key: str) -> list[float | None]:
    """Values of a figure as they are printed; None where there is none."""
    digits = FIGURES[key].digits
    return [half_up(value, digits) if np.isfinite(value) else None for value in values.to_numpy(dtype="float64")]


def rows_of(table: pd.DataFrame, level: str, key: str) -> pd.DataFrame:
    """Rows of a table under one key of an index level, which is taken off; none where the table has no such key."""
    return table[table.index.get_level_values(level) == key].droplevel(level)


def has_heat(blocks: pd.DataFrame) -> pd.Series:
    """Whether a block has heated floor, by ``block_id``."""
    return blocks["reference_area_m2"] > LEAST_FLOOR_M2


def heated_floor(results: Results) -> float:
    """Heated floor of the whole place [m²]; not a number where nothing is heated, so that nothing is divided by it."""
    area = float(results.layers["blocks"]["reference_area_m2"].sum())
    return area if area > LEAST_FLOOR_M2 else float("nan")


def block_figures(results: Results) -> pd.DataFrame:
    """
    Figures of every block with heated floor in every variant.

    Returns
    -------
    DataFrame, index (``block_id``, ``variant``)
        Figures of blocks, not rounded; the payback is that of `payback_with_grants`.
    """
    layers, study = results.layers, results.study
    blocks = layers["blocks"]
    area = blocks.loc[has_heat(blocks), "reference_area_m2"]
    rows = layers["balance"][layers["balance"].index.get_level_values("block_id").isin(area.index)]
    per_area = 1.0 / rows.index.get_level_values("block_id").map(area.to_dict()).to_numpy(dtype=float)
    packages = {variant.key: variant.package for variant in study.variants}
    need = layers["need"]["heat_need_kwh_a"]
    of_block = need.groupby([need.index.get_level_values("building_id").map(layers["buildings"]["block_id"]), "package"]).sum()
    wanted = pd.MultiIndex.from_arrays([rows.index.get_level_values(0), rows.index.get_level_values("variant").map(packages)])
    costs = layers["variant_costs"].reindex(rows.index)
    delivered = rows[[name for name in rows if str(name).endswith("_delivered_kwh_a")]].sum(axis=1)
    found = pd.DataFrame(
        {
            "heat": of_block.reindex(wanted).to_numpy() * per_area,
            "final": (delivered + rows["pv_used_kwh_a"]) * per_area,
            "primary": rows["primary_energy_nren_kwh_a"] * per_area,
            "balance": rows["primary_energy_balance_kwh_a"] * per_area,
            "pv": rows["pv_kwh_a"] / 1e3,
            "pv_m2": rows["pv_kwh_a"] * per_area,
            "co2": rows["co2_kg_a"] * per_area,
            **{name: rows[f"{name}_kg_a"] * per_area * 1e3 for name in ("nox", "pm10", "pm25")},
            "investment": costs["investment"] / 1e6,
            "investment_m2": costs["investment"] * per_area,
            "grant": costs["grant"] / 1e6,
            "payback": payback_with_grants(costs),
        },
        index=rows.index,
    )
    chances = layers.get("probabilities")
    blank = np.nan if chances is None else chances["p_positive"].rename_axis(index=["block_id", "variant"]).reindex(rows.index)
    return found.assign(p_positive=100.0 * blank)


def building_figures(results: Results) -> pd.DataFrame:
    """
    Figures of the district's buildings.

    Returns
    -------
    DataFrame, index ``building_id``
        ``heat`` today and ``saving`` of the advanced package, missing where nothing is heated; ``roof_yield``, missing where no
        modules fit; ``known``, how well heated buildings are known.
    """
    layers = results.layers
    buildings = layers["buildings"][layers["buildings"]["in_district"]]
    need, heated = layers["need"]["heat_need_kwh_m2a"], buildings["heated"].astype(bool)
    packages = need.index.get_level_values("package").unique()
    of = {
        name: need.xs(name, level="package").reindex(buildings.index).where(heated) if name in packages else np.nan
        for name in ("existing", "advanced")
    }
    yields = layers["pv_buildings"]["annual_yield_kwh_a"].reindex(buildings.index) / 1e3
    found = {"heat": of["existing"], "saving": of["existing"] - of["advanced"], "roof_yield": yields.where(yields > 0)}
    found["known"] = 100.0 * known_share(buildings)
    return pd.DataFrame(found, index=buildings.index).astype("float64")


def known_share(buildings: pd.DataFrame) -> pd.Series:
    """
    How much of what decides a building's heat is known [0-1], by ``building_id``; missing where nothing is heated.

    Notes
    -----
    The mean of five: use, storeys and heat supply count 1 where a source tells them, the construction period and the state of
    refurbishment with the probability of what is shown.
    """
    told = [~buildings[f"{name}_source"].str.startswith("inferred") for name in ("use", "storeys_above_ground", "heat_supply")]
    likely = [buildings[f"{name}_probability"] for name in ("construction_period", "refurbishment_state")]
    return pd.concat([*told, *likely], axis=1).astype("float64").mean(axis=1).where(buildings["heated"].astype(bool))


def classes_of(key: str, values: pd.Series | Iterable[float]) -> Classes:
    """
    Classes of a figure, the same wherever it is drawn.

    Parameters
    ----------
    key : str
        In `FIGURES`.
    values : sequence of float
        All values that the place has of it: of every block and variant, or of every building.

    Returns
    -------
    Classes
        None at all where there is no value.
    """
    figure, values = FIGURES[key], [value for value in values if np.isfinite(value)]
    if not values:
        return Classes((), (), figure.digits)
    if figure.limits:
        return Classes(figure.limits, AMOUNT, figure.digits)
    chosen = signed_classes if figure.signed else amount_classes
    return chosen(values, figure.digits)
