"""
The stock that a roadmap moves: every block's buildings of one kind of owner, with what each measure takes, costs and saves there.

Works, heat supply and PV act on each other: a heat pump saves something else before the insulation than after it. So a holding knows
its energy in the four corners of works (none, the chosen package) and supply (today's, the new one), and is led between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.annuity import annuity_factor, discounted_sum
from ped_geo.finance.grants import owners
from ped_geo.finance.parties import RATES
from ped_geo.flows import CARRIERS
from ped_geo.plans.variant_space import is_untouched
from ped_geo.roadmap.curves import carbon_shadow_price
from ped_geo.roadmap.years import FIRST, LAST, YEARS, YearFactors
from ped_geo.study import Study
from ped_geo.supply import supply_today

__all__ = ["LEVERS", "ORDERS", "PlaceLayers", "Stock", "stock_of"]

Floats = npt.NDArray[np.float64]
LEVERS = ("retrofit", "heat_supply", "pv")
ORDERS = ("social", "owner")
UNTOUCHED = "existing"
KG_PER_T = 1000.0
FUELS = ("gas", "coal", "oil")
_ENERGY = [f"{carrier}_kwh_a" for carrier in CARRIERS]
_CLEAN_NETWORK = "district_heat_decarbonised"
_HEAT_PUMP = "heat_pump_air"


@dataclass(frozen=True)
class PlaceLayers:
    """Layers of a place from which a roadmap starts."""

    inside: pd.DataFrame
    final_energy: pd.DataFrame
    economics: pd.DataFrame
    pv_economics: pd.DataFrame
    balance: pd.DataFrame
    heat_zones: pd.DataFrame


@dataclass(frozen=True)
class Stock:
    """
    Holdings in the order in which works reach them, by lever.

    Attributes
    ----------
    block, owner, package, supply : ndarray of str, shape (holdings,)
        Block, kind of owner, package that is chosen and heat supply that follows.
    area : ndarray, shape (holdings,)
        Heated floor. [m²]
    supplied : ndarray, shape (holdings, 3)
        Of it on the heat network, with heat pumps and with other supply today. [m²]
    size : dict of str to ndarray
        Lever → what there is to do: floor area, or PV power. [m², kWp]
    cost, grant : dict of str to ndarray, shape (holdings,)
        Lever → full price and grant of all of it; of a new supply after the works. [money]
    supply_cost_before : ndarray, shape (holdings, 2)
        Price and grant of the new supply for the building without works. [money]
    works_before, works_after, supply_before : ndarray, shape (holdings, carriers)
        Change of bought energy by the works under today's supply, by the works under the new one, and by the new supply without
        works. [kWh/a]
    pv_used, pv_exported : ndarray, shape (holdings,)
        New PV's yield that is used in the block, and that goes to the grid. [kWh/a]
    deeper_before, deeper_after : ndarray, shape (holdings, carriers)
        Further change of bought energy, under today's supply and the new one, if the works were those of the package that saves most
        CO₂; nothing where that is the chosen one. [kWh/a]
    running : dict of str to ndarray, shape (holdings,)
        Lever → running cost of what is new, less that of what it takes the place of. [money/a]
    network_plant : ndarray, shape (holdings, 2)
        What a clean network costs its company for this holding, without and with works. [money]
    saving : dict of str to ndarray
        Lever → what bills fall by, less `running`. [money/a]
    tonnes : dict of str to ndarray
        Lever → mean yearly fall of CO₂ from now to the end under the central factors. [t/a]
    rank : dict of str to dict
        Order → lever → rank of each holding: cost per tonne, or owner's net present value per cost, below is first.
    base : ndarray, shape (blocks, carriers)
        Bought energy of today. [kWh/a]
    base_exported : ndarray, shape (blocks,)
        PV of today that goes to the grid. [kWh/a]
    blocks : Index
        ``block_id`` of the rows of `base`.
    """

    block: npt.NDArray[np.str_]
    owner: npt.NDArray[np.str_]
    package: npt.NDArray[np.str_]
    supply: npt.NDArray[np.str_]
    area: Floats
    supplied: Floats
    size: dict[str, Floats]
    cost: dict[str, Floats]
    grant: dict[str, Floats]
    supply_cost_before: Floats
    works_before: Floats
    works_after: Floats
    supply_before: Floats
    pv_used: Floats
    pv_exported: Floats
    deeper_before: Floats
    deeper_after: Floats
    running: dict[str, Floats]
    network_plant: Floats
    saving: dict[str, Floats]
    tonnes: dict[str, Floats]
    rank: dict[str, dict[str, Floats]]
    base: Floats
    base_exported: Floats
    blocks: pd.Index

    def __len__(self) -> int:
        return len(self.area)


@dataclass(frozen=True)
class _Corner:
    """Bought energy, bills, price, grant and the network's plant of every holding in one package and supply."""

    energy: Floats
    bill: Floats
    money: Floats
    plant: Floats


def _followed_supply(layers: PlaceLayers, study: Study) -> pd.Series:
    """Supply that each building comes to: networks stay, fuels give way to the network where it reaches and is worth it, else to heat pumps."""
    today = supply_today(layers.inside).astype("str")
    open_ = set(study.supply.options)
    block = layers.inside["block_id"].astype("str")
    zones = layers.heat_zones.reset_index()
    served = set(zones.loc[zones["zone"].astype("str") == "heat_network", "block_id"].astype("str")) if _CLEAN_NETWORK in open_ else set()
    reached = _reached(layers, study)
    wanted = np.where(block.isin(served) & reached, _CLEAN_NETWORK, _HEAT_PUMP if _HEAT_PUMP in open_ else "today")
    kept = today.isin(["district_heat", "heat_pump_air", "heat_pump_ground"])
    return pd.Series(np.where(kept, "today", wanted), index=layers.inside.index, dtype="str")


def _reached(layers: PlaceLayers, study: Study) -> pd.Series:
    """Whether the city's network reaches a building: a way that asks for its heat buys some."""
    if _CLEAN_NETWORK not in study.supply.options:
        return pd.Series(False, index=layers.inside.index)
    bought = layers.final_energy["district_heat_kwh_a"].xs((UNTOUCHED, _CLEAN_NETWORK), level=("package", "supply"))
    return bought.reindex(layers.inside.index).fillna(0.0) > 0.0


def _corner(layers: PlaceLayers, package: str, supply: pd.Series, number: npt.NDArray[np.intp], count: int, carbon: Floats) -> _Corner:
    keys = pd.MultiIndex.from_arrays([supply.index, [package] * len(supply), supply.to_numpy()], names=layers.final_energy.index.names)
    money = layers.economics.reindex(keys)
    columns = np.hstack(
        [
            layers.final_energy[_ENERGY].reindex(keys).to_numpy(float),
            money[["energy_cost_a", "investment", "grant", "network_investment"]].to_numpy(float),
        ]
    )
    sums = np.zeros((count, columns.shape[1]))
    np.add.at(sums, number, np.nan_to_num(columns))
    width = len(_ENERGY)
    bill = sums[:, width] + sums[:, :width] @ carbon
    return _Corner(sums[:, :width], bill, sums[:, width + 1 : width + 3], sums[:, width + 3])


def _carbon_on_fuels(co2: Floats, study: Study) -> Floats:
    """What the carbon price on fuels adds to a kilowatt-hour of each carrier in its first years [money/kWh]."""
    if not study.roadmap.fuel_carbon_price:
        return np.zeros(len(CARRIERS))
    price = study.assumed("roadmap.fuel_carbon_price") * study.assumed("heat_network.exchange_rate") / KG_PER_T
    year = int(study.assumed("roadmap.fuel_carbon_price_from"))
    return np.array([price * co2[year - YEARS[0], place] if carrier in FUELS else 0.0 for place, carrier in enumerate(CARRIERS)])


def _chosen(
    corners: dict[str, tuple[_Corner, _Corner]], order: str, owner: npt.NDArray[np.str_], co2: Floats, study: Study
) -> npt.NDArray[np.intp]:
    """Place of the package that each holding takes: the one of greatest value, to society or to its owner."""
    before = corners[UNTOUCHED][0]
    values = []
    for name in corners:
        after = corners[name][0]
        saved = before.bill - after.bill
        if order == "owner":
            values.append(saved * _years(owner, study) - (after.money[:, 0] - after.money[:, 1]))
        else:
            values.append(_social_value(saved, before.energy - after.energy, after.money[:, 0], co2, study))
    return np.argmax(np.array(values)[1:], axis=0) + 1


def _years(owner: npt.NDArray[np.str_], study: Study) -> Floats:
    """Present value of one unit a year to each owner over the study's horizon [a]."""
    rates = [study.assumed(RATES.get(str(name), "finance.discount_rate_cooperative")) for name in owner]
    return discounted_sum(np.array(rates), study.finance.horizon_a)


def _social_value(saved: Floats, energy: Floats, cost: Floats, co2: Floats, study: Study) -> Floats:
    """Net present value to society, with the shadow price of carbon in every year [money]."""
    rate, ahead = study.assumed("finance.discount_rate_social"), np.arange(study.finance.horizon_a)
    years = np.minimum(FIRST + ahead, LAST)
    shadow = carbon_shadow_price(years) * study.assumed("heat_network.exchange_rate") / KG_PER_T
    worth = ((shadow / (1 + rate) ** (ahead + 1))[:, None] * co2[years - YEARS[0]]).sum(axis=0)
    return saved * discounted_sum(rate, study.finance.horizon_a) + energy @ worth - cost


def _picked(corners: dict[str, tuple[_Corner, _Corner]], which: npt.NDArray[np.intp], side: int) -> _Corner:
    parts = [pair[side] for pair in corners.values()]
    rows = np.arange(len(which))

    def of(name: str) -> Floats:
        return np.asarray(np.array([getattr(part, name) for part in parts])[which, rows], float)

    return _Corner(of("energy"), of("bill"), of("money"), of("plant"))


def _deeper(corners: dict[str, tuple[_Corner, _Corner]], which: npt.NDArray[np.intp], co2: Floats) -> tuple[Floats, Floats]:
    """What the package of least CO₂ takes off bought energy beside the chosen one, under today's supply and the new one [kWh/a]."""
    mean = co2[YEARS >= FIRST].mean(axis=0)
    packages = [name for name in corners if name != UNTOUCHED]
    emitted = np.array([corners[name][1].energy @ mean for name in packages])
    least = np.argmin(emitted, axis=0) + 1
    found = [_picked(corners, least, side).energy - _picked(corners, which, side).energy for side in (0, 1)]
    return found[0], found[1]


def stock_of(layers: PlaceLayers, factors: YearFactors, study: Study, *, order: str = "social") -> Stock | None:
    """
    The stock of a place.

    Parameters
    ----------
    layers : PlaceLayers
        The place.
    factors : YearFactors
        Central factors.
    study : Study
        Sections ``finance``, ``supply``, ``balance``, ``retrofit`` and ``roadmap``.
    order : str
        ``social`` or ``owner``: whose value chooses the package of each holding.

    Returns
    -------
    Stock or None
        None where the study computes no state without works, or nothing is heated.
    """
    today = [variant.key for variant in study.variants if is_untouched(variant)]
    packages = [name for name in dict.fromkeys(layers.economics.index.get_level_values("package")) if name != UNTOUCHED]
    heated = layers.inside[layers.inside["reference_area_m2"] > 0]
    heated = heated[heated["block_id"].astype("str") != ""]
    if not today or not packages or heated.empty:
        return None
    layers = PlaceLayers(heated, layers.final_energy, layers.economics, layers.pv_economics, layers.balance, layers.heat_zones)
    names = pd.MultiIndex.from_arrays([heated["block_id"].astype("str"), owners(heated, study.country).reindex(heated.index)])
    number, held = pd.factorize(names, sort=True)
    block = np.array([row[0] for row in held], dtype=np.str_)
    owner = np.array([row[1] for row in held], dtype=np.str_)
    supply = _followed_supply(layers, study)
    stays = pd.Series("today", index=heated.index)
    carbon = _carbon_on_fuels(factors.co2, study)
    corners = {
        name: (_corner(layers, name, stays, number, len(held), carbon), _corner(layers, name, supply, number, len(held), carbon))
        for name in (UNTOUCHED, *packages)
    }
    which = _chosen(corners, order, owner, factors.co2, study)
    area = np.bincount(number, heated["reference_area_m2"].to_numpy(float), len(held)).astype(float)
    moved = np.bincount(number, heated["reference_area_m2"].to_numpy(float) * (supply != "today").to_numpy(), len(held)).astype(float)
    common = pd.Series(supply.to_numpy()).groupby(number).agg(lambda values: next((v for v in sorted(values) if v != "today"), "today"))
    return _finished(
        layers,
        study,
        factors.co2,
        today[0],
        _Places(block, owner, np.array([*corners])[which], common.to_numpy(dtype=np.str_), area, moved, number),
        (corners[UNTOUCHED][0], _picked(corners, which, 0), corners[UNTOUCHED][1], _picked(corners, which, 1)),
        _deeper(corners, which, factors.co2),
    )


@dataclass(frozen=True)
class _Places:
    """Who holds what."""

    block: npt.NDArray[np.str_]
    owner: npt.NDArray[np.str_]
    package: npt.NDArray[np.str_]
    supply: npt.NDArray[np.str_]
    area: Floats
    moved: Floats
    number: npt.NDArray[np.intp]


def _pv(layers: PlaceLayers, study: Study, today: str, places: _Places) -> dict[str, Floats]:
    """New PV of holdings: power, price, grant, gain, yield, and the part of the yield that its block uses."""
    wanted = ["capacity_new_kwp", "investment", "grant", "gain_a", "yield_new_kwh_a", "running_cost_a"]
    rows = layers.pv_economics.reindex(layers.inside.index)[wanted].fillna(0.0)
    found: dict[str, Floats] = {
        name: np.bincount(places.number, rows[name].to_numpy(float), len(places.area)).astype(float) for name in wanted
    }
    with_pv = [variant.key for variant in study.variants if variant.pv and variant.package == UNTOUCHED]
    with_pv = (with_pv or [variant.key for variant in study.variants if variant.pv])[:1]
    used = pd.Series(study.assumed("finance.pv_own_use_cooperative"), index=pd.Index(places.block))
    if with_pv:
        then, now = (
            layers.balance.xs(key, level="variant")[["pv_kwh_a", "pv_used_kwh_a"]].astype("float64") for key in (with_pv[0], today)
        )
        made, own = (then.reindex(now.index).to_numpy(float) - now.to_numpy(float)).T
        part = np.divide(own, made, out=np.zeros(len(made)), where=made > 0)
        share = pd.Series(np.clip(part, 0.0, 1.0), index=now.index)
        used = share.reindex(places.block).fillna(0.0)
    found["used"] = found["yield_new_kwh_a"] * used.to_numpy(float)
    return found


def _finished(
    layers: PlaceLayers,
    study: Study,
    co2: Floats,
    today: str,
    places: _Places,
    corners: tuple[_Corner, _Corner, _Corner, _Corner],
    deeper: tuple[Floats, Floats],
) -> Stock:
    start, works, supply, both = corners
    pv = _pv(layers, study, today, places)
    own = layers.balance.xs(today, level="variant")
    base = own[[f"{carrier}_delivered_kwh_a" for carrier in CARRIERS]].astype("float64")
    electricity = CARRIERS.index("electricity")
    pv_change = np.zeros_like(works.energy)
    pv_change[:, electricity] = -pv["used"]
    cost = {"retrofit": works.money[:, 0], "heat_supply": both.money[:, 0] - works.money[:, 0], "pv": pv["investment"]}
    grant = {"retrofit": works.money[:, 1], "heat_supply": both.money[:, 1] - works.money[:, 1], "pv": pv["grant"]}
    grant = {lever: np.clip(grant[lever], 0.0, cost[lever]) for lever in LEVERS}
    running = {"retrofit": np.zeros(len(places.area)), "heat_supply": _supply_running(cost, places, study), "pv": pv["running_cost_a"]}
    saving = {"retrofit": start.bill - works.bill, "heat_supply": works.bill - both.bill - running["heat_supply"], "pv": pv["gain_a"]}
    change = {"retrofit": works.energy - start.energy, "heat_supply": both.energy - works.energy, "pv": pv_change}
    ahead = co2[YEARS >= FIRST]
    tonnes = {lever: -(change[lever] @ ahead.mean(axis=0)) / KG_PER_T for lever in LEVERS}
    last = {
        "retrofit": np.minimum(-(works.energy - start.energy) @ co2[-1], -(both.energy - supply.energy) @ co2[-1]),
        "heat_supply": np.minimum(-(supply.energy - start.energy) @ co2[-1], -(both.energy - works.energy) @ co2[-1]),
        "pv": -(pv_change @ co2[-1]),
    }
    useful = {lever: (last[lever] > 0) & (tonnes[lever] > 0) & (cost[lever] > 0) for lever in LEVERS}
    whole = {"retrofit": places.area, "heat_supply": places.moved, "pv": pv["capacity_new_kwp"]}
    before = np.column_stack([supply.money[:, 0], np.clip(supply.money[:, 1], 0.0, supply.money[:, 0])])
    return Stock(
        block=places.block,
        owner=places.owner,
        package=places.package,
        supply=places.supply,
        area=places.area,
        supplied=_supplied_today(layers, places),
        size={lever: np.where(useful[lever], whole[lever], 0.0) for lever in LEVERS},
        cost=cost,
        grant=grant,
        supply_cost_before=before,
        works_before=works.energy - start.energy,
        works_after=both.energy - supply.energy,
        supply_before=supply.energy - start.energy,
        pv_used=pv["used"],
        pv_exported=pv["yield_new_kwh_a"] - pv["used"],
        deeper_before=deeper[0],
        deeper_after=deeper[1],
        running=running,
        network_plant=_network_plant(layers, places),
        saving=saving,
        tonnes=tonnes,
        rank=_ranks(cost, grant, saving, tonnes, places.owner, study),
        base=np.asarray(base.to_numpy(float)),
        base_exported=own["electricity_exported_kwh_a"].to_numpy(float),
        blocks=pd.Index(base.index, dtype="str"),
    )


def _supply_running(cost: dict[str, Floats], places: _Places, study: Study) -> Floats:
    """
    Upkeep of new heat pumps beyond that of the plant they replace, which has the same part in it as in the price [money/a].

    A connection to a network has none: the heat company's upkeep is in the price of heat.
    """
    pumps = np.char.startswith(places.supply, "heat_pump")
    share = study.assumed("roadmap.heat_pump_upkeep") * (1.0 - study.assumed("roadmap.plant_anyway_share"))
    return np.where(pumps, cost["heat_supply"] * share, 0.0)


def _supplied_today(layers: PlaceLayers, places: _Places) -> Floats:
    """Heated floor of each holding on the network, with heat pumps and with other supply [m²]."""
    today, area = supply_today(layers.inside).astype("str"), layers.inside["reference_area_m2"].to_numpy(float)
    network, pumps = (today == "district_heat").to_numpy(), today.str.startswith("heat_pump").to_numpy()
    kinds = (network, pumps, ~(network | pumps))
    return np.column_stack([np.bincount(places.number, area * kind, len(places.area)) for kind in kinds])


def _network_plant(layers: PlaceLayers, places: _Places) -> Floats:
    """What clean sources for a holding's part of its network cost the company, without works and with the least heat left."""
    rows = layers.economics[layers.economics.index.get_level_values("supply") == _CLEAN_NETWORK]["network_investment"]
    on = (supply_today(layers.inside) == "district_heat").to_numpy()
    if rows.empty:
        return np.zeros((len(places.area), 2))
    wide = rows.droplevel("supply").unstack("package").reindex(layers.inside.index).fillna(0.0)
    before = np.bincount(places.number, wide[UNTOUCHED].to_numpy(float) * on, len(places.area))
    packages = list(wide.columns)
    chosen = np.array([packages.index(name) for name in places.package])[places.number]
    after = np.bincount(places.number, wide.to_numpy(float)[np.arange(len(chosen)), chosen] * on, len(places.area))
    return np.column_stack([before, after])


def _ranks(
    cost: dict[str, Floats],
    grant: dict[str, Floats],
    saving: dict[str, Floats],
    tonnes: dict[str, Floats],
    owner: npt.NDArray[np.str_],
    study: Study,
) -> dict[str, dict[str, Floats]]:
    """Cost of a tonne to society, and the owner's net present value for each unit of money, of every holding and lever."""
    years, rate = study.finance.horizon_a, study.assumed("finance.discount_rate_social")
    found: dict[str, dict[str, Floats]] = {order: {} for order in ORDERS}
    for lever in LEVERS:
        saved = np.where(tonnes[lever] > 0, tonnes[lever], np.nan)
        found["social"][lever] = np.nan_to_num((cost[lever] * annuity_factor(rate, years) - saving[lever]) / saved, nan=np.inf)
        paid = cost[lever] - grant[lever]
        value = saving[lever] * _years(owner, study) - paid
        found["owner"][lever] = np.nan_to_num(-value / np.where(paid > 0, paid, np.nan), nan=np.inf)
    return found
