"""What photovoltaics cost, earn and pay back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import assumptions
from ped_geo.finance.annuity import annuity_factor, discounted_payback, discounted_sum, npv, simple_payback
from ped_geo.finance.grants import best_grant, owners
from ped_geo.finance.prices import price
from ped_geo.flows import CANOPY, FACADE, with_places
from ped_geo.study import Study, Variant

__all__ = ["place_economics", "pv_economics", "pv_investment", "pv_money", "pv_price"]

Floats = npt.NDArray[np.float64]

ADDING_UP = ("capacity_new_kwp", "yield_new_kwh_a", "investment", "grant", "running_cost_a", "gain_a", "annual_cost_a", "npv")
"""Columns of ``pv_economics`` whose sum over arrays means something."""


def pv_price(capacity_kwp: npt.ArrayLike, study: Study) -> Floats:
    """
    Turnkey price of a PV array of a given size, net.

    Parameters
    ----------
    capacity_kwp : float or array
        Size of the array. [kWp]
    study : Study
        Gives the prices of the size classes of ``tables/pv_costs.csv``.

    Returns
    -------
    ndarray
        [PLN/kWp]

    Notes
    -----
    The price of a class holds at its geometric middle; between the middles it runs linearly with the logarithm of the size, so
    that an array never becomes cheaper by being larger than a class limit.

    Examples
    --------
    >>> pv_price([22.36, 86.6], Study(name="x")).round(0).tolist()
    [3700.0, 3200.0]
    """
    classes = assumptions.table("pv_costs")
    middles = np.sqrt(classes["from_kwp"].to_numpy(float) * classes["to_kwp"].to_numpy(float))
    prices = [study.assumed(key) for key in classes["price"]]
    return np.interp(np.log(np.maximum(np.asarray(capacity_kwp, float), 1e-9)), np.log(middles), prices)


def pv_investment(capacity_kwp: npt.ArrayLike, study: Study, *, high_roof: npt.ArrayLike = False) -> Floats:
    """
    Investment in PV arrays, net.

    Parameters
    ----------
    capacity_kwp : float or array
        Size. [kWp]
    study : Study
        Gives the prices.
    high_roof : bool or array
        Whether the array lies with ballast on a high flat roof, which costs more.

    Returns
    -------
    ndarray
        [PLN]
    """
    size = np.asarray(capacity_kwp, float)
    extra = np.where(high_roof, study.assumed("prices.pv_high_roof_surcharge"), 0.0)
    return np.where(size > 0, size * pv_price(size, study) * (1 + extra), 0.0)


def pv_economics(
    pv_buildings: pd.DataFrame, buildings: pd.DataFrame, study: Study, *, own_use: pd.Series | float | None = None
) -> pd.DataFrame:
    """
    Money of the PV arrays that can be added to each building.

    Parameters
    ----------
    pv_buildings : DataFrame, shape (n, …)
        Layer ``pv_buildings``: ``capacity_kwp``, ``existing_kwp`` [kWp], ``annual_yield_kwh_a`` [kWh/a].
    buildings : DataFrame
        Layer ``buildings`` of the same buildings.
    study : Study
        Its ``finance`` section and the prices.
    own_use : Series or float, optional
        Share of the yield used on site; default: ``finance.pv_own_use_cooperative``. Known hour by hour only in the balance. [-]

    Returns
    -------
    DataFrame, shape (n, 11)
        Layer ``pv_economics``: ``capacity_new_kwp``, ``yield_new_kwh_a``, ``investment``, ``grant``,
        ``running_cost_a``, ``gain_a``, ``annual_cost_a``, ``lcoe_per_kwh``, ``npv``, ``simple_payback_a``,
        ``discounted_payback_a``.

    Notes
    -----
    Existing arrays are neither paid for nor counted as gain. The inverter is renewed at the end of its life.
    """
    rows = buildings.loc[pv_buildings.index]
    size, existing = pv_buildings["capacity_kwp"].to_numpy(float), pv_buildings["existing_kwp"].to_numpy(float)
    new = np.maximum(size - existing, 0.0)
    made = pv_buildings["annual_yield_kwh_a"].to_numpy(float) * np.divide(new, size, out=np.zeros_like(new), where=size > 0)
    high = (rows["height_m"].to_numpy(float) > study.assumed("retrofit.wool_above_height")) & rows["roof_shape"].astype("str").eq(
        "flat"
    ).to_numpy()
    share = _own_use(own_use, pv_buildings.index, study)
    return _economics(new, made, pv_investment(new, study, high_roof=high), share, rows, study)


def place_economics(pv_places: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Money of the arrays beyond the roofs: on façades, and over car parks.

    Parameters
    ----------
    pv_places : DataFrame
        Layer ``pv_places``, index (``building_id``, ``place``).
    buildings : DataFrame
        Layer ``buildings`` of the same buildings.
    study : Study
        Its ``finance`` section and the prices.

    Returns
    -------
    DataFrame
        Layer ``pv_place_economics``: the index of `pv_places`, the columns of ``pv_economics``.

    Notes
    -----
    A façade costs what a roof of its size does and a surcharge; a canopy its own price, with its steel. What a canopy yields is sold,
    as no meter of the house is near; a façade is used in the house like a roof.
    """
    parts = []
    for place in (FACADE, CANOPY):
        mine = pv_places[pv_places.index.get_level_values("place") == place]
        rows = buildings.loc[mine.index.get_level_values("building_id")]
        size, made = mine["capacity_kwp"].to_numpy(float), mine["annual_yield_kwh_a"].to_numpy(float)
        if place == FACADE:
            spent = pv_investment(size, study) * (1.0 + study.assumed("prices.pv_facade_surcharge"))
        else:
            spent = size * study.assumed("districts.carport_price")
        share = _own_use(None if place == FACADE else 0.0, mine.index, study)
        parts.append(_economics(size, made, spent, share, rows, study).set_axis(mine.index))
    return pd.concat(parts).sort_index()


def pv_money(pv_economics: pd.DataFrame, place_economics: pd.DataFrame | None, variant: Variant) -> pd.DataFrame:
    """
    Money of all new arrays that a variant has; nothing where it has no PV.

    Parameters
    ----------
    pv_economics, place_economics : DataFrame
        Layers ``pv_economics`` and ``pv_place_economics``.
    variant : Variant

    Returns
    -------
    DataFrame
        Index ``building_id``: those of the columns of `pv_economics` that add up.
    """
    roofs = pv_economics[list(ADDING_UP)]
    if place_economics is not None and variant.pv and variant.places:
        more = place_economics.index.get_level_values("building_id").unique()
        roofs = with_places(roofs.reindex(roofs.index.union(more)).fillna(0.0), place_economics[list(ADDING_UP)], variant.places)
    return roofs * float(variant.pv)


def _economics(new: Floats, made: Floats, spent: Floats, share: Floats, rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """What arrays of a size [kWp], a yield [kWh/a], a price [money] and a share of own use earn their owners; one row for each."""
    grant, _ = best_grant(np.zeros(len(new)), spent, owners(rows, study.country).tolist(), study)
    rate, life = study.finance.discount_rate, round(study.assumed("finance.pv_lifetime"))
    inverter = _inverters(new, rate, life, study)
    running = new * study.assumed("prices.pv_opex")
    worth = share * price("electricity", study) + (1 - share) * price("electricity_export", study)
    gain = made * worth - running
    fade = -study.assumed("pv.degradation")
    energy = made * discounted_sum(rate, life, fade)
    whole = spent + inverter + running * discounted_sum(rate, life)
    net = spent - grant + inverter
    return pd.DataFrame(
        {
            "capacity_new_kwp": new,
            "yield_new_kwh_a": made,
            "investment": spent,
            "grant": grant,
            "running_cost_a": running,
            "gain_a": gain,
            "annual_cost_a": net * annuity_factor(rate, life) + running,
            "lcoe_per_kwh": np.divide(whole, energy, out=np.full(len(new), np.nan), where=energy > 0),
            "npv": npv(net + running * discounted_sum(rate, life), made * worth, rate, life, fade),
            "simple_payback_a": simple_payback(spent - grant, gain),
            "discounted_payback_a": discounted_payback(net, gain, rate),
        },
        index=rows.index,
    )


def _own_use(own_use: pd.Series | float | None, index: pd.Index, study: Study) -> Floats:
    """Share of the yield used on site, shape (n,)."""
    if isinstance(own_use, pd.Series):
        return own_use.reindex(index).to_numpy(float)
    return np.full(len(index), study.assumed("finance.pv_own_use_cooperative") if own_use is None else own_use)


def _inverters(size_kw: Floats, rate: float, life_a: int, study: Study) -> Floats:
    """Present value of the inverters renewed within the life of the modules [money]."""
    step = round(study.assumed("finance.pv_inverter_life"))
    factor = sum((1 + rate) ** -year for year in range(step, life_a, step))
    return size_kw * study.assumed("prices.pv_inverter") * factor
