"""
What belongs to a country: typology, construction periods, factors, prices and currency, grants, law, holidays.

A country is a folder here, named by its code of two letters: its *pack*. ``pack.toml`` says its name, currency, default factors and
climate; every table beside it is read by its file name. Code asks a pack for a property (`Period.pitched_roofs`), never whether a
code is ``PL.03``. A place whose country has no pack keeps its form: `pack_or_form` gives it the periods of ``eu/``, which says when
houses had which roof and storeys and nothing of heat, money or law.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions
from ped_geo.assumptions import HOME
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "FORM_ONLY",
    "HOME",
    "OPTIONAL",
    "SIZE_CLASSES",
    "Country",
    "Period",
    "has_pack",
    "pack",
    "pack_or_form",
    "packs",
    "shared_years",
]

SIZE_CLASSES = ("SFH", "TH", "MFH", "AB")
"""Detached and terraced houses of a family, smaller and larger houses of flats."""

_OPEN_YEARS = 100.0
"""How far the open ends of the oldest and the newest period are taken to reach. [a]"""

OPTIONAL = ("grants", "energy_communities", "mass_classes", "flat_sizes", "element_works")
"""Tables that a pack may leave out and that its planner wants to know of."""

FORM_ONLY = "EU"
"""Pack without typology, factors and prices, for places whose country has none."""


@dataclass(frozen=True)
class Period:
    """
    One construction period of a country's typology.

    Attributes
    ----------
    code : str
        For example ``PL.03``.
    first, last : float
        First and last year; infinite at the ends.
    words_en, words_pl : str
        The years in words.
    insulated_since : bool
        Whether most houses of flats of that time have been insulated once since they were built.
    pitched_roofs : bool
        Whether houses of flats of up to four storeys have pitched roofs.
    ventilated_roofs : bool
        Whether flat roofs of houses of flats have an air space that insulation is blown into.
    """

    code: str
    first: float
    last: float
    words_en: str
    words_pl: str
    insulated_since: bool
    pitched_roofs: bool
    ventilated_roofs: bool


@dataclass(frozen=True)
class Country:
    """
    A country's pack; tables are read when they are asked for.

    Attributes
    ----------
    code : str
        Two letters, ISO 3166-1.
    name_en, name_pl : str
        Name for people.
    currency : str
        Code of three letters, ISO 4217; empty where there are no prices. Its words are `ped_geo.language.in_currency`'s.
    factor_set : str
        Set of weighting factors where a study names none.
    climate : str
        Row of ``tabula_climate`` in which the types are published.
    language : str
        In which the council map opens: ``pl`` or ``en``.
    """

    code: str
    name_en: str
    name_pl: str
    currency: str
    factor_set: str
    climate: str
    language: str

    def table(self, name: str) -> pd.DataFrame:
        """A table of the pack, else the common one of that name, as `ped_geo.assumptions.table`."""
        return assumptions.table(name, self.code)

    def has(self, name: str) -> bool:
        """Whether the pack itself holds a table."""
        return name in assumptions.table_names(self.code)

    @property
    def lacks(self) -> tuple[str, ...]:
        """
        Tables of `OPTIONAL` that the pack leaves out.

        Examples
        --------
        >>> pack("PL").lacks
        ()
        """
        return tuple(name for name in OPTIONAL if not self.has(name))

    @property
    def prices(self) -> dict[str, assumptions.Assumption]:
        """
        Assumptions in the pack's currency, by their keys.

        Examples
        --------
        >>> pack("PL").prices["prices.wall_etics"].unit
        'PLN/m2'
        """
        return {key: row for key, row in assumptions.scalars(self.code).items() if self.currency and self.currency in row.unit}

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Construction periods, oldest first."""
        rows = self.table("periods").fillna({"year_from": -math.inf, "year_to": math.inf}).to_dict("records")
        flags = ("insulated_since", "pitched_roofs", "ventilated_roofs")
        return tuple(
            Period(
                str(row["construction_period"]),
                float(row["year_from"]),
                float(row["year_to"]),
                str(row["words_en"]),
                str(row["words_pl"]),
                *(row[flag] == "yes" for flag in flags),
            )
            for row in rows
        )

    @property
    def period_codes(self) -> tuple[str, ...]:
        """Codes of the periods, oldest first."""
        return tuple(period.code for period in self.periods)

    def periods_with(self, flag: str) -> list[str]:
        """
        Codes of the periods that have a property of `Period`.

        Examples
        --------
        >>> pack("PL").periods_with("insulated_since")
        ['PL.03', 'PL.04']
        """
        return [period.code for period in self.periods if getattr(period, flag)]

    def period_of(self, years: NDArray[np.float64]) -> NDArray[np.object_]:
        """
        Period of each year.

        Examples
        --------
        >>> pack("PL").period_of(np.array([1850.0, 1966.0, 1967.0, 2030.0])).tolist()
        ['PL.01', 'PL.02', 'PL.03', 'PL.07']
        """
        last = [period.last for period in self.periods[:-1]]
        return np.array(self.period_codes, dtype=object)[np.searchsorted(last, years)]

    @cached_property
    def _types(self) -> dict[tuple[str, str], str]:
        if not self.has("type_choice"):
            return {}
        rows = self.table("type_choice")
        return {(str(row.size_class), str(row.construction_period)): str(row.tabula_code) for row in rows.itertuples()}

    def type_of(self, size_class: str, period: str) -> str:
        """
        Type that stands for a size class and period; "" where the pack has no typology.

        Examples
        --------
        >>> pack("PL").type_of("AB", "PL.03"), pack("PL").type_of("AB", "PL.01")
        ('PL.N.AB.03', 'PL.N.MFH.01')
        """
        return self._types.get((size_class, period), "")


def _known() -> tuple[str, ...]:
    folders = (entry.name for entry in resources.files(__package__).iterdir() if entry.joinpath("pack.toml").is_file())
    return tuple(sorted(name.upper() for name in folders))


@cache
def _read(code: str) -> Country:
    text = (resources.files(__package__) / code.lower() / "pack.toml").read_text(encoding="utf-8")
    told: dict[str, Any] = tomllib.loads(text)
    money = told.get("currency", {"code": ""})
    return Country(
        code,
        told["name"]["en"],
        told["name"]["pl"],
        money["code"],
        told.get("factor_set", ""),
        told.get("climate", ""),
        told.get("language", "en"),
    )


def packs() -> tuple[str, ...]:
    """
    Codes of the countries that have a pack.

    Examples
    --------
    >>> "PL" in packs(), FORM_ONLY in packs()
    (True, False)
    """
    return tuple(code for code in _known() if code != FORM_ONLY)


def has_pack(code: str) -> bool:
    """Whether a country has a pack; a study that names none has that of `HOME`."""
    return (code or HOME) in packs()


def pack(code: str) -> Country:
    """
    The pack of a country.

    Parameters
    ----------
    code : str
        Two letters; `HOME` where it is empty.

    Raises
    ------
    StudyError
        If there is none; the message lists those there are.

    Examples
    --------
    >>> pack("PL").currency, pack("").code
    ('PLN', 'PL')
    """
    if not has_pack(code):
        raise StudyError(Sentence("error.country_has_no_pack_prices", code=code, names=", ".join(packs())))
    return _read(code or HOME)


def pack_or_form(code: str) -> Country:
    """The pack of a country, else the one that tells the form of buildings alone."""
    return pack(code) if has_pack(code) else _read(FORM_ONLY)


def shared_years(country: str) -> NDArray[np.float64]:
    """
    Part of the years of each period of a country that lies in each learnt period, shape (7, periods); columns sum to one.

    Open ends reach a century out, so that the oldest and the newest period are what the learnt ones say there.

    Examples
    --------
    >>> (shared_years("PL") == np.eye(7)).all()
    np.True_
    """
    learnt, own = pack(HOME).periods, pack_or_form(country).periods
    first, last = learnt[0].last - _OPEN_YEARS, learnt[-1].first + _OPEN_YEARS
    years = [np.arange(max(period.first, first), max(min(period.last, last), period.first, first) + 1) for period in own]
    within = [[((y >= old.first) & (y <= old.last)).mean() for y in years] for old in learnt]
    return np.array(within, dtype="float64")
