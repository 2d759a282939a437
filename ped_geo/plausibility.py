"""
Plausibility checks: sizes, storeys, climate and results against their cited bounds (``assumptions/check.csv``).

What cannot be right stops the run before any long work, all of it at once; what is odd but possible is remarked, with the
objects, their values, the bound and what to do, and goes on.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np

from ped_geo import assumptions
from ped_geo.countries import pack_or_form
from ped_geo.errors import LayerError
from ped_geo.language import text
from ped_geo.remarks import Remark, in_words, named
from ped_geo.roofs import surface_faults
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["check_calibration", "check_census", "check_people", "check_place", "check_registers", "check_results", "check_surfaces"]

HOMES = ("residential_multi", "residential_single")
HOME_ENERGY = (
    "heat_need_kwh_a",
    "hot_water_need_kwh_a",
    "hot_water_circulation_kwh_a",
    "electricity_household_kwh_a",
    "electricity_common_kwh_a",
)
TAGS_OF_FLAGS = {
    "levels": "building:levels",
    "flats": "building:flats",
    "roof_levels": "roof:levels",
    "roof_height": "roof:height",
    "roof_shape": "roof:shape",
}
FAULTS = ("_out_of_bounds", "_unreadable", "_list", "_unknown", "_several")
"""Ends of the flags of a tag that was refused or is a list."""


def _outside(key: str, value: float) -> dict[str, str | float] | None:
    """Value and bounds for the words of a check, None where the value lies within (or is unknown)."""
    bound = assumptions.scalar(f"check.{key}")
    if math.isnan(value) or bound.low <= value <= bound.high:
        return None
    return {"value": value, "low": bound.low, "high": bound.high, "unit": bound.unit.replace("m2a", "m²·a").replace("km2", "km²")}


def check_place(
    buildings: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, weather: pd.DataFrame, study: Study
) -> list[Remark]:
    """
    Odd but possible values of a place's input.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings`` before it has blocks.
    footprints, boundary : GeoDataFrame
        Raw layers in the same projected CRS, metres.
    weather : DataFrame
        One year of hours: ``ghi`` [W/m²], ``temp_air`` [°C].
    study : Study
        Settings; its overrides are compared with their plausible ranges.

    Returns
    -------
    list of Remark

    Raises
    ------
    LayerError
        With everything that cannot be right.
    """
    inside = buildings[buildings["in_district"]]
    ground_km2 = float(boundary.area.sum()) / 1e6
    per_storey = _tagged_storey_heights(inside)
    sums = {
        "boundary_area": ground_km2,
        "footprint_area_median": float(inside["footprint_area_m2"].median()),
        "built_share": float(inside.intersection(boundary.geometry.union_all()).area.sum()) / max(ground_km2 * 1e6, 1e-9),
        "residents_density": float(inside["residents"].sum()) / max(ground_km2, 1e-9),
        "ghi_annual": float(weather["ghi"].mean()) * 8.760,
        "temp_air_mean": float(weather["temp_air"].mean()),
    }
    if len(per_storey) >= 10:
        sums["storey_height"] = float(per_storey.median())
    problems = [text(f"check.{key}", "en", **in_words(values, "en")) for key, value in sums.items() if (values := _outside(key, value))]
    if problems:
        raise LayerError(study.title, problems)
    tags = [*_refused_tags(inside, footprints, study), *_tall_houses(inside, study)]
    return [*tags, *_odd_storeys(per_storey), *_guessed(inside), *_odd_overrides(study)]


def check_people(buildings: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, scaling: pd.DataFrame) -> list[Remark]:
    """
    How dwellings and residents were brought to known totals, and whether so many people can live there.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings`` before it has blocks.
    boundary : GeoDataFrame
        District, in metres.
    scaling : DataFrame
        Of `ped_geo.buildings.scale_to_totals`.

    Returns
    -------
    list of Remark
    """
    counts = ("cells", "partial", "small", "hidden", "empty")
    found = []
    for row in scaling.to_dict("records"):
        sums: dict[str, str | float] = {name: float(row[name]) for name in ("by_rule", "told", "factor")}
        grid = {name: float(row[name]) for name in counts} if row["total"] == "grid" else {}
        key = f"scaled_{row['total']}" if math.isfinite(row["factor"]) else "grid_beside" if grid else "nothing_to_scale"
        found.append(Remark(key, sums | grid))
    inside = buildings[buildings["in_district"]]
    ground_km2 = float(boundary.area.sum()) / 1e6
    # a single estate may be far denser than any whole quarter
    quarter = ground_km2 >= assumptions.scalar("check.quarter_area").value
    sizes = {
        "persons_per_dwelling": _ratio(inside["residents"], inside["dwellings"]),
        "quarter_density": float(inside["residents"].sum()) / ground_km2 if quarter else math.nan,
    }
    return found + [Remark(key, values) for key, value in sizes.items() if (values := _outside(key, value))]


def check_census(census: pd.DataFrame, study: Study) -> list[Remark]:
    """
    Where the ages of the stock are told by a table of the place, and what it tells.

    Parameters
    ----------
    census : DataFrame
        Layer ``census``.
    study : Study
        Names the file, and the country whose periods they are.
    """
    if census.empty or study.sources.census is None:
        return []
    held = census.groupby("construction_period")["number"].sum()
    period = next(period for period in pack_or_form(study.country).periods if period.code == held.idxmax())
    years = f"{period.first:.0f}" if math.isfinite(period.first) else ""
    span = f"{years}–{period.last:.0f}" if math.isfinite(period.last) else f"{years}–"
    return [Remark("census", {"file": study.sources.census.name, "years": span, "share": 100.0 * float(held.max() / held.sum())})]


def _tagged_storey_heights(inside: gpd.GeoDataFrame) -> pd.Series:
    """Height per storey of buildings whose height and storeys are both told, m."""
    told = ~inside["height_m_source"].str.startswith("inferred") & ~inside["storeys_above_ground_source"].str.startswith("inferred")
    rows = inside[told]
    return (rows["height_m"] - rows["roof_height_m"]) / rows["storeys_above_ground"]


def _odd_storeys(per_storey: pd.Series) -> list[Remark]:
    bound = assumptions.scalar("check.storey_height")
    odd = per_storey[(per_storey < bound.low) | (per_storey > bound.high)]
    if odd.empty:
        return []
    objects = named(odd.index, (f"{value:.1f} m" for value in odd))
    return [Remark("storey_heights", {"count": len(odd), "objects": objects, "low": bound.low, "high": bound.high})]


def _refused_tags(inside: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame, study: Study) -> list[Remark]:
    """Each kind of tag that was refused or is a list, with the objects and what they say."""
    flags = inside["flags"].str.split(";").explode()
    found = []
    for flag in sorted(set(flags[flags.str.endswith(FAULTS)])):
        ids = flags.index[flags == flag]
        subject, fault, _ = next(flag.rpartition(end) for end in FAULTS if flag.endswith(end))
        tag = TAGS_OF_FLAGS.get(subject, subject)
        said = [json.loads(footprints["tags"].get(name, "{}")).get(tag, "")[:40] for name in ids]
        bounds = _tag_bounds(subject, study)
        known = fault == "_out_of_bounds" and bounds is not None
        values: dict[str, str | float] = {"tag": tag, "count": len(ids), "objects": named(ids, said)}
        if known and bounds is not None:
            values |= {"low": bounds[0], "high": bounds[1]}
        found.append(Remark(f"tags{fault}" if known or fault != "_out_of_bounds" else "tags_unreadable", values))
    return found


def _tall_houses(inside: gpd.GeoDataFrame, study: Study) -> list[Remark]:
    """Buildings tagged as houses of one household that are too tall for one."""
    tall = inside[inside["flags"].str.split(";").map(lambda flags: "house_too_tall" in flags)]
    if tall.empty:
        return []
    objects = named(tall.index, tall["storeys_above_ground"].astype("str"))
    return [Remark("tall_houses", {"count": len(tall), "objects": objects, "high": study.assumed("building.tagged_house_max_levels")})]


def _tag_bounds(subject: str, study: Study) -> tuple[float, float] | None:
    name = {"levels": "levels", "height": "height", "start_date": "year"}.get(subject)
    if name is None:
        return None
    return study.assumed(f"building.{name}_min"), study.assumed(f"building.{name}_max")


def _guessed(inside: gpd.GeoDataFrame) -> list[Remark]:
    """Storeys, and uses, that most buildings have by a rule alone."""
    found = []
    # storeys from a told height rest on something
    told = inside["storeys_above_ground_source"].isin(["inferred: height", "inferred: building parts"])
    guessed = inside["storeys_above_ground_source"].str.startswith("inferred") & ~told
    if _outside("guessed_share", float(guessed.mean())) is not None:
        found.append(Remark("guessed_storeys", {"count": int(guessed.sum()), "of": len(inside)}))
    sized = inside["use_source"].isin(["inferred: size", "inferred: neighbours", "inferred: form and surroundings"])
    if _outside("guessed_share", float(sized.mean())) is not None:
        found.append(Remark("guessed_use", {"count": int(sized.sum()), "of": len(inside)}))
    return found


def _odd_overrides(study: Study) -> list[Remark]:
    """Assumptions of the district file outside the range of their source."""
    found = []
    for key, value in sorted(study.overrides.items()):
        known = assumptions.scalar(key, study.country)
        # where the source gives no range, twice and half the value are taken as one
        low, high = (known.low, known.high) if known.low < known.high else sorted((known.value / 2, known.value * 2))
        if not low <= value <= high:
            unit = "" if known.unit == "-" else known.unit
            found.append(Remark("override", {"name": key, "value": value, "low": low, "high": high, "unit": unit}))
    return found


def check_results(buildings: gpd.GeoDataFrame, need: pd.DataFrame, pv_buildings: pd.DataFrame) -> list[Remark]:
    """
    Results that no real place of this kind has.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    need : DataFrame
        By building and package: ``heat_need_kwh_a``, ``hot_water_need_kwh_a``, ``hot_water_circulation_kwh_a``,
        ``electricity_household_kwh_a``, ``electricity_common_kwh_a`` [kWh/a].
    pv_buildings : DataFrame
        By building: ``capacity_kwp`` [kWp], ``specific_yield_kwh_kwp_a`` [kWh/(kWp·a)].

    Returns
    -------
    list of Remark
    """
    inside = buildings[buildings["in_district"] & buildings["heated"]]
    packages = need.index.get_level_values("package")
    current = "existing" if "existing" in packages else packages[0]
    state = need[packages == current].droplevel("package").reindex(inside.index)
    today = state["heat_need_kwh_a"]
    area = inside["reference_area_m2"].where(inside["reference_area_m2"] > 0)
    fitted = pv_buildings[pv_buildings["capacity_kwp"] > 0]
    found = []
    if values := _outside("heat_need_mean", float(today.sum() / area.sum()) if area.sum() else math.nan):
        found.append(Remark("heat_need_mean", values))
    for key, numbers in (("heat_need", today / area), ("specific_yield", fitted["specific_yield_kwh_kwp_a"])):
        bound = assumptions.scalar(f"check.{key}")
        odd = numbers[np.isfinite(numbers) & ((numbers < bound.low) | (numbers > bound.high))]
        if len(odd):
            objects = named(odd.index, (f"{value:.0f}" for value in odd))
            found.append(Remark(key, {"count": len(odd), "objects": objects, "low": bound.low, "high": bound.high}))
    ground = buildings.loc[buildings["in_district"], "footprint_area_m2"]
    sizes = _orders_of_size(inside, state) | {"pv_per_ground": _ratio(fitted["capacity_kwp"], ground)}
    return found + [Remark(key, values) for key, value in sizes.items() if (values := _outside(key, value))]


def _ratio(above: pd.Series, below: pd.Series) -> float:
    """Sum by sum, NaN where there is nothing to divide by."""
    return float(above.sum() / below.sum()) if below.sum() > 0 else math.nan


def _orders_of_size(inside: gpd.GeoDataFrame, today: pd.DataFrame) -> dict[str, float]:
    """What the homes of a place come to per resident and per household, to be set against the country's figures."""
    homes = inside[inside["use"].isin(HOMES)]
    uses = today.reindex(homes.index)
    return {
        "floor_per_resident": _ratio(homes["reference_area_m2"] - homes["second_use_area_m2"], homes["residents"]),
        "home_energy_per_resident": _ratio(uses[list(HOME_ENERGY)].sum(axis=1), homes["residents"]),
        "household_electricity": _ratio(uses["electricity_household_kwh_a"], homes["dwellings"]),
    }


def check_registers(report: pd.DataFrame) -> list[Remark]:
    """
    What became of the rows of each register of the city; nothing where every row met its building.

    Parameters
    ----------
    report : DataFrame
        Layer ``register_report``.
    """
    found = []
    for file, rows in report.groupby("file", sort=False):
        counts = rows["result"].value_counts()
        if counts.get("matched", 0) == len(rows):
            continue
        lost = rows[rows["result"] != "matched"]
        values: dict[str, str | float] = {"file": str(file), "of": len(rows), "objects": named(lost["asked"], lost["row"].astype("str"))}
        parts = {name: int(counts.get(name, 0)) for name in ("matched", "ambiguous", "not_found")}
        found.append(Remark("registers", values | parts | {"rest": len(rows) - sum(parts.values())}))
    return found


def check_calibration(calibration: pd.DataFrame, study: Study) -> list[Remark]:
    """
    Metered totals that ask for more than the bounds of the study allow.

    Parameters
    ----------
    calibration : DataFrame
        Layer ``calibration``.
    study : Study
        ``demand.calibration_bounds``.
    """
    low, high = study.demand.calibration_bounds
    found = []
    for use in ("space_heat", "electricity"):
        metered = calibration[calibration[f"{use}_level"] != ""]
        cut = metered[~metered[f"{use}_wanted"].between(low, high)]
        if len(cut):
            objects = named(cut.index, (f"{value:.2f}" for value in cut[f"{use}_wanted"]))
            found.append(
                Remark(f"calibration_{use}", {"count": len(cut), "of": len(metered), "objects": objects, "low": low, "high": high})
            )
    return found


def check_surfaces(surfaces: gpd.GeoDataFrame, study: Study) -> list[Remark]:
    """
    Roof surfaces of building models that cannot be planes; slivers alone are nothing to look at.

    Parameters
    ----------
    surfaces : GeoDataFrame
        Raw layer ``surfaces``; may be empty.
    study : Study
        Its assumptions ``roofs.*``.

    Returns
    -------
    list of Remark
    """
    faults = surface_faults(surfaces, study=study) if len(surfaces) else {}
    left = len(surfaces) - faults.get("used", 0)
    if not left - faults.get("small", 0):
        return []
    counts = {name: faults[name] for name in ("small", "steep", "broken")}
    bounds = {"low": study.assumed("roofs.least_surface"), "high": study.assumed("roofs.angle_max")}
    return [Remark("surfaces_left", {"count": left, "of": len(surfaces), **counts, **bounds})]
