"""Where a place lies on Earth, and what follows: country, coordinate system, time zone, altitude."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.assumptions import scalar, scalars
from ped_geo.countries import FORM_ONLY, HOME, has_pack, pack, packs
from ped_geo.errors import SourceError, StudyError
from ped_geo.language import position
from ped_geo.language.sentences import Sentence
from ped_geo.remarks import Remark
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from shapely import Point

    from ped_geo.sources import RawPlace

__all__ = [
    "country_remarks",
    "refuse_abroad",
    "refuse_swapped_axes",
    "settled",
    "site_of",
    "weather_remarks",
    "with_altitude",
    "working_system",
]


def _middle(place: RawPlace) -> Point:
    """Middle of the district, degrees."""
    return place.boundary.to_crs(4326).geometry.iloc[0].centroid


def settled(study: Study, place: RawPlace) -> Study:
    """
    The study with the country of its place where the district file names none.

    Parameters
    ----------
    study : Study
        Settings; a country that is named stays.
    place : RawPlace
        Its boundary.

    Returns
    -------
    Study
        ``country`` is "" only where no country lies, at sea.
    """
    from ped_geo.sources._whereabouts import countries_at

    if study.country:
        return study
    middle = _middle(place)
    return study.model_copy(update={"country": next(iter(countries_at(middle.y, middle.x)), "")})


def refuse_abroad(study: Study, site: Site) -> None:
    """
    Refuse a study without country for a site that lies in another than `HOME`, whose numbers it would be given.

    Parameters
    ----------
    study : Study
        Settings; `settled` finds the country of a fetched place.
    site : Site
        Where the sun is computed.

    Raises
    ------
    StudyError
        With the countries of the site.
    """
    from ped_geo.sources._whereabouts import countries_at

    found = () if study.country else countries_at(site.latitude, site.longitude)
    if found and HOME not in found:
        where = position(site.latitude, site.longitude)
        raise StudyError(
            Sentence(
                "error.district_names_no_country_and", study=study.name, where=where, names=", ".join(found), home=HOME, found=found[0]
            )
        )


def working_system(study: Study, place: RawPlace) -> int:
    """
    EPSG code of the system in which a place is computed: the one that is set, else the one that fits the place.

    Raises
    ------
    StudyError
        If the one that is set is not true to scale at the place.
    """
    from ped_geo.crs import scale_problem, working_epsg

    middle = _middle(place)
    if study.place.epsg is None:
        return working_epsg(middle.x, middle.y, study.country)
    if problem := scale_problem(study.place.epsg, middle.x, middle.y):
        raise StudyError(Sentence("error.district", study=study.name), [problem])
    return study.place.epsg


def site_of(study: Study, place: RawPlace, terrain: pd.DataFrame) -> Site:
    """
    The middle of a place, its clock, and its altitude as far as study or terrain tell it.

    Parameters
    ----------
    study : Study
        An overridden ``climate.altitude`` is used as it is.
    place : RawPlace
        Its boundary.
    terrain : DataFrame
        Layer ``terrain_model``, heights of the ground [m above datum]; empty where there is none.

    Returns
    -------
    Site
        Where neither tells, the altitude is that of a coarse map, until a weather file or station nearby tells it.
    """
    from ped_geo.sources._whereabouts import altitude_at, zone_at

    middle = _middle(place)
    if "climate.altitude" in study.overrides:
        altitude, source = study.assumed("climate.altitude"), "study"
    elif terrain.size and np.isfinite(terrain.to_numpy()).any():
        altitude, source = round(float(np.nanmedian(terrain.to_numpy())), 1), "terrain"
    else:
        altitude, source = altitude_at(middle.y, middle.x), "map"
    return Site(round(middle.y, 4), round(middle.x, 4), altitude, zone_at(middle.y, middle.x), source)


def with_altitude(site: Site, weather: pd.DataFrame) -> Site:
    """The site with the altitude of its weather's place, where that is as near as is usual and nothing nearer tells one."""
    from ped_geo.sources.weather_file import distance_km

    about = weather.attrs
    away = about.get("station_distance_km", distance_km(about["latitude"], about["longitude"], site))
    if site.altitude_source != "map" or away > scalar("check.weather_distance").value:
        return site
    for source, key in (("station", "station_altitude_m"), ("weather", "altitude_m")):
        if np.isfinite(altitude := about.get(key, np.nan)):
            return replace(site, altitude_m=altitude, altitude_source=source)
    return site


def refuse_swapped_axes(study: Study, place: RawPlace) -> None:
    """
    Refuse a place that lies where it is meant only if its axes are swapped.

    Parameters
    ----------
    study : Study
        A named country decides; without one, a place at sea does whose mirror image is land.
    place : RawPlace
        Its boundary.

    Raises
    ------
    SourceError
        If the axes are swapped.
    """
    from ped_geo.sources._whereabouts import countries_at

    middle = _middle(place)
    other = _mirrored(middle.y, middle.x)
    countries = countries_at(middle.y, middle.x)
    if study.country in countries or not other or (study.country and study.country not in other) or (not study.country and countries):
        return
    told = Sentence("error.not_in", country=study.country) if study.country else Sentence("error.at_sea")
    raise SourceError(
        Sentence(
            "error.place_lies_at_and_with",
            study=study.title,
            position=position(middle.y, middle.x),
            told=told,
            country=study.country or ", ".join(other),
        )
    )


def _mirrored(latitude: float, longitude: float) -> tuple[str, ...]:
    """Countries of the point whose latitude and longitude have changed places."""
    from ped_geo.sources._whereabouts import countries_at

    return countries_at(longitude, latitude) if abs(longitude) <= 90 else ()


def country_remarks(study: Study, site: Site) -> Iterator[Remark]:
    """A country that is named although the place lies in another, and a place that would lie in Poland were its axes swapped."""
    from ped_geo.sources._whereabouts import countries_at

    countries = countries_at(site.latitude, site.longitude)
    if HOME in _mirrored(site.latitude, site.longitude):
        where: dict[str, str | float] = {
            "latitude": site.latitude,
            "longitude": site.longitude,
            "found": ", ".join(countries) or "–",
            "other": HOME,
        }
        yield Remark("axes", where)
    if not study.country:
        yield Remark("no_country", {"home": HOME})
    if not has_pack(study.country):
        yield Remark("no_pack", {"country": study.country, "packs": ", ".join(packs())})
    elif not pack(study.country).has("element_works"):
        yield Remark("works_elsewhere", {"country": study.country, "other": HOME})
    yield from _lacks(study.country)
    if study.country and study.country not in countries:
        yield Remark("country", {"told": study.country, "found": ", ".join(countries) or "–"})


def _lacks(country: str) -> Iterator[Remark]:
    """Tables that a pack leaves out, and how many of its numbers are assumptions."""
    missing = [f"{name}.csv" for name in pack(country).lacks] if has_pack(country) else []
    if missing:
        common = scalars(FORM_ONLY)
        own = [row for key, row in scalars(country).items() if row != common.get(key)]
        assumed = sum(row.confidence == "assumed" for row in own)
        yield Remark("pack_lacks", {"country": country, "missing": ", ".join(missing), "assumed": assumed, "count": len(own)})


def weather_remarks(weather: pd.DataFrame) -> Iterator[Remark]:
    """What the reader of the weather wants told."""
    for key, values in weather.attrs.get("remarks", ()):
        yield Remark(key, values)
