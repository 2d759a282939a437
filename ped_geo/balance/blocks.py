"""The accounting applied to urban blocks: carriers of each variant, hourly electricity, and what the factors make of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.balance.accounting import CarrierFlows, WeightedEnergy, carrier_flows, weighted_energy
from ped_geo.balance.factors import FactorSet, factor_set
from ped_geo.emissions import POLLUTANTS, air_pollutants
from ped_geo.engine import let_go
from ped_geo.errors import LayerError, StudyError
from ped_geo.flows import CANOPY, CARRIERS, FACADE, HEAT_CARRIERS, new_arrays, today_and_new
from ped_geo.language.sentences import Sentence
from ped_geo.study import BATTERY, HEAT_STORE, Study, Variant

__all__ = [
    "EnergyInputs",
    "block_balance",
    "block_carriers",
    "block_flows",
    "carrier_row",
    "credit",
    "electricity_flows",
    "electricity_row",
    "hours_of_blocks",
    "variant_named",
    "weigh_flows",
]

Floats = npt.NDArray[np.floating]

CHUNK = 64  # blocks whose hours are held at a time


@dataclass(frozen=True)
class EnergyInputs:
    """
    The frames from which balances are made.

    Attributes
    ----------
    buildings : DataFrame
        Index ``building_id``; ``block_id`` (empty outside the district), ``reference_area_m2`` [m²].
    final_energy : DataFrame
        Index (``building_id``, ``package``, ``supply``); ``<carrier>_kwh_a`` of heat and hot water: `HEAT_CARRIERS`,
        ``electricity_kwh_a`` and ``ambient_kwh_a`` [kWh/a].
    electricity_hourly : DataFrame
        Index hours; columns ``block_id``: households and services [kW].
    supply_electricity_hourly : DataFrame
        Index hours; columns (``package``, ``supply``, ``block_id``): electricity for heat and hot water [kW].
    pv_hourly : DataFrame
        Index hours; columns ``block_id`` [kW].
    heat_hourly : DataFrame, optional
        Index hours; columns (``package``, ``block_id``) [kW]; with the hot water it spreads the carriers of heat over the year.
    hot_water_hourly : DataFrame, optional
        Index hours; columns ``block_id`` [kW].
    pv_existing_hourly : DataFrame, optional
        Index hours; columns ``block_id`` [kW]: arrays that are there today, and so in every variant.
    pv_facade_hourly, pv_canopy_hourly : DataFrame, optional
        Index hours; columns ``block_id`` of blocks that have some [kW]: new arrays on façades and over car parks.
    storage_hourly : DataFrame, optional
        Index hours; columns (``variant``, ``block_id``) [kW]: what batteries and heat stores give; below zero what they take.
    """

    buildings: pd.DataFrame
    final_energy: pd.DataFrame
    electricity_hourly: pd.DataFrame
    supply_electricity_hourly: pd.DataFrame
    pv_hourly: pd.DataFrame
    heat_hourly: pd.DataFrame | None = None
    hot_water_hourly: pd.DataFrame | None = None
    pv_existing_hourly: pd.DataFrame | None = None
    pv_facade_hourly: pd.DataFrame | None = None
    pv_canopy_hourly: pd.DataFrame | None = None
    storage_hourly: pd.DataFrame | None = None

    @cached_property
    def blocks(self) -> pd.Index:
        """Blocks that hold buildings, sorted."""
        inside = self.buildings["block_id"]
        return pd.Index(sorted(set(inside[inside != ""])), name="block_id")

    @cached_property
    def carriers(self) -> pd.DataFrame:
        """Carriers for heat of each block, package and supply: `block_carriers` of these inputs."""
        return block_carriers(self)

    def _stored(self, variant: Variant, kind: str) -> pd.DataFrame | None:
        """Hours of a variant's stores, if they are of this kind and known; columns ``block_id`` [kW]."""
        frame = self.storage_hourly
        if variant.storage != kind or frame is None or variant.key not in frame.columns.get_level_values("variant"):
            return None
        return pd.DataFrame(frame[variant.key])

    @cached_property
    def _by_supply(self) -> dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]]:
        return {}

    def of_supply(self, variant: Variant) -> tuple[pd.DataFrame, pd.DataFrame]:
        """
        Hours of electricity for heat (columns ``block_id``) and yearly carriers (index ``block_id``) of a variant's package and supply.

        Raises
        ------
        LayerError
            If the hours or the carriers lack the pair.
        """
        pair = (variant.package, variant.supply)
        if pair not in self._by_supply:
            _check_pair("supply_electricity_hourly", self.supply_electricity_hourly.columns, variant)
            _check_pair("final_energy", self.carriers.index, variant)
            frame = self.supply_electricity_hourly
            # of sorted columns a pair is a view, where `xs` copies the hours of all blocks
            hours = frame[pair] if frame.columns.is_monotonic_increasing else frame.xs(pair, axis=1, level=["package", "supply"])
            self._by_supply[pair] = pd.DataFrame(hours), pd.DataFrame(self.carriers.xs(pair, level=["package", "supply"]))
        hours, carriers = self._by_supply[pair]
        stored = self._stored(variant, HEAT_STORE)
        return (hours, carriers) if stored is None else (hours.sub(stored, fill_value=0.0), carriers)

    @cached_property
    def _by_places(self) -> dict[tuple[str, ...], pd.DataFrame]:
        return {}

    def new_pv(self, variant: Variant) -> pd.DataFrame:
        """
        Hours of the new arrays that a variant with PV has, on roofs and as far beyond them as it goes; columns ``block_id`` [kW].

        A battery takes from them and gives back later, less what it loses.
        """
        if variant.places not in self._by_places:
            self._by_places[variant.places] = new_arrays(
                self.pv_hourly, {FACADE: self.pv_facade_hourly, CANOPY: self.pv_canopy_hourly}, variant.places
            )
        made, stored = self._by_places[variant.places], self._stored(variant, BATTERY)
        return made if stored is None else made.add(stored, fill_value=0.0)

    @cached_property
    def reference_area_m2(self) -> pd.Series:
        """Heated floor area of each block [m²]."""
        return self.buildings.groupby("block_id")["reference_area_m2"].sum().reindex(self.blocks, fill_value=0.0)


def variant_named(study: Study, key: str) -> Variant:
    """
    One variant of the study.

    Raises
    ------
    StudyError
        If the study has no such variant; the message lists them.
    """
    for variant in study.variants:
        if variant.key == key:
            return variant
    raise StudyError(Sentence("error.unknown_variant_known", key=key, names=", ".join(variant.key for variant in study.variants)))


def credit(study: Study) -> float:
    """Share of the avoided resources credited to exports: the study's ``k_exp``, none where its export credit is ``zero`` [-]."""
    return 0.0 if study.balance.export_credit == "zero" else study.balance.k_exp


def block_carriers(inputs: EnergyInputs) -> pd.DataFrame:
    """
    Carriers for heat and hot water of each block, package and supply.

    Returns
    -------
    DataFrame
        Index (``block_id``, ``package``, ``supply``); ``<carrier>_kwh_a`` of `HEAT_CARRIERS` and ``ambient`` [kWh/a].

    Raises
    ------
    LayerError
        If a building of `final_energy` is not among the buildings.
    """
    energy = inputs.final_energy
    block = energy.index.get_level_values("building_id").map(inputs.buildings["block_id"].to_dict())
    if block.isna().any():
        stranger = energy.index.get_level_values("building_id")[block.isna()][0]
        raise LayerError(Sentence("error.layer_final_energy_holds_building_which", stranger=stranger))
    names = [f"{carrier}_kwh_a" for carrier in (*HEAT_CARRIERS, "ambient")]
    keys = [energy.index.get_level_values(level) for level in ("package", "supply")]
    summed = energy.reindex(columns=names, fill_value=0.0).fillna(0.0).groupby([block, *keys]).sum()
    summed.index = summed.index.set_names(["block_id", "package", "supply"])
    return summed.drop("", level="block_id", errors="ignore")


def _chunks(blocks: pd.Index) -> Iterator[pd.Index]:
    for start in range(0, len(blocks), CHUNK):
        yield blocks[start : start + CHUNK]


def _columns(frame: pd.DataFrame, blocks: pd.Index) -> Floats:
    """Hours of some blocks, shape (blocks, hours); a block without a column has none [kW]."""
    return frame.reindex(columns=blocks, fill_value=0.0).to_numpy().T


def _existing(inputs: EnergyInputs, blocks: pd.Index) -> Floats:
    """Hours of the arrays that some blocks have today, shape (blocks, hours) [kW]."""
    frame = inputs.pv_existing_hourly
    return np.zeros((len(blocks), len(inputs.pv_hourly)), dtype=np.float32) if frame is None else _columns(frame, blocks)


def _made(inputs: EnergyInputs, variant: Variant, blocks: pd.Index, today: Floats) -> Floats:
    """Hours of all arrays of some blocks, behind their batteries, shape (blocks, hours) [kW]."""
    made = today_and_new(today, _columns(inputs.new_pv(variant), blocks), variant.pv)
    # what a battery takes in an hour is all of the surplus but for rounding
    return np.maximum(made, 0.0) if variant.storage == BATTERY else made


def _let_hours_go(inputs: EnergyInputs) -> None:
    """Hours of blocks that are done need not stay in memory."""
    let_go(inputs.electricity_hourly, inputs.supply_electricity_hourly, inputs.pv_hourly, inputs.pv_existing_hourly)


def _check_pair(layer: str, index: pd.Index, variant: Variant) -> None:
    known = pd.MultiIndex.from_arrays([index.get_level_values(name) for name in ("package", "supply")]).unique()
    if (variant.package, variant.supply) not in known:
        raise LayerError(
            Sentence(
                "error.layer_lacks_package_with_supply",
                layer=layer,
                package=variant.package,
                supply=variant.supply,
                variant=variant.key,
                names=", ".join("/".join(pair) for pair in known),
            )
        )


def _supply_columns(inputs: EnergyInputs, variant: Variant, blocks: Iterable[str]) -> Floats:
    return _columns(inputs.of_supply(variant)[0], pd.Index(list(blocks), dtype="str"))


def _coarsened(power: Floats, index: pd.DatetimeIndex, timestep: str) -> Floats:
    """Energy per time step of the balance, shape (..., steps) [kWh]."""
    if timestep == "hourly":
        return power
    if timestep == "yearly":
        return power.sum(axis=-1, dtype=float, keepdims=True)
    months = np.flatnonzero(np.diff(index.month, prepend=0))
    return np.add.reduceat(power, months, axis=-1, dtype=float)


def electricity_flows(load: Floats, services: Floats, made: Floats, index: pd.DatetimeIndex, study: Study) -> CarrierFlows:
    """Flows of electricity with the study's time step, uses and matching factor; `services` are households and services."""
    own = study.balance
    heat, others, pv = (_coarsened(power, index, own.timestep) for power in (load, services, made))
    exponent = study.assumed("balance.match_exponent") if own.load_matching else None
    use, non_epb = (heat + others, np.zeros_like(others)) if own.uses == "all" else (heat, others)
    return carrier_flows("electricity", use, {"on_site": pv}, non_epb=non_epb, match_exponent=exponent)


def electricity_row(flows: CarrierFlows, load: Floats, made: Floats) -> dict[str, Floats]:
    """Columns of the layer ``balance`` that flows of electricity fill; load and yield by the hour tell the peaks [kWh/a], [kW]."""

    def annual(energy: Floats) -> Floats:
        return energy.sum(axis=-1, dtype=float)

    net = load - made
    pv, exported = annual(flows.production["on_site"]), annual(flows.exported)
    return {
        "electricity_use_kwh_a": annual(flows.use),
        "electricity_delivered_kwh_a": annual(flows.delivered),
        "electricity_exported_kwh_a": exported,
        "electricity_other_uses_kwh_a": annual(flows.non_epb),
        "pv_kwh_a": pv,
        "pv_used_kwh_a": pv - exported,
        "peak_import_kw": np.maximum(net.max(axis=-1), 0).astype(float),
        "peak_export_kw": np.maximum(-net.min(axis=-1), 0).astype(float),
    }


def block_flows(inputs: EnergyInputs, study: Study) -> pd.DataFrame:
    """
    Energy that crosses each block's boundary, per variant, before any factor is applied.

    Each block is matched on its own, hour by hour: what it exports in one hour does not serve it in another.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its ``variants`` and ``balance``.

    Returns
    -------
    DataFrame
        Index (``block_id``, ``variant``); ``<carrier>_delivered_kwh_a``, ``electricity_exported_kwh_a``, ``pv_kwh_a``,
        ``pv_used_kwh_a``, ``ambient_kwh_a`` [kWh/a], ``peak_import_kw``, ``peak_export_kw`` [kW], ``reference_area_m2`` [m²].

    Raises
    ------
    LayerError
        If a variant's package and supply are missing from the carriers or the hours.
    """
    index = pd.DatetimeIndex(inputs.electricity_hourly.index)
    parts: list[pd.DataFrame] = []
    for blocks in _chunks(inputs.blocks):
        services = _columns(inputs.electricity_hourly, blocks)
        today = _existing(inputs, blocks)
        for variant in study.variants:
            heat = _supply_columns(inputs, variant, blocks)
            made = _made(inputs, variant, blocks, today)
            flows = electricity_flows(heat, services, made, index, study)
            frame = pd.DataFrame(electricity_row(flows, heat + services, made), index=blocks)
            frame["variant"] = variant.key
            parts.append(frame.join(_carriers_of(inputs, variant, blocks)))
        _let_hours_go(inputs)
    joined = pd.concat(parts).set_index("variant", append=True)
    joined["reference_area_m2"] = joined.index.get_level_values("block_id").map(inputs.reference_area_m2.to_dict())
    keys = [variant.key for variant in study.variants]
    return joined.reindex(pd.MultiIndex.from_product([inputs.blocks, keys], names=["block_id", "variant"]))


def _carriers_of(inputs: EnergyInputs, variant: Variant, blocks: pd.Index) -> pd.DataFrame:
    chosen = inputs.of_supply(variant)[1].reindex(blocks, fill_value=0.0)
    return chosen.rename(columns={f"{carrier}_kwh_a": f"{carrier}_delivered_kwh_a" for carrier in HEAT_CARRIERS})


def carrier_row(carrier: str, supply: str, factors: FactorSet) -> str:
    """Carrier whose factors apply: a supply option that is a carrier of its own (``district_heat_…``) replaces its network's."""
    return supply if supply.startswith(f"{carrier}_") and supply in factors.carriers else carrier


def _annual_flows(flows: pd.DataFrame, supplies: Mapping[str, str], factors: FactorSet, study: Study) -> WeightedEnergy:
    """Weigh annual flows, one row each; the carriers of heat are weighted as the row's supply option says."""

    def column(name: str) -> Floats:
        return flows[name].to_numpy(float)[:, None]

    used, exported = column("pv_used_kwh_a"), column("electricity_exported_kwh_a")
    zero = np.zeros_like(used)
    electricity = CarrierFlows(
        "electricity",
        use=column("electricity_use_kwh_a"),
        non_epb=zero,
        production={"on_site": used + exported},
        used={"on_site": used},
        to_non_epb={"on_site": zero},
        to_grid={"on_site": exported},
        delivered=column("electricity_delivered_kwh_a"),
        delivered_non_epb=zero,
    )
    ambient = column("ambient_kwh_a")
    parts = [electricity, carrier_flows("ambient", ambient, {"on_site": ambient})]
    number, keys = pd.factorize(flows.index.get_level_values("variant"))
    options = [supplies[key] for key in keys]
    for carrier in HEAT_CARRIERS:
        delivered = column(f"{carrier}_delivered_kwh_a")
        rows = np.array([carrier_row(carrier, option, factors) for option in options])
        of_rule = {name: (rows == name)[number][:, None] for name in sorted(set(rows))}
        parts += [carrier_flows(name, np.where(those, delivered, 0.0)) for name, those in of_rule.items()]
    return weighted_energy(parts, factors, k_exp=credit(study))


def weigh_flows(flows: pd.DataFrame, study: Study, *, factors: FactorSet | None = None) -> pd.DataFrame:
    """
    Primary energy, CO₂ and pollutants of annual flows: the part of a balance that depends on factors alone.

    Parameters
    ----------
    flows : DataFrame
        As `block_flows` returns; the index must have a level ``variant``.
    study : Study
        Its ``balance`` and ``variants``.
    factors : FactorSet, optional
        Default: the study's set.

    Returns
    -------
    DataFrame
        `flows` with ``primary_energy_ren_kwh_a``, ``primary_energy_nren_kwh_a`` (below zero: a positive block),
        ``primary_energy_balance_kwh_a`` (surplus above zero), ``primary_energy_nren_kwh_m2a``, ``co2_kg_a``, ``rer``,
        renewable primary energy by perimeter, ``self_consumption``, ``self_sufficiency`` and pollutants.
    """
    factors = factors or factor_set(study.factor_set, study)
    supplies = {variant.key: variant.supply for variant in study.variants}
    weight = _annual_flows(flows, supplies, factors, study)
    area = flows["reference_area_m2"].where(flows["reference_area_m2"] > 0)
    pv, use = flows["pv_kwh_a"], flows["electricity_use_kwh_a"]
    nren = weight.weighted[:, 1]
    weighed = flows.assign(
        primary_energy_ren_kwh_a=weight.weighted[:, 0],
        primary_energy_nren_kwh_a=nren,
        primary_energy_tot_kwh_a=weight.weighted[:, 0] + nren,
        primary_energy_balance_kwh_a=-nren,
        primary_energy_nren_kwh_m2a=nren / area,
        primary_energy_nren_step_a_kwh_a=weight.step_a[:, 1],
        co2_kg_a=weight.weighted[:, 2],
        co2_kg_m2a=weight.weighted[:, 2] / area,
        rer=weight.rer,
        self_consumption=flows["pv_used_kwh_a"] / pv.where(pv > 0),
        self_sufficiency=flows["pv_used_kwh_a"] / use.where(use > 0),
    )
    for perimeter, ren in weight.ren_by_perimeter.items():
        weighed[f"renewable_{perimeter}_kwh_a"] = ren + np.zeros(len(flows))
    return pd.concat([weighed, _pollutants(flows, supplies, study.country)], axis=1)


def _pollutants(flows: pd.DataFrame, supplies: Mapping[str, str], country: str) -> pd.DataFrame:
    """Air pollutants of all delivered carriers, and dust and benzo(a)pyrene of those burnt in the district [kg/a]."""
    delivered = {f"{carrier}_kwh_a": flows[f"{carrier}_delivered_kwh_a"] for carrier in CARRIERS}
    energy, supply = pd.DataFrame(delivered), flows.index.get_level_values("variant").map(supplies)
    parts = [air_pollutants(energy[supply == key], supply=key, country=country) for key in dict.fromkeys(supply)]
    emitted = pd.concat(parts).reindex(flows.index)
    return emitted[[*(f"{name}_kg_a" for name in POLLUTANTS), "pm10_local_kg_a", "bap_local_kg_a"]]


def block_balance(inputs: EnergyInputs, study: Study, *, money: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Balance of each block and variant.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its ``variants`` and ``balance``.
    money : DataFrame, optional
        Index (``block_id``, ``variant``): ``investment``, ``grant`` … to stand beside the energy.

    Returns
    -------
    DataFrame
        Layer ``balance``, index (``block_id``, ``variant``): see `block_flows` and `weigh_flows`.

    Raises
    ------
    LayerError
        If a variant's package and supply are missing from the carriers or the hours.
    """
    balance = weigh_flows(block_flows(inputs, study), study)
    return balance if money is None else balance.join(money)


def hours_of_blocks(inputs: EnergyInputs, variant: Variant, blocks: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """
    Hours of several blocks, each on its own: `group_hourly` of every block at once, which is quicker.

    Yields
    ------
    tuple
        ``block_id`` and its hours.

    Raises
    ------
    LayerError
        If the variant's package and supply are missing.
    """
    names = pd.Index(list(blocks), dtype="str")
    for some in _chunks(names):
        heat = _supply_columns(inputs, variant, some).astype(float)
        services = _columns(inputs.electricity_hourly, some).astype(float)
        made = _made(inputs, variant, some, _existing(inputs, some).astype(float))
        _let_hours_go(inputs)
        for column, name in enumerate(some):
            load = heat[column] + services[column]
            hours = {
                "heat_kw": heat[column],
                "services_kw": services[column],
                "load_kw": load,
                "pv_kw": made[column],
                "net_kw": load - made[column],
            }
            yield name, pd.DataFrame(hours, index=inputs.electricity_hourly.index)
