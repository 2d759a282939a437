"""Figures of heat networks: blocks and heat by class of density and by zone, and how columns of the networks' layers are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ped_geo.figures import CURRENCY, figure, place_figure, told
from ped_geo.networks.reach import REACHED

if TYPE_CHECKING:
    from ped_geo.figures.amounts import Amounts, Layers
    from ped_geo.study import Study

__all__ = ["network_owners", "network_totals"]

NAN = float("nan")
M_PER_KM = 1000.0
MOST_OWNERS = 3
MILLION = 1e6

told("network_loss", unit="%", digits=1, label=("Loss", "Straty"), times=100.0)
told("network_gap", unit="%", label=("Gap to the shortest", "Nadmiar względem najkrótszej"), times=100.0)
told("network_length", unit="km", digits=1, label=("Length", "Długość"), per=M_PER_KM)
told("network_heat_share", unit="%", label=("Share of heat", "Udział w cieple"), times=100.0)
told("network_pipes", unit=f"mln {CURRENCY}", digits=2, label=("New pipes", "Nowe rury"), per=MILLION)
told("network_plant", unit=f"mln {CURRENCY}", digits=2, label=("New sources", "Nowe źródła"), per=MILLION)
told("network_margin", unit=f"{CURRENCY}/MWh", label=("Margin of the network", "Przewaga sieci"), signed=True)
told("network_section", unit=CURRENCY, label=("Laying this section", "Ułożenie tego odcinka"))
told("network_dn", unit="", label=("Nominal diameter DN", "Średnica nominalna DN"))
told("network_flow", unit="kg/s", digits=1, label=("Flow on the coldest day", "Przepływ w najzimniejszym dniu"))
told("network_section_heat", unit="MWh/a", label=("Heat carried", "Przesyłane ciepło"))
told("network_beyond", unit="MWh/(m·a)", digits=1, label=("Heat per metre beyond", "Ciepło na metr dalej"))
told("source_share", unit="%", label=("Share of the heat", "Udział w cieple"), times=100.0)
told("leaving_share", unit="%", label=("Share that leaves", "Udział odchodzących"), times=100.0)


@figure(
    "linear_density",
    unit="MWh/(m·a)",
    digits=2,
    label=("Linear heat density", "Liniowa gęstość ciepła"),
    limits=(0.0, 0.9, 1.5, 2.0, 4.0, 20.0),
)
def linear_density(amounts: Amounts) -> pd.Series:
    """Heat per metre of trench, were all heat taken from a network [MWh/(m·a)]."""
    return amounts["connected_heat_mwh_a"] / amounts["trench_m"].where(amounts["trench_m"] > 0.0)


def _of_floor(amounts: Amounts, *names: str) -> pd.Series:
    """Share of the heated floor [-]."""
    return sum((amounts[name] for name in names), start=pd.Series(0.0, index=amounts.frame.index)) / amounts.floor_m2


@figure("network_reached", unit="%", label=("Floor on the heat network", "Powierzchnia w sieci ciepłowniczej"), times=100.0)
def network_reached(amounts: Amounts) -> pd.Series:
    """Share of the heated floor that a variant with heat of the network connects [-]; none in other variants."""
    return _of_floor(amounts, "network_m2")


@figure(
    "network_pumps", unit="%", label=("Floor beyond the network with heat pumps", "Powierzchnia poza siecią z pompami ciepła"), times=100.0
)
def network_pumps(amounts: Amounts) -> pd.Series:
    """Share of the heated floor that such a variant gives heat pumps, because no network reaches it [-]."""
    return _of_floor(amounts, "ground_m2", "air_m2")


@figure("network_boreholes", unit="%", label=("Of it with boreholes", "W tym z odwiertami"), times=100.0)
def network_boreholes(amounts: Amounts) -> pd.Series:
    """Share of the heated floor whose heat pumps have boreholes [-]."""
    return _of_floor(amounts, "ground_m2")


@place_figure("network_connections", unit="", label=("House connections", "Przyłącza"))
def connections(layers: Layers, study: Study) -> float:
    """Buildings that the network joins; those that touch a pipe or street need no trench and have none in the layer of pipes."""
    del study
    levels = layers["heat_levels"]
    return float(levels["connections"].max()) if len(levels) else 0.0


def _length_of(layers: Layers, state: str) -> float:
    pipes = layers["heat_network"]
    return float(pipes.loc[pipes["state"].astype("str") == state, "length_m"].sum())


@place_figure("network_there", unit="km", digits=1, label=("Pipes that stay", "Rury, które pozostają"), per=M_PER_KM)
def length_there(layers: Layers, study: Study) -> float:
    """Length of the network in pipes that lie already and are wide enough [m]."""
    del study
    return _length_of(layers, "there")


@place_figure("network_narrow", unit="km", digits=1, label=("Pipes that are too narrow", "Rury za wąskie"), per=M_PER_KM)
def length_narrow(layers: Layers, study: Study) -> float:
    """Length of the network in pipes that lie already and are too narrow [m]."""
    del study
    return _length_of(layers, "too_narrow")


def network_owners(pipes: pd.DataFrame) -> list[str]:
    """
    Owners that pipes tell, the three of the greatest length at most, the longest first.

    Parameters
    ----------
    pipes : DataFrame
        Layer ``heat_network``.
    """
    told = pipes[pipes["owner"].fillna("").astype("str") != ""]
    lengths = told["length_m"].groupby(told["owner"].astype("str")).sum()
    return [str(name) for name in lengths.sort_values(ascending=False, kind="stable").index[:MOST_OWNERS]]


def _renewed(layers: Layers) -> pd.DataFrame:
    pipes = layers["heat_network"]
    return pd.DataFrame(pipes[pipes["renewal"] > 0.0])


@place_figure("network_old", unit="km", digits=1, label=("Pipes at the end of their life", "Rury u kresu trwałości"), per=M_PER_KM)
def length_old(layers: Layers, study: Study) -> float:
    """Length of pipes that stay and whose life is over by the year of the plan [m]."""
    del study
    return float(_renewed(layers)["length_m"].sum())


@place_figure("network_renewal", unit=f"mln {CURRENCY}", digits=2, label=("Renewal of old pipes", "Wymiana starych rur"), per=MILLION)
def renewal(layers: Layers, study: Study) -> float:
    """What laying those pipes anew costs [money]."""
    del study
    return float(_renewed(layers)["renewal"].sum())


@place_figure("district_heat_share", unit="%", label=("Heat from district heat today", "Ciepło sieciowe dziś"), times=100.0)
def district_heat_share(layers: Layers, study: Study) -> float:
    """Share of today's heat in buildings that district heat supplies [-]; none where nothing is heated."""
    del study
    buildings = layers["buildings"]
    inside = buildings[buildings["in_district"]]
    need = layers["need"].xs("existing", level="package").reindex(inside.index)
    heat = need[["heat_need_kwh_a", "hot_water_need_kwh_a"]].sum(axis=1)
    whole = float(heat.sum())
    return float(heat[inside["heat_supply"].astype(str) == "district_heat"].sum()) / whole if whole > 0.0 else NAN


@place_figure("network_guessed", unit="%", label=("Floor on the network by estimate", "Powierzchnia w sieci według szacunku"), times=100.0)
def network_guessed(layers: Layers, study: Study) -> float:
    """Share of the floor on the network today of which no source tells that it is [-]; none where nobody is."""
    del study
    buildings = layers["buildings"]
    on = buildings[buildings["in_district"] & (buildings["heat_supply"].astype(str) == "district_heat")]
    floor, guessed = on["reference_area_m2"], on["heat_supply_source"].astype(str).str.startswith("inferred")
    return float(floor[guessed].sum()) / float(floor.sum()) if floor.sum() > 0.0 else NAN


def _counted(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Blocks and heat of each code of a column in each package, and the share of the package's heat."""
    codes = table[column].astype("str").rename("code")
    counted = table["heat_mwh_a"].groupby([codes, table.index.get_level_values("package")]).agg(["size", "sum"])
    counted.columns = pd.Index(["blocks", "heat_mwh_a"])
    whole = counted["heat_mwh_a"].groupby(level="package").transform("sum")
    return counted.assign(heat_share=(counted["heat_mwh_a"] / whole.where(whole > 0.0)).fillna(0.0))


def _at_odds(zones: pd.DataFrame, reach: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Blocks that a network serves worse than heat pumps and that a variant with district heat has on it, and the other way round."""
    table = zones.join(reach["reach"].astype("str"))
    zone, on = table["zone"].astype("str"), table["reach"].isin(REACHED)
    cases = {"on_network_in_pump_zone": on & (zone == "heat_pumps"), "beyond_in_network_zone": ~on & (zone == "heat_network")}
    return {name: _counted(pd.DataFrame(table[rows]), "reach") for name, rows in cases.items() if rows.any()}


def network_totals(density: pd.DataFrame, zones: pd.DataFrame, reach: pd.DataFrame) -> pd.DataFrame:
    """
    Blocks and heat of each class of linear heat density and of each zone, and of zones that the reach of the network goes against.

    Parameters
    ----------
    density, zones, reach : DataFrame
        Layers ``heat_density``, of which all connected buildings count, ``heat_zones`` and ``heat_reach``.

    Returns
    -------
    DataFrame, index (``column``, ``code``, ``package``)
        ``blocks``, ``heat_mwh_a`` [MWh/a], ``heat_share`` [-]; a code that no block has is missing.
    """
    whole = pd.DataFrame(density.xs(1.0, level="connection_rate"))
    parts = {"density_class": _counted(whole[whole["heat_mwh_a"] > 0.0], "density_class"), "zone": _counted(zones, "zone")}
    parts |= _at_odds(zones, reach)
    return pd.concat(parts, names=["column"])
