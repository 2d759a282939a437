"""
The Austrian klimaaktiv Plus-Energie-Quartier with its density target, as an outside benchmark.

Low density must over-deliver, high density gets a credit. It is Austrian policy: for a Polish quarter it is a comparison, not a
legal verdict.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.balance import HEAT_CARRIERS, FactorSet, factor_set
from ped_geo.balance.blocks import carrier_row

__all__ = ["FLEXIBILITY", "MOBILITY_USES", "brochure_target", "density_credit", "mobility_budget", "peq_balance"]

FACTORS = "at_oib_2019"

FLEXIBILITY = "balance.peq_flexibility"
"""Assumption of the credit for flexible operation, which no stage computes; zero: the benchmark is told without flexibility."""

MOBILITY_USES = {
    "residential_multi": "residential",
    "residential_single": "residential",
    "office": "office",
    "health": "office",
    "school": "education",
    "kindergarten": "education",
}


@cache
def _constants(version: str) -> dict[str, float]:
    table = assumptions.table("peq")
    rows = table[table["version"] == version]
    return dict(zip(rows["key"], rows["value"].astype(float), strict=True))


def density_credit(fsi: float, *, version: str = "v1_06") -> float:
    r"""
    Density context factor: what a quarter of this density is forgiven, or must over-deliver.

    Parameters
    ----------
    fsi : float
        Gross floor area by plot area (GFZ). [-]
    version : str
        ``v1_06`` (v1.06 to v1.09) or ``older`` of ``assumptions/tables/peq.csv``.

    Returns
    -------
    float
        Credit above zero, extra duty below. [kWh_PE/(m²NFA·a)]

    Notes
    -----
    .. math:: CF = -\min\left(f_{PE} \left(\frac{A}{FSI + dx} - EUI\right), cutoff\right)

    References
    ----------
    .. [1] klimaaktiv Plus-Energie-Quartier, as in PEExcel v1.06 to v1.09.

    Examples
    --------
    >>> round(density_credit(1.0), 2), round(density_credit(2.1), 1)
    (-0.07, 26.3)
    """
    c = _constants(version)
    return -min(c["f_pe"] * (c["yield_per_plot"] / (fsi + c["dx"]) - c["eui"]), c["cutoff"])


def brochure_target(fsi: float) -> float:
    """
    Credit by the curve of the 2026 brochure, which differs from the constants of v1.06 to v1.09.

    Parameters
    ----------
    fsi : float
        Gross floor area by plot area (GFZ). [-]

    Returns
    -------
    float
        [kWh_PE/(m²NFA·a)]

    Examples
    --------
    >>> [round(brochure_target(fsi)) for fsi in (0.4, 1.2, 4.0)]
    [-88, 8, 48]
    """
    c = _constants("brochure_2026")
    return c["fit_top"] - c["fit_slope"] / (fsi + c["fit_dx"])


def mobility_budget(area_by_use: pd.Series) -> float:
    """
    Everyday mobility budget of a quarter's mix of uses.

    Parameters
    ----------
    area_by_use : Series
        Floor area by use of the buildings layer. [m²]

    Returns
    -------
    float
        [kWh_PE/(m²NFA·a)]; zero without floor area.

    Examples
    --------
    >>> mobility_budget(pd.Series({"residential_multi": 1000.0, "office": 1000.0}))
    27.79
    """
    budget = _constants("mobility")
    if area_by_use.sum() <= 0:
        return 0.0
    per_use = np.array([budget[MOBILITY_USES.get(str(use), "other")] for use in area_by_use.index])
    return float((area_by_use.to_numpy() * per_use).sum() / area_by_use.sum())


def _total(factors: FactorSet, carrier: str) -> float:
    ren, nren, _ = factors.weight(carrier)
    return float(ren + nren)


def peq_balance(
    flows: pd.DataFrame,
    *,
    fsi: float,
    renovated_share: float,
    supplies: dict[str, str],
    mobility: float = 0.0,
    flexibility: float = 0.0,
    version: str = "v1_06",
) -> float:
    r"""
    Balance of a quarter by the rules of the Plus-Energie-Quartier; not below zero fulfils it.

    Parameters
    ----------
    flows : DataFrame
        As `ped_geo.balance.group_flows` returns.
    fsi : float
        Gross floor area by plot area. [-]
    renovated_share : float
        Share of the floor area that is renovated rather than new. [-]
    supplies : dict
        Variant → supply option.
    mobility : float
        Credited budget less what mobility takes. [kWh_PE/(m²NFA·a)]
    flexibility : float
        Credit for electricity taken when the grid is clean. [kWh_PE/(m²NFA·a)]
    version : str
        Of the density credit: ``v1_06``, ``older`` or ``brochure_2026``.

    Returns
    -------
    float
        [kWh_PE/(m²NFA·a)], heated floor area taken as net floor area; not a number without floor area.

    Notes
    -----
    .. math:: PEQ = CF_{renov} + CF_{mob} + CF_{density} + credit_{flex} + credit_{PV} - PEI_{demand} - PEI_{mob}

    Total primary energy with the factors of OIB-Richtlinie 6 (2019); PV is worth the grid's factor. No storage losses are
    counted, as there is no storage.

    References
    ----------
    .. [1] PEExcel v1.09, output ``PEI_balance``.
    """
    area = float(flows["reference_area_m2"].sum())
    if area <= 0:
        return float("nan")
    factors = factor_set(FACTORS)
    electricity = _total(factors, "electricity") * float((flows["electricity_use_kwh_a"] - flows["pv_kwh_a"]).sum())
    heat = 0.0
    for variant, row in flows.iterrows():
        for carrier in HEAT_CARRIERS:
            name = carrier_row(carrier, supplies.get(str(variant), ""), factors)
            heat += _total(factors, name) * float(row[f"{carrier}_delivered_kwh_a"])
    density = brochure_target(fsi) if version == "brochure_2026" else density_credit(fsi, version=version)
    renovation = _constants("credit")["renovated"] * renovated_share
    return renovation + density + mobility + flexibility - (electricity + heat) / area
