"""
EN ISO 52000-1 bookkeeping on arrays: what is used, made, matched, delivered and exported, and what it weighs in steps A and B.

Time is the last axis of every array; leading axes (blocks, draws) are carried along. Weights stand in a last axis of length 3:
renewable primary energy [kWh], non-renewable primary energy [kWh], CO₂ [kg].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo.balance.factors import PERIMETERS, FactorSet

__all__ = ["CarrierFlows", "WeightedEnergy", "carrier_flows", "matching_factor", "weighted_energy"]

Floats = npt.NDArray[np.floating]


def _total(parts: Mapping[str, Floats], like: Floats) -> Floats:
    """Sum of the parts; a part that is alone is not copied."""
    first, *others = parts.values() if parts else (np.zeros_like(like),)
    return sum(others, start=first)


@dataclass(frozen=True)
class CarrierFlows:
    """
    Flows of one carrier in each time step.

    Attributes
    ----------
    carrier : str
        Name of the carrier.
    use : ndarray, shape (..., time)
        Use within the assessment (EPB uses). [kWh]
    non_epb : ndarray, shape (..., time)
        Use outside the assessment. [kWh]
    production, used, to_non_epb, to_grid : mapping
        By origin (``on_site``, ``nearby``, ``cogeneration``): what is made, and where it goes. [kWh]
    delivered : ndarray, shape (..., time)
        Delivered across the boundary for uses within the assessment. [kWh]
    delivered_non_epb : ndarray, shape (..., time)
        Delivered across the boundary for uses outside the assessment. [kWh]
    """

    carrier: str
    use: Floats
    non_epb: Floats
    production: Mapping[str, Floats]
    used: Mapping[str, Floats]
    to_non_epb: Mapping[str, Floats]
    to_grid: Mapping[str, Floats]
    delivered: Floats
    delivered_non_epb: Floats

    @property
    def exported(self) -> Floats:
        """Sent out of the assessment to the grid and to uses outside it [kWh]."""
        return self._sum(self.to_non_epb) + self._sum(self.to_grid)

    @property
    def sent_to_grid(self) -> Floats:
        """Sent to the grid [kWh]."""
        return self._sum(self.to_grid)

    @property
    def residual(self) -> Floats:
        """Energy in minus energy out, zero in every step but for rounding [kWh]."""
        brought = self.delivered + self.delivered_non_epb + self._sum(self.production)
        return brought - self.use - self.non_epb - self._sum(self.to_grid)

    def _sum(self, parts: Mapping[str, Floats]) -> Floats:
        return _total(parts, self.use)


def matching_factor(production: Floats, use: Floats, exponent: float) -> Floats:
    r"""
    Share of the smaller of production and use that really meets within a coarse time step.

    Parameters
    ----------
    production, use : ndarray
        Sums over the step. [kWh]
    exponent : float
        Exponent n. [-]

    Returns
    -------
    ndarray
        0 to 1; 1 where either is zero.

    Notes
    -----
    EN ISO 52000-1:2017, 11.6.2.4 and annex B, with x = production/use:

    .. math:: f_{match} = \frac{x^n + x^{-n} - 1}{x^n + x^{-n}}

    Examples
    --------
    >>> matching_factor(np.array([100.0, 0.0]), np.array([100.0, 50.0]), 1).tolist()
    [0.5, 1.0]
    """
    both = (production > 0) & (use > 0)
    log_ratio = np.log(np.where(both, production, 1.0)) - np.log(np.where(both, use, 1.0))
    power = np.exp(np.minimum(np.abs(exponent * log_ratio), np.log(np.finfo(float).max) / 2))
    total = power + 1 / power
    return np.where(both, (total - 1) / total, 1.0)


def _split(production: Mapping[str, Floats], wanted: Floats, priority: Sequence[str]) -> dict[str, Floats]:
    """What each origin gives to `wanted`, by priority first, the rest in proportion to what is made in the step."""
    taken: dict[str, Floats] = {}
    left = wanted
    for origin in priority:
        if origin in production:
            taken[origin] = np.minimum(production[origin], left)
            left = left - taken[origin]
    rest = {origin: made for origin, made in production.items() if origin not in taken}
    total = _total(rest, wanted)
    share = np.divide(np.minimum(left, total), total, out=np.zeros_like(total), where=total > 0)
    return taken | {origin: made * share for origin, made in rest.items()}


def carrier_flows(
    carrier: str,
    use: npt.ArrayLike,
    production: Mapping[str, npt.ArrayLike] | None = None,
    *,
    non_epb: npt.ArrayLike = 0.0,
    match_exponent: float | None = None,
    priority: Sequence[str] = (),
) -> CarrierFlows:
    """
    Match production with use in each time step: own production serves own use first, then uses outside, then the grid.

    Parameters
    ----------
    carrier : str
        Name of the carrier.
    use : array_like, shape (..., time)
        Use within the assessment. [kWh]
    production : mapping, optional
        Origin (``on_site``, ``nearby``, ``cogeneration``) → energy made, same shape. [kWh]
    non_epb : array_like
        Use outside the assessment. [kWh]
    match_exponent : float, optional
        Exponent of `matching_factor` for coarse time steps; none: all that coincides within the step is matched.
    priority : sequence of str
        Origins that serve the use before the others; the others share in proportion to what they make (9.6.6.2.4).

    Returns
    -------
    CarrierFlows

    Raises
    ------
    ValueError
        If a use or a production is negative or not a number.

    Examples
    --------
    >>> flows = carrier_flows("electricity", [100.0], {"on_site": [140.0]})
    >>> float(flows.delivered.sum()), float(flows.exported.sum())
    (0.0, 40.0)
    """
    made = {origin: np.asarray(values) for origin, values in (production or {}).items()}
    use, non_epb, *values = np.broadcast_arrays(np.atleast_1d(np.asarray(use)), np.asarray(non_epb), *made.values())
    made = dict(zip(made, values, strict=True))
    for what, flow in {"use": use, "use outside the assessment": non_epb, **made}.items():
        # the least of what is not a number is none
        if flow.size and not flow.min() >= 0:
            raise ValueError(f"{carrier}: {what} holds a value below zero or not a number")
    total = _total(made, use)
    matched = np.minimum(total, use)
    if match_exponent is not None:
        matched = matched * matching_factor(total, use, match_exponent)
    used = _split(made, matched, priority)
    surplus = {origin: np.maximum(made[origin] - used[origin], 0) for origin in made}
    if non_epb.any():
        to_non_epb = _split(surplus, np.minimum(total - matched, non_epb), ())
        to_grid = {origin: np.maximum(surplus[origin] - to_non_epb[origin], 0) for origin in made}
    else:
        to_non_epb, to_grid = dict.fromkeys(made, np.zeros_like(use)), surplus
    return CarrierFlows(
        carrier,
        use,
        non_epb,
        made,
        used,
        to_non_epb,
        to_grid,
        use - matched,
        non_epb - _total(to_non_epb, use),
    )


@dataclass(frozen=True)
class WeightedEnergy:
    """
    Weighted energy of an assessment; arrays of shape (..., 3) hold renewable, non-renewable [kWh] and CO₂ [kg].

    Attributes
    ----------
    delivered : ndarray
        Weighted delivered energy, what is made on site included.
    exported_a : ndarray
        Resources used to make what is exported (step A).
    exported_ab : ndarray
        Resources avoided elsewhere beyond those used (step B minus step A).
    k_exp : float
        Share of `exported_ab` that is credited.
    ren_by_perimeter : mapping
        Renewable primary energy of step A by ``on_site``, ``nearby``, ``distant``. [kWh]
    """

    delivered: Floats
    exported_a: Floats
    exported_ab: Floats
    k_exp: float
    ren_by_perimeter: Mapping[str, Floats]

    @property
    def step_a(self) -> Floats:
        """Resources used for what stays in the assessment."""
        return self.delivered - self.exported_a

    @property
    def step_b(self) -> Floats:
        """Step A less all resources that exports avoid elsewhere (``k_exp`` = 1)."""
        return self.step_a - self.exported_ab

    @property
    def weighted(self) -> Floats:
        """Step A less the credited share of the avoided resources: the assessment's result."""
        return self.step_a - self.k_exp * self.exported_ab

    @property
    def rer(self) -> Floats:
        """Renewable energy ratio of step A, 0 to 1; not a number where no primary energy is used [-]."""
        ren, nren = self.step_a[..., 0], self.step_a[..., 1]
        total = ren + nren
        return np.where(total > 0, ren / np.where(total > 0, total, 1.0), np.nan)

    @property
    def rer_weighted(self) -> Floats:
        """Renewable energy ratio of the assessment's result, as EN ISO 52000-1 prints it; may leave 0 to 1 [-]."""
        ren, nren = self.weighted[..., 0], self.weighted[..., 1]
        total = ren + nren
        return np.where(total != 0, ren / np.where(total != 0, total, 1.0), np.nan)


def weighted_energy(flows: Iterable[CarrierFlows], factors: FactorSet, *, k_exp: float = 1.0) -> WeightedEnergy:
    r"""
    Weigh the flows of all carriers over the whole time axis (EN ISO 52000-1:2017, 9.6 and 11.6).

    Parameters
    ----------
    flows : iterable of CarrierFlows
        One per carrier; leading axes must be alike, time axes may differ.
    factors : FactorSet
        Weighting factors.
    k_exp : float
        Share of the avoided resources that exports are credited with, 0 to 1.

    Returns
    -------
    WeightedEnergy

    Notes
    -----
    .. math:: E_{we} = E_{we,del} - E_{we,exp,A} - k_{exp} \, E_{we,exp,AB}, \quad E_{we,exp,AB} = E_{exp} (f_B - f_A)

    Examples
    --------
    Example J3 of ISO/TR 52000-2: 100 kWh used, 140 kWh of PV.

    >>> from ped_geo.balance import factor_set
    >>> flows = carrier_flows("electricity", [100.0], {"on_site": [140.0]})
    >>> weighted_energy([flows], factor_set("tr52000_2_examples")).weighted.round(1).tolist()
    [120.0, -80.0, -16.8]
    """
    delivered: Floats = np.zeros(3)
    exported_a: Floats = np.zeros(3)
    exported_ab: Floats = np.zeros(3)
    ren: dict[str, Floats] = {perimeter: np.zeros(()) for perimeter in PERIMETERS}

    def weigh(energy: Floats, carrier: str, origin: str, use: str, step: str) -> Floats:
        annual = energy.sum(axis=-1, dtype=float)[..., None]
        return annual * (factors.weight(carrier, origin, use, step) if annual.any() else np.zeros(3))

    for flow in flows:
        supply = {"grid": flow.delivered, **flow.production}
        for origin, energy in supply.items():
            taken = weigh(energy, flow.carrier, origin, "supply", "A")
            delivered = delivered + taken
            perimeter = factors.perimeter(flow.carrier, origin)
            ren[perimeter] = ren[perimeter] + taken[..., 0]
        for use, parts in (("to_grid", flow.to_grid), ("to_non_epb", flow.to_non_epb)):
            for origin, energy in parts.items():
                spent = weigh(energy, flow.carrier, origin, use, "A")
                exported_a = exported_a + spent
                exported_ab = exported_ab + weigh(energy, flow.carrier, origin, use, "B") - spent
                perimeter = factors.perimeter(flow.carrier, origin)
                ren[perimeter] = ren[perimeter] - spent[..., 0]
    return WeightedEnergy(delivered, exported_a, exported_ab, k_exp, ren)
