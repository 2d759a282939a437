"""
The Austrian klimaaktiv Plus-Energie-Quartier with its density target, as an outside benchmark.

Low density must over-deliver, high density gets a credit. It is Austrian policy: for a Polish quarter it is a comparison, not a
legal verdict.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import assumptions
from ped_geo.accounts import Accounts, further_need
from ped_geo.balance import FactorSet, carrier_row, factor_set
from ped_geo.flows import HEAT_CARRIERS, Groups

__all__ = ["FLEXIBILITY", "MOBILITY_USES", "brochure_target", "density_credit", "mobility_budget", "mobility_budgets", "peq_balance"]

Floats = npt.NDArray[np.floating]

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


def density_credit(fsi: float | Floats, *, version: str = "v1_06") -> Floats:
    r"""
    Density context factor: what a quarter of this density is forgiven, or must over-deliver.

    Parameters
    ----------
    fsi : float or ndarray
        Gross floor area by plot area (GFZ). [-]
    version : str
        ``v1_06`` (v1.06 to v1.09) or ``older`` of ``assumptions/tables/peq.csv``.

    Returns
    -------
    float or ndarray
        Credit above zero, extra duty below. [kWh_PE/(m²NFA·a)]

    Notes
    -----
    .. math:: CF = -\min\left(f_{PE} \left(\frac{A}{FSI + dx} - EUI\right), cutoff\right)

    References
    ----------
    .. [1] klimaaktiv Plus-Energie-Quartier, as in PEExcel v1.06 to v1.09.

    Examples
    --------
    >>> density_credit(np.array([1.0, 2.1])).round(1).tolist()
    [-0.1, 26.3]
    """
    c = _constants(version)
    return -np.minimum(c["f_pe"] * (c["yield_per_plot"] / (np.asarray(fsi) + c["dx"]) - c["eui"]), c["cutoff"])


def brochure_target(fsi: float | Floats) -> Floats:
    """
    Credit by the curve of the 2026 brochure, which differs from the constants of v1.06 to v1.09.

    Parameters
    ----------
    fsi : float or ndarray
        Gross floor area by plot area (GFZ). [-]

    Returns
    -------
    float or ndarray
        [kWh_PE/(m²NFA·a)]

    Examples
    --------
    >>> [round(brochure_target(fsi)) for fsi in (0.4, 1.2, 4.0)]
    [-88, 8, 48]
    """
    c = _constants("brochure_2026")
    return c["fit_top"] - c["fit_slope"] / (np.asarray(fsi) + c["fit_dx"])


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
    return float(mobility_budgets(area_by_use.to_frame().T)[0])


def mobility_budgets(area_by_use: pd.DataFrame) -> Floats:
    """
    `mobility_budget` of several quarters.

    Parameters
    ----------
    area_by_use : DataFrame
        One row per quarter, columns uses: floor area. [m²]
    """
    budget = _constants("mobility")
    per_use = np.array([budget[MOBILITY_USES.get(str(use), "other")] for use in area_by_use])
    area = area_by_use.to_numpy(dtype=float)
    total = area.sum(axis=1)
    return np.divide((area * per_use).sum(axis=1), total, out=np.zeros(len(area)), where=total > 0)


def _total(factors: FactorSet, carrier: str) -> float:
    ren, nren, _ = factors.weight(carrier)
    return float(ren + nren)


def peq_balance(
    flows: pd.DataFrame,
    *,
    fsi: float | Floats,
    renovated_share: float | Floats,
    supplies: dict[str, str],
    groups: Groups | None = None,
    mobility: float | Floats = 0.0,
    flexibility: float = 0.0,
    version: str = "v1_06",
) -> Floats:
    r"""
    Balance of a quarter by the rules of the Plus-Energie-Quartier; not below zero fulfils it.

    Parameters
    ----------
    flows : DataFrame
        As `ped_geo.balance.flows_of_groups` returns.
    fsi : float or ndarray, shape (groups,)
        Gross floor area by plot area. [-]
    renovated_share : float or ndarray, shape (groups,)
        Share of the floor area that is renovated rather than new. [-]
    supplies : dict
        Variant → supply option.
    groups : Groups, optional
        Those that the rows belong to; none: all to one.
    mobility : float or ndarray, shape (groups,)
        Credited budget less what mobility takes. [kWh_PE/(m²NFA·a)]
    flexibility : float
        Credit for electricity taken when the grid is clean. [kWh_PE/(m²NFA·a)]
    version : str
        Of the density credit: ``v1_06``, ``older`` or ``brochure_2026``.

    Returns
    -------
    ndarray, shape (groups,)
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

    def summed(values: npt.ArrayLike) -> Floats:
        return np.asarray(values, dtype=float).sum(keepdims=True) if groups is None else groups.over_parts(values)

    factors = factor_set(FACTORS)
    number, variants = pd.factorize(flows.index.get_level_values("variant"))
    area = summed(flows["reference_area_m2"])
    energy = _total(factors, "electricity") * (flows["electricity_use_kwh_a"] - flows["pv_kwh_a"]).to_numpy(dtype=float)
    for carrier in HEAT_CARRIERS:
        weight = np.array([_total(factors, carrier_row(carrier, supplies.get(str(key), ""), factors)) for key in variants])
        energy = energy + weight[number] * flows[f"{carrier}_delivered_kwh_a"].to_numpy(dtype=float)
    density = brochure_target(fsi) if version == "brochure_2026" else density_credit(fsi, version=version)
    renovation = _constants("credit")["renovated"] * renovated_share
    per_area = np.divide(summed(energy), area, out=np.full(area.shape, np.nan), where=area > 0)
    return renovation + density + mobility + flexibility - per_area


def _of_version(accounts: Accounts, version: str) -> Floats:
    return peq_balance(
        accounts.flows,
        groups=accounts.groups,
        fsi=accounts.fsi,
        renovated_share=accounts.renovated_share,
        supplies=accounts.supplies,
        version=version,
    )


@further_need
def peq_kwh_m2a(accounts: Accounts) -> Floats:
    """Balance of the quarter without mobility and flexibility; not a number without plots [kWh_PE/(m²NFA·a)]."""
    return _of_version(accounts, "v1_06")


@further_need
def peq_brochure_kwh_m2a(accounts: Accounts) -> Floats:
    """The same by the curve of the brochure [kWh_PE/(m²NFA·a)]."""
    return _of_version(accounts, "brochure_2026")


@further_need
def peq_mobility_kwh_m2a(accounts: Accounts) -> Floats | None:
    """Credited budget of mobility less what mobility takes; none where uses are unknown [kWh_PE/(m²NFA·a)]."""
    by_use = accounts.area_by_use_m2
    if by_use is None:
        return None
    budget = mobility_budgets(by_use)
    return budget - accounts.study.assumed("balance.peq_mobility_use") * budget


@further_need
def flexibility_kwh_m2a(accounts: Accounts) -> float | None:
    """Credit for flexible operation; none where the study credits none [kWh_PE/(m²NFA·a)]."""
    credited = accounts.study.assumed(FLEXIBILITY)
    return credited if credited > 0 else None
