"""Named and dated sets of weighting factors: renewable and non-renewable primary energy and CO₂ per unit of a carrier."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import assumptions
from ped_geo.balance import cogeneration
from ped_geo.countries import FORM_ONLY, pack, packs
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = [
    "METRICS",
    "PERIMETERS",
    "FactorSet",
    "cogeneration_weight",
    "factor_rows",
    "factor_set",
    "factor_set_names",
    "with_cogeneration",
]

METRICS = ("ren", "nren", "co2")
PERIMETERS = ("on_site", "nearby", "distant")

Weight = tuple[float, float, float]
Key = tuple[str, str, str, str]
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class FactorSet:
    """
    Weighting factors of EN ISO 52000-1 with the standard's rules for what is not listed.

    Attributes
    ----------
    name : str
        Name of the set; every verdict quotes it.
    weights : mapping
        ``(carrier, origin, use, step)`` → (renewable, non-renewable, CO₂) in kWh/kWh, kWh/kWh and kg/kWh. Origin is ``grid``
        (anything delivered across the boundary), ``on_site``, ``nearby`` or ``cogeneration``; use is ``supply``, ``to_grid``
        or ``to_non_epb``; step is ``A`` (resources used) or ``B`` (resources avoided elsewhere).
    perimeters : mapping
        ``(carrier, origin)`` → ``on_site``, ``nearby`` or ``distant``: where the renewable share comes from.
    own : tuple of str
        Assumptions of the district that replaced values of the set.

    Examples
    --------
    >>> examples = factor_set("tr52000_2_examples")
    >>> examples.weight("electricity").tolist()
    [0.5, 2.0, 0.42]
    >>> examples.weight("electricity", "on_site", "to_grid", "B").tolist()
    [0.5, 2.0, 0.42]
    """

    name: str
    weights: Mapping[Key, Weight]
    perimeters: Mapping[tuple[str, str], str] = field(default_factory=dict)
    own: tuple[str, ...] = ()

    @property
    def carriers(self) -> tuple[str, ...]:
        """Carriers the set knows, sorted."""
        return tuple(sorted({key[0] for key in self.weights}))

    @property
    def label(self) -> str:
        """Name of the set, marked ``+own`` where the district's own values replaced some of it."""
        return f"{self.name}+own" if self.own else self.name

    def weight(self, carrier: str, origin: str = "grid", use: str = "supply", step: str = "A") -> Floats:
        """
        Factors (renewable, non-renewable, CO₂) of one flow.

        What the set does not list follows the standard: energy made on site weighs as fully renewable; exports carry in step A
        what their production took, and in step B what the grid's supply of the carrier takes; exports to uses outside the
        assessment weigh as exports to the grid. Electricity from cogeneration weighs nothing, because its fuel is counted.

        Parameters
        ----------
        carrier, origin, use, step : str
            As in `weights`.

        Returns
        -------
        ndarray, shape (3,)
            kWh/kWh, kWh/kWh, kg/kWh.

        Raises
        ------
        StudyError
            If the set has no factor for the carrier, or none for exported electricity from cogeneration.
        """
        listed = self.weights.get((carrier, origin, use, step))
        if listed is not None:
            return np.array(listed)
        if use == "to_non_epb":
            return self.weight(carrier, origin, "to_grid", step)
        if use == "to_grid" and step == "B":
            return self.weight(carrier)
        if use == "to_grid" and origin != "cogeneration":
            return self.weight(carrier, origin)
        if use == "supply" and origin in {"on_site", "nearby"}:
            return np.array((1.0, 0.0, 0.0))
        if use == "supply" and origin == "cogeneration":
            return np.zeros(3)
        raise StudyError(
            Sentence(
                "error.factor_set_has_no_factor",
                name=self.name,
                carrier=carrier,
                origin=origin,
                use=use,
                step=step,
                names=", ".join(self.carriers),
            )
        )

    def perimeter(self, carrier: str, origin: str = "grid") -> str:
        """Where the renewable share of a flow comes from: ``on_site``, ``nearby`` or ``distant``."""
        default = {"on_site": "on_site", "nearby": "nearby"}.get(origin, "distant")
        return self.perimeters.get((carrier, origin), default)

    def with_weight(self, key: Key, weight: Weight) -> FactorSet:
        """The set with one flow's factors replaced."""
        return replace(self, weights={**self.weights, key: weight})


def factor_set_names(*, examples: bool = False) -> tuple[str, ...]:
    """
    Names of all sets of the tables ``weighting_factors.csv``.

    Parameters
    ----------
    examples : bool
        Whether to list the sets that only serve published examples.
    """
    names = dict.fromkeys(factor_rows()["set"])
    return tuple(name for name in names if examples or "examples" not in name)


@cache
def factor_rows() -> pd.DataFrame:
    """Rows of all sets: those of every country, so that a place can be weighed as elsewhere, and those of no country."""
    own = [pack(code).table("weighting_factors") for code in packs()]
    return pd.concat([*own, assumptions.table("weighting_factors", FORM_ONLY)], ignore_index=True)


@cache
def _rows(name: str) -> list[dict[Hashable, Any]]:
    table = factor_rows()
    return table[table["set"] == name].to_dict("records")


def factor_set(name: str, study: Study | None = None) -> FactorSet:
    """
    A named set, with the district's own values and its credit for exports.

    Parameters
    ----------
    name : str
        Set of a country's or the common ``weighting_factors.csv``.
    study : Study, optional
        Its ``[assumptions]`` replace values that the set ties to an assumption (``carriers.pef_district_heat``), and
        its ``balance.export_credit`` decides what exports avoid: ``symmetric`` the grid's own factor, ``asymmetric`` the
        set's lower value or a share of the grid's factor (``zero`` is applied as ``k_exp`` = 0 by `ped_geo.balance.credit`).

    Returns
    -------
    FactorSet

    Raises
    ------
    StudyError
        If there is no such set; the message lists those there are.

    Examples
    --------
    >>> own = Study(name="x", overrides={"carriers.pef_district_heat": 0.4})
    >>> factor_set("pl_certificates_2023", own).weight("district_heat").tolist()
    [0.05, 0.4, 0.31]
    """
    rows = _rows(name)
    if not rows:
        raise StudyError(Sentence("error.unknown_factor_set_known", name=name, names=", ".join(factor_set_names(examples=True))))
    credit = study.balance.export_credit if study is not None else "symmetric"
    weights: dict[Key, Weight] = {}
    perimeters: dict[tuple[str, str], str] = {}
    own: list[str] = []
    for row in rows:
        nren, co2 = float(row["f_nren"]), float(row["co2_kg_kwh"])
        if study is not None:
            nren = _own(row["f_nren_key"], nren, 1.0, study, own)
            co2 = _own(row["co2_key"], co2, 1e-3, study, own)
        if row["step"] == "B" and credit != "asymmetric":
            continue
        weights[row["carrier"], row["origin"], row["use"], row["step"]] = (float(row["f_ren"]), nren, co2)
        if row["use"] == "supply":
            perimeters[row["carrier"], row["origin"]] = row["perimeter"]
    key: Key = ("electricity", "on_site", "to_grid", "B")
    if study is not None and credit == "asymmetric" and key not in weights:
        share = study.assumed("balance.asymmetric_share")
        ren, nren, co2 = weights["electricity", "grid", "supply", "A"]
        weights[key] = (share * ren, share * nren, share * co2)
    factors = FactorSet(name, weights, perimeters, tuple(dict.fromkeys(own)))
    return with_cogeneration(factors, study) if name in factor_set_names() else factors


def with_cogeneration(factors: FactorSet, study: Study | None) -> FactorSet:
    """
    The set with heat of a network that gas engines feed, weighed with the set's own gas and electricity.

    Parameters
    ----------
    factors : FactorSet
        A set that knows gas and electricity.
    study : Study, optional
        Its plant (``supply.chp_*``) and its ``balance.cogeneration``, the method that shares out the gas.
    """
    method = "power_bonus" if study is None else study.balance.cogeneration
    plant = cogeneration.Plant.of(study)
    weight = cogeneration.heat_weight(plant, factors.weight("gas"), factors.weight("electricity"), method)
    perimeters = {**factors.perimeters, (cogeneration.CARRIER, "grid"): "nearby"}
    return replace(factors.with_weight((cogeneration.CARRIER, "grid", "supply", "A"), weight), perimeters=perimeters)


def _own(key: object, value: float, scale: float, study: Study, own: list[str]) -> float:
    if not isinstance(key, str) or key not in study.overrides:
        return value
    own.append(key)
    return study.assumed(key) * scale


def cogeneration_weight(fuel_kwh: float, fuel_weight: Floats, electricity_kwh: float, *, electricity_share: float) -> Weight:
    """
    Factors of exported cogenerated electricity in step A: the fuel put to its account, per unit made.

    Parameters
    ----------
    fuel_kwh : float
        Fuel of the cogenerator. [kWh]
    fuel_weight : ndarray, shape (3,)
        Factors of the fuel.
    electricity_kwh : float
        Electricity made. [kWh]
    electricity_share : float
        Share of the fuel put to the electricity's account. [-]

    Returns
    -------
    tuple of float
        (renewable, non-renewable, CO₂).

    Examples
    --------
    >>> cogeneration_weight(100, np.array([0, 1.1, 0.22]), 30, electricity_share=1 / 3)
    (0.0, 1.222..., 0.244...)
    """
    ren, nren, co2 = (float(part) for part in fuel_weight * (fuel_kwh * electricity_share / electricity_kwh))
    return ren, nren, co2
