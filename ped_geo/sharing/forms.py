"""Legal forms of sharing electricity in a country, as data with conditions and dates, and which of them a candidate could use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ped_geo.countries import HOME, pack

__all__ = ["Community", "community_of", "forms", "usable_forms"]

HOMES = ("residential_multi", "residential_single")


@dataclass(frozen=True)
class Community:
    """
    What the law asks about a group that wants to share electricity.

    Attributes
    ----------
    members : int
        Households and firms that take part.
    largest_plant_kw, total_kw : float
        Power of the largest installation and of all. [kW]
    cover : float
        Yearly production by the members' yearly use. [-]
    in_city : bool
        Whether the commune is a town (gmina miejska).
    multi_family : bool
        Whether a building with several flats carries an installation.
    one_network_area : bool
        Whether all members lie in the area of one network operator.
    """

    members: int
    largest_plant_kw: float
    total_kw: float
    cover: float
    in_city: bool = True
    multi_family: bool = True
    one_network_area: bool = True


def community_of(
    buildings: pd.DataFrame, capacity_kwp: pd.Series, *, cover: float, in_city: bool = True, one_network_area: bool = True
) -> Community:
    """
    A candidate district seen as a community: every dwelling and every heated building of another use is a member.

    Parameters
    ----------
    buildings : DataFrame
        Buildings of the candidate, index ``building_id``: ``use``, ``dwellings``, ``heated``.
    capacity_kwp : Series
        PV power by building; buildings it lacks have none. [kWp]
    cover : float
        Yearly production by yearly electricity use. [-]
    in_city, one_network_area : bool
        As in `Community`.

    Returns
    -------
    Community

    Examples
    --------
    >>> estate = pd.DataFrame(
    ...     {"use": ["residential_multi", "school"], "dwellings": [40.0, 0.0], "heated": [True, True]}, index=["w1", "w2"]
    ... )
    >>> community_of(estate, pd.Series({"w1": 48.0, "w2": 30.0}), cover=0.5).members
    41
    """
    power = capacity_kwp.reindex(buildings.index, fill_value=0.0).fillna(0.0)
    home = buildings["use"].isin(HOMES)
    members = int(buildings["dwellings"].fillna(0)[home].sum()) + int((buildings["heated"] & ~home).sum())
    flats = (buildings["use"] == "residential_multi") & (power > 0)
    largest = float(power.max()) if len(power) else 0.0
    return Community(members, largest, float(power.sum()), cover, in_city, bool(flats.any()), one_network_area)


def forms(country: str = HOME) -> pd.DataFrame:
    """
    All forms of a country with their limits; none where its pack holds no law of sharing.

    Returns
    -------
    DataFrame
        Index ``form``; ``valid_from``, ``valid_to``, ``city_from`` (ISO dates or missing), ``max_plant_kw``, ``max_total_kw``
        [kW], ``min_members``, ``max_members``, ``min_cover`` [-], ``multi_family``, ``one_network_area``, ``source``,
        ``confidence``. Words stand in the catalogue as ``sharing.<form>.name``, ``.condition`` and ``.settlement``.
    """
    own = pack(country)
    return own.table("energy_communities").set_index("form") if own.has("energy_communities") else pd.DataFrame().rename_axis("form")


def _obstacles(form: pd.Series, community: Community, on: date) -> Iterator[str]:
    def after(name: str) -> bool:
        return isinstance(form[name], str) and on < date.fromisoformat(form[name])

    def over(name: str, value: float) -> bool:
        return pd.notna(form[name]) and value > form[name]

    ended = isinstance(form["valid_to"], str) and on > date.fromisoformat(form["valid_to"])
    checks = {
        "not_in_force": after("valid_from") or ended,
        "not_in_cities": community.in_city and after("city_from"),
        "plant_too_large": over("max_plant_kw", community.largest_plant_kw),
        "total_too_large": over("max_total_kw", community.total_kw),
        "too_few_members": community.members < form["min_members"],
        "too_many_members": over("max_members", community.members),
        "cover_too_low": pd.notna(form["min_cover"]) and community.cover < form["min_cover"],
        "not_multi_family": form["multi_family"] == "yes" and not community.multi_family,
        "several_network_areas": form["one_network_area"] == "yes" and not community.one_network_area,
    }
    yield from (reason for reason, holds in checks.items() if holds)


def usable_forms(community: Community, *, on: date, country: str = HOME) -> pd.DataFrame:
    """
    Which forms a group could use on a day, and what stands in the way of the others.

    Parameters
    ----------
    community : Community
        The group.
    on : date
        The day; the law moves.
    country : str
        Whose law.

    Returns
    -------
    DataFrame
        Index ``form``: ``usable`` bool, ``reasons`` (``;``-joined codes; words as ``sharing.reason.<code>``).

    Examples
    --------
    >>> estate = Community(members=400, largest_plant_kw=45, total_kw=900, cover=0.75)
    >>> usable_forms(estate, on=date(2025, 6, 1)).loc["energy_cooperative", "reasons"]
    'not_in_cities'
    >>> bool(usable_forms(estate, on=date(2025, 12, 1)).loc["energy_cooperative", "usable"])
    True
    """
    table = forms(country)
    reasons = {str(name): ";".join(_obstacles(form, community, on)) for name, form in table.iterrows()}
    frame = pd.DataFrame({"reasons": pd.Series(reasons, dtype="str")}).rename_axis("form")
    return frame.assign(usable=frame["reasons"] == "")[["usable", "reasons"]]
