"""When things are used: day types and holidays, and hourly shapes of electricity, hot water and car charging."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.countries import HOME, pack, packs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["block_sums", "car_profile", "day_types", "easter", "holidays", "hot_water_profiles", "load_profiles"]

_DAYS: Final = ("weekday", "saturday", "sunday")
HALF_YEAR_D: Final = 182.0
"""Whole days from a season to the same one of the other hemisphere."""


def easter(year: int) -> date:
    """
    Easter Sunday of the Gregorian calendar.

    References
    ----------
    .. [1] J. Meeus, "Astronomical Algorithms", Willmann-Bell 1991, chapter 8.

    Examples
    --------
    >>> easter(2025), easter(2026)
    (datetime.date(2025, 4, 20), datetime.date(2026, 4, 5))
    """
    a = year % 19
    b, c = divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int, country: str = HOME) -> dict[date, str]:
    """
    Public holidays of a year in a country, by date, with their names in its language; none where it has no pack.

    Examples
    --------
    >>> holidays(2025)[date(2025, 6, 19)], len(holidays(2024)), len(holidays(2025))
    ('Boże Ciało', 13, 14)
    """
    found: dict[date, str] = {}
    if country not in packs():
        return found
    for row in pack(country).table("public_holidays").to_dict("records"):
        if year < int(row["from_year"]):
            continue
        moves = not np.isnan(row["days_after_easter"])
        day = easter(year) + timedelta(days=int(row["days_after_easter"])) if moves else date(year, int(row["month"]), int(row["day"]))
        found[day] = str(row["name"])
    return dict(sorted(found.items()))


def day_types(local: pd.DatetimeIndex, country: str = HOME) -> NDArray[np.int64]:
    """
    Day type of each hour: 0 weekday, 1 Saturday, 2 Sunday or public holiday; Christmas Eve and New Year's Eve count as Saturdays.

    Parameters
    ----------
    local : DatetimeIndex
        Hours in local time.
    country : str
        Code of the country; without a pack no public holidays are known, and every day counts by its place in the week.

    Returns
    -------
    array, shape (hours,)

    Examples
    --------
    >>> days = pd.DatetimeIndex(["2025-06-18", "2025-06-19", "2025-06-21", "2024-12-24"])  # Corpus Christi is the second
    >>> day_types(days).tolist(), day_types(days, "AU").tolist()
    ([0, 2, 1, 1], [0, 0, 1, 1])
    """
    days = local.tz_localize(None).normalize()
    off = pd.DatetimeIndex([pd.Timestamp(day) for year in sorted(set(local.year)) for day in holidays(int(year), country)])
    kind = np.select([local.day_of_week == 5, local.day_of_week == 6], [1, 2], 0)
    eve = (local.month == 12) & np.isin(local.day, [24, 31])
    kind = np.where(eve, np.maximum(kind, 1), kind)
    return np.where(days.isin(off) & ~eve, 2, kind).astype(np.int64)


def load_profiles(index: pd.DatetimeIndex, site: Site, country: str = HOME) -> pd.DataFrame:
    """
    Standard load profiles of electricity by hour; each sums to 1.

    Parameters
    ----------
    index : DatetimeIndex
        Hours of a year in UTC.
    site : Site
        Its clock, and its hemisphere: south of the equator the seasons of the profiles come half a year later.
    country : str
        Code of the country whose holidays are kept, see `day_types`.

    Returns
    -------
    DataFrame, shape (hours, 4)
        ``H0`` (households, with its dynamic factor), ``G0``, ``G1``, ``G4`` (businesses), indexed as `index` [1/h].

    Notes
    -----
    The German BDEW profiles [1]_, in Poland with its holidays: their yearly shape fits, the Polish evening peak is an hour or two
    later (trap T13 of the fact sheet).

    References
    ----------
    .. [1] BDEW/VDEW standard load profiles (1999), as kept in oemof demandlib 0.2.2 (MIT).

    Examples
    --------
    >>> from ped_geo.site import Site
    >>> hours = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")
    >>> load_profiles(hours, Site(50.06, 19.94)).sum().round(12).to_dict()
    {'G0': 1.0, 'G1': 1.0, 'G4': 1.0, 'H0': 1.0}
    """
    local = index.tz_convert(site.tz)
    table = assumptions.table("load_profiles_bdew")
    where = pd.MultiIndex.from_arrays([_seasons(local, site), np.array(_DAYS)[day_types(local, country)], local.hour])
    shapes = {}
    for name, rows in table.groupby("profile"):
        values = rows.set_index(["season", "day_type", "hour"])["value"].reindex(where).to_numpy(dtype=float)
        values = values * _dynamic(local, site) if name == "H0" else values
        shapes[str(name)] = values / values.sum()
    return pd.DataFrame(shapes, index=index)


def _seasons(local: pd.DatetimeIndex, site: Site) -> NDArray[np.str_]:
    starts = assumptions.table("load_profile_seasons")
    begin = (starts["from_month"] * 100 + starts["from_day"]).to_numpy()
    month = (local.month + 5) % 12 + 1 if site.southern else local.month
    return starts["season"].to_numpy(dtype=str)[np.searchsorted(begin, month * 100 + local.day, side="right") - 1]


def _day_of_north(local: pd.DatetimeIndex, site: Site) -> NDArray[np.float64]:
    """Day of the year at which the northern hemisphere has the season of each hour; south of the equator half a year away."""
    day = local.day_of_year.to_numpy(dtype=float)
    return (day - 1.0 + HALF_YEAR_D) % 365.0 + 1.0 if site.southern else day


def _dynamic(local: pd.DatetimeIndex, site: Site) -> NDArray[np.float64]:
    """Household use is higher in winter: polynomial of the day of the year [-]."""
    terms = assumptions.table("load_profile_dynamic").sort_values("power", ascending=False)
    return np.polyval(terms["coefficient"].to_numpy(dtype=float), _day_of_north(local, site))


def hot_water_profiles(index: pd.DatetimeIndex, site: Site, study: Study) -> pd.DataFrame:
    """
    Hourly shapes of hot-water use; each sums to 1.

    Parameters
    ----------
    index : DatetimeIndex
        Hours of a year in UTC.
    site : Site
        Its clock, and its hemisphere: south of the equator the year's swing comes half a year later.
    study : Study
        Gives the swing over the year and its peak day, and the country whose holidays are kept.

    Returns
    -------
    DataFrame, shape (hours, 4)
        ``dwelling``, and for other uses ``G0``, ``G1``, ``G4``: hot water flows when the house is used [1/h].

    References
    ----------
    .. [1] ANSI/RESNET 301, table 4.6.1.1(1), from ASHRAE 90.2: share of each hour of the day.
    .. [2] U. Jordan, K. Vajen, "Realistic domestic hot-water profiles in different time scales", IEA SHC Task 26, 2001: swing of
       10 % over the year.
    """
    local = index.tz_convert(site.tz)
    shares = assumptions.table("hot_water_profile").set_index("hour")["share"].to_numpy(dtype=float)
    turn = 2.0 * np.pi * (_day_of_north(local, site) - study.assumed("demand.hot_water_peak_day")) / 365.0
    dwelling = shares[local.hour] * (1.0 + study.assumed("demand.hot_water_season") * np.cos(turn))
    business = load_profiles(index, site, study.country)[["G0", "G1", "G4"]]
    return pd.DataFrame({"dwelling": dwelling / dwelling.sum()}, index=index).join(business)


def car_profile(index: pd.DatetimeIndex, tz: str) -> NDArray[np.float64]:
    """Hourly shape of uncontrolled car charging at home, shape (hours,), sum 1 [1/h]."""
    shares = assumptions.table("car_charging_profile").set_index("hour")["share"].to_numpy(dtype=float)
    values = shares[index.tz_convert(tz).hour]
    return values / values.sum()


def block_sums(annual: pd.DataFrame, blocks: pd.Series, shapes: pd.DataFrame) -> pd.DataFrame:
    """
    Hourly power of each block from annual energies of its buildings, split by profile.

    Parameters
    ----------
    annual : DataFrame, shape (n, profiles)
        Energy of each building that follows each profile [kWh/a]; columns are columns of `shapes`.
    blocks : Series, shape (n,)
        ``block_id`` of each building; those with an empty one are left out.
    shapes : DataFrame, shape (hours, profiles)
        Shapes that sum to 1.

    Returns
    -------
    DataFrame, shape (hours, blocks), float32
        [kW]; the sum over the hours is the block's annual energy.

    Examples
    --------
    >>> shapes = pd.DataFrame({"flat": [0.5, 0.5]})
    >>> annual = pd.DataFrame({"flat": [10.0, 20.0, 99.0]}, index=["a", "b", "c"])
    >>> block_sums(annual, pd.Series(["k1", "k1", ""], index=["a", "b", "c"]), shapes)["k1"].tolist()
    [15.0, 15.0]
    """
    inside = annual[(blocks.reindex(annual.index) != "").to_numpy()]
    names = blocks.reindex(inside.index).astype("str")
    per_block = inside.groupby(names.to_numpy()).sum()
    power = shapes[list(annual.columns)].to_numpy() @ per_block.to_numpy().T
    return pd.DataFrame(power.astype(np.float32), index=shapes.index, columns=pd.Index(per_block.index, name="block_id"))
