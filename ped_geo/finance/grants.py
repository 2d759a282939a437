"""
Grants of a country as dated data, and the best admissible combination of them for each building.

``grants.csv`` of its pack holds one row per programme: what it pays for, to whom, under which condition, since when and until when,
and which programmes exclude or need each other. A new programme, or the end of one, is a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.countries import HOME, pack
from ped_geo.study import Study

__all__ = ["Grant", "best_grant", "grants", "owners", "package_grants"]

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grant:
    """
    One programme; its name for people stands in the catalogue as ``finance.grant.<key>``.

    Attributes
    ----------
    key : str
        Name of the row.
    base : str
        What it pays a share of: ``envelope``, ``renewable`` or ``all``.
    share : float
        Share of the base [-].
    of_net : bool
        Whether the share counts on cost without value-added tax.
    owners, supplies : tuple of str
        Who may have it, and with which heat supply of today; empty: any.
    needs, excludes : tuple of str
        Programmes of which one must be had, or none may be.
    min_res_share : float
        Least share of renewables in the whole cost [-].
    needs_wt2021 : bool
        Whether the building must reach the level of WT 2021.
    year_from, year_until : float
        Years in which it can be had.
    source, confidence : str
        Where it was read.
    """

    key: str
    base: str
    share: float
    of_net: bool
    owners: tuple[str, ...]
    supplies: tuple[str, ...]
    needs: tuple[str, ...]
    excludes: tuple[str, ...]
    min_res_share: float
    needs_wt2021: bool
    year_from: float
    year_until: float
    source: str
    confidence: str

    def amount(self, envelope: Floats, renewable: Floats, vat: float) -> Floats:
        """
        What the programme pays where it can be had.

        Parameters
        ----------
        envelope : ndarray, shape (n,)
            Cost of the works, with value-added tax. [PLN]
        renewable : ndarray, shape (n,)
            Cost of renewables, net. [PLN]
        vat : float
            Value-added tax on the works. [-]

        Returns
        -------
        ndarray, shape (n,)
            [PLN]
        """
        works = envelope / (1 + vat) if self.of_net else envelope
        bases = {"envelope": works, "renewable": renewable, "all": works + renewable}
        return self.share * bases[self.base]

    def possible(self, envelope: Floats, renewable: Floats, who: Sequence[str], deep: Booleans, supply: Sequence[str]) -> Booleans:
        """Whether each building meets the programme's own conditions, shape (n,)."""
        total = envelope + renewable
        share = np.divide(renewable, total, out=np.zeros_like(total), where=total > 0)
        met = np.isin(np.asarray(who, dtype=object), list(self.owners)) & (share >= self.min_res_share - 1e-12)
        if self.supplies:
            met &= np.isin(np.asarray(supply, dtype=object), list(self.supplies))
        return met & deep if self.needs_wt2021 else met


def _words(value: object) -> tuple[str, ...]:
    return () if pd.isna(value) else tuple(str(value).split(";"))  # type: ignore[call-overload]


@cache
def grants(country: str = HOME) -> dict[str, Grant]:
    """
    All programmes of a country by key; none where its pack holds no grants.

    Examples
    --------
    >>> grants()["thermo_premium"].share
    0.26
    """
    own = pack(country)
    found = [
        Grant(
            key=str(row["grant"]),
            base=str(row["base"]),
            share=float(row["share"]),
            of_net=row["of_net"] == "yes",
            owners=_words(row["owners"]),
            supplies=_words(row["supplies"]),
            needs=_words(row["needs_grant"]),
            excludes=_words(row["excludes"]),
            min_res_share=float(row["min_res_share"]),
            needs_wt2021=row["needs_wt2021"] == "yes",
            year_from=float(row["year_from"]),
            year_until=np.inf if pd.isna(row["year_until"]) else float(row["year_until"]),
            source=str(row["source"]),
            confidence=str(row["confidence"]),
        )
        for row in (own.table("grants").to_dict("records") if own.has("grants") else [])
    ]
    return {grant.key: grant for grant in found}


def _admissible(chosen: tuple[Grant, ...]) -> bool:
    names = {grant.key for grant in chosen}
    free = all(not names & set(grant.excludes) for grant in chosen)
    return free and all(not grant.needs or names & set(grant.needs) for grant in chosen)


@cache
def _combinations(year: float, country: str) -> tuple[tuple[Grant, ...], ...]:
    open_now = [grant for grant in grants(country).values() if grant.year_from <= year <= grant.year_until]
    subsets = chain.from_iterable(combinations(open_now, size) for size in range(len(open_now) + 1))
    return tuple(chosen for chosen in subsets if _admissible(chosen))


def best_grant(
    envelope: npt.ArrayLike,
    renewable: npt.ArrayLike,
    owner: Sequence[str],
    study: Study,
    *,
    deep: npt.ArrayLike = False,
    supply: Sequence[str] = (),
) -> tuple[Floats, list[str]]:
    """
    Most that each building can have from programmes that may be combined.

    Parameters
    ----------
    envelope : array, shape (n,)
        Cost of the works, with value-added tax. [PLN]
    renewable : array, shape (n,)
        Cost of renewables, net. [PLN]
    owner : sequence of str, shape (n,)
        ``cooperative``, ``household``, ``city``, ``municipality``, ``company`` or ``parish``.
    study : Study
        Its ``finance.grants`` switches grants on; ``finance.base_year`` says which programmes are open.
    deep : array of bool, shape (n,)
        Whether the building reaches WT 2021.
    supply : sequence of str, shape (n,), optional
        Heat supply of today.

    Returns
    -------
    amount : ndarray, shape (n,)
        Never more than the cost. [PLN]
    names : list of str
        Keys of the programmes, joined by ``+``; empty where there is none.

    Examples
    --------
    >>> amount, names = best_grant([1_000_000.0], [200_000.0], ["cooperative"], Study(name="x"))
    >>> round(amount[0]), names
    (372000, ['thermo_premium_res'])
    """
    works, green = np.broadcast_arrays(np.atleast_1d(np.asarray(envelope, float)), np.atleast_1d(np.asarray(renewable, float)))
    met = np.broadcast_to(np.asarray(deep, bool), works.shape)
    burnt = list(supply) if len(supply) else [""] * len(works)
    best, names = np.zeros(works.shape), np.full(works.shape, "", dtype=object)
    if not study.finance.grants:
        return best, names.tolist()
    vat = study.assumed("prices.vat_housing")
    for chosen in _combinations(study.assumed("finance.base_year"), study.country):
        amount = sum((grant.amount(works, green, vat) for grant in chosen), start=np.zeros(works.shape))
        may = np.logical_and.reduce([grant.possible(works, green, owner, met, burnt) for grant in chosen], initial=True)
        better = may & (amount > best)
        best = np.where(better, amount, best)
        names[better] = "+".join(grant.key for grant in chosen)
    return np.minimum(best, works + green), names.tolist()


def package_grants(
    envelope: pd.Series, renewable: pd.Series, owner: Sequence[str], deep: Booleans, supply: Sequence[str], study: Study
) -> pd.Series:
    """Best grant of each row, indexed as `envelope`; see `best_grant` [money]."""
    amount, _ = best_grant(envelope.to_numpy(float), renewable.to_numpy(float), owner, study, deep=deep, supply=supply)
    return pd.Series(amount, index=envelope.index, name="grant")


def owners(buildings: pd.DataFrame, country: str = HOME) -> pd.Series:
    """
    Who owns each building: as a register told (optional ``owner``), else by its use.

    Parameters
    ----------
    buildings : DataFrame
        Layer ``buildings``.
    country : str
        Whose ``owners.csv`` tells who usually owns a use.

    Returns
    -------
    Series of str, shape (n,)
        ``cooperative`` (co-operative or community of owners), ``household``, ``city``, ``company`` or ``parish``.

    Examples
    --------
    >>> owners(pd.DataFrame({"use": ["residential_multi", "school"]})).tolist()
    ['cooperative', 'city']
    """
    by_use = pack(country).table("owners").set_index("use")["owner"]
    usual = buildings["use"].astype("str").map(by_use).fillna("company").rename("owner")
    if "owner" not in buildings:
        return usual
    told = buildings["owner"].fillna("").astype("str")
    return usual.where(told == "", told)
