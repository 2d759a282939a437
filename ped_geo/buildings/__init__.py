"""
Footprints become buildings: storeys, areas, use, age, refurbishment state, heat supply, each with its source.

Guessed is not measured: every inferred attribute names its rule in ``<attribute>_source``, and nothing disappears in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo import schema
from ped_geo.addresses import plain_words
from ped_geo.buildings.ages import HERITAGE_KEYS, infer_age, known_form
from ped_geo.buildings.attributes import Draft, infer_roof, infer_storeys, read_draft, storey_height
from ped_geo.buildings.corrected import adopt_storeys, heated_shares, without_excluded
from ped_geo.buildings.footprints import clean_footprints
from ped_geo.buildings.parts import adopt_parts
from ped_geo.buildings.people import dwellings_and_residents
from ped_geo.buildings.second_uses import infer_second_use
from ped_geo.buildings.surroundings import existing_pv, tags_around, tags_inside
from ped_geo.buildings.tags import Bounds, parse_number, parse_power_kw
from ped_geo.buildings.told_uses import adopt_uses
from ped_geo.buildings.totals import scale_to_totals
from ped_geo.buildings.types import size_class, state_chance, state_today, tabula_code
from ped_geo.buildings.use_odds import likeliest_use
from ped_geo.buildings.uses import infer_use
from ped_geo.buildings.walls import walls
from ped_geo.buildings.words import heat_supplies, is_said
from ped_geo.buildings.works import state_words, states_told
from ped_geo.buildings.years import adopt_years
from ped_geo.countries import pack_or_form
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["build_buildings", "scale_to_totals"]

STATE_KEY = "refurbishment_state"
UNHEATED = ("garage", "outbuilding")
BY_FLOOR = "inferred: floor area and homes of the place"


def build_buildings(
    footprints: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    points_of_interest: gpd.GeoDataFrame,
    study: Study,
    registers: pd.DataFrame | None = None,
    census: pd.DataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Buildings of the district and of the ring around it.

    Parameters
    ----------
    footprints, boundary, areas, points_of_interest : GeoDataFrame
        Raw layers in one projected CRS, metres.
    study : Study
        Settings and assumptions.
    registers : DataFrame, optional
        Rows of the city's registers: years of construction and states of refurbishment are taken from them.
    census : DataFrame, optional
        Layer ``census``: what the place's stock is made of, by kind and construction period.

    Returns
    -------
    buildings : GeoDataFrame
        Layer ``buildings`` of the schema, indexed by ``building_id``; ``in_district`` tells the ring from the district.
    rejected : DataFrame
        ``object_id``, ``layer``, ``reason`` of everything that is no building.
    period_odds : DataFrame
        Layer ``period_odds``: chance of every construction period of each building; a single 1 where the year is told.

    Raises
    ------
    LayerError
        If no building is left inside the boundary.
    """
    import pandas as pd

    clean, aside = without_excluded(*clean_footprints(footprints, study), registers)
    if clean.empty:
        raise LayerError(Sentence("error.none_footprints_is_standing_building", study=study.title, count=len(footprints)))
    draft = read_draft(clean)
    adopt_parts(draft, footprints, clean, aside, study)
    if registers is not None:
        adopt_years(draft, clean.index, registers, study)
        adopt_uses(draft, clean.index, registers)
        adopt_storeys(draft, clean.index, registers, study)
    inside = tags_inside(clean, points_of_interest)
    # several points of interest would contradict each other
    alone = [tags[0] if len(tags) == 1 else {} for tags in inside]
    shapes = clean.geometry.to_numpy()
    uses = infer_use(draft, alone, tags_around(clean, areas), study)
    told = likeliest_use(known_form(draft, shapes, uses[0], study), *uses, draft.tags, study)
    columns: dict[str, object] = dict(zip(("use", "use_source", "use_probability", "use_odds"), told, strict=True))
    use = told[0]
    ages, odds = infer_age(draft, shapes, use, study, census)
    columns |= ages
    period = np.asarray(columns["construction_period"], dtype=object)
    heights = storey_height(use, period, study.country)
    levels = infer_storeys(draft, use, heights, study)
    storeys = np.asarray(levels["storeys_above_ground"], dtype=float)
    columns |= levels | infer_roof(draft, use, storeys, period, study.country)
    columns |= _heights(columns, heights, clean, study)
    columns |= _areas(draft, columns, inside, study, heated_shares(draft, clean.index, registers))
    frame = _frame(clean, draft, columns)
    free = walls(frame, frame["height_m"].to_numpy(), gap_m=study.assumed("building.party_gap"))
    frame = frame.join(free)
    chances = pd.DataFrame(odds, index=frame.index, columns=list(pack_or_form(study.country).period_codes))
    flats, told_by = _mapped_flats(frame, draft, study)
    homes: dict[str, object] = {**dwellings_and_residents(frame, chances, flats, study)}
    homes["dwellings_source"] = pd.array(np.where(np.isfinite(flats), told_by, BY_FLOOR), dtype="str")
    frame = frame.assign(**_typology(frame, odds, study), **homes, **_supply(frame, draft, study))
    frame = _with_works(_with_tagged_states(frame, draft), registers)
    frame["flags"] = pd.array([";".join(dict.fromkeys(flags)) for flags in draft.flags], dtype="str")
    mapped = existing_pv(frame, areas, points_of_interest, study.assumed("building.pv_existing_per_m2"))
    # an earlier run tells what it saw on a roof, where nothing is mapped beside its buildings
    frame["pv_existing_kwp"] = np.where(mapped > 0.0, mapped, [_power(tags) for tags in draft.tags])
    frame["in_district"] = _inside(frame, boundary)
    if not frame["in_district"].any():
        raise LayerError(Sentence("error.no_buildings_inside_boundary_check", study=study.title))
    frame["block_id"] = ""
    order = [name for name in schema.columns("buildings") if name in frame]
    return schema.check_layer("buildings", frame[order]), aside, chances


def _heights(columns: dict[str, object], heights: NDArray[np.float64], clean: gpd.GeoDataFrame, study: Study) -> dict[str, object]:
    """Total height and the roof's part of it, m: from the tags, else storeys times storey height plus the rise of the roof's shape."""
    from ped_geo import assumptions

    table = assumptions.table("roof_shapes").set_index("roof_shape")["tilt_deg"]
    tilt = np.radians(table.reindex(np.asarray(columns["roof_shape"])).to_numpy(dtype="float64"))
    box = clean.geometry.minimum_rotated_rectangle()
    width = _short_side(box.to_numpy())
    rise = np.minimum(np.tan(tilt) * width / 2.0, study.assumed("roofs.rise_max"))
    tagged = np.asarray(columns["roof_height_m"], dtype="float64")
    rise = np.where(np.isnan(tagged), rise, tagged)
    height = np.asarray(columns["height_m"], dtype="float64")
    source = np.asarray(columns["height_m_source"], dtype=object)
    guess = np.isnan(height)
    height = np.where(guess, np.asarray(columns["storeys_above_ground"], dtype="float64") * heights + rise, height)
    return {
        "height_m": height,
        "height_m_source": np.where(guess, "inferred: storeys", source),
        "roof_height_m": np.minimum(rise, height * study.assumed("roofs.rise_share")),
    }


def _short_side(boxes: NDArray[np.object_]) -> NDArray[np.float64]:
    import shapely

    corners = np.stack([shapely.get_coordinates(box)[:3] if shapely.get_num_coordinates(box) >= 3 else np.zeros((3, 2)) for box in boxes])
    sides = np.linalg.norm(np.diff(corners, axis=1), axis=2)
    return sides.min(axis=1)


def _areas(
    draft: Draft, columns: dict[str, object], inside: list[list[dict[str, str]]], study: Study, shares: NDArray[np.float64]
) -> dict[str, object]:
    """Gross floor area, heated reference area and what of it a second use takes, m²; `shares` of it are heated [0-1]."""
    storeys = np.asarray(columns["storeys_above_ground"], dtype="float64")
    roof = np.asarray(columns["roof_levels"], dtype="float64") * study.assumed("building.roof_storey_share")
    gross = draft.area * (storeys + roof)
    use = np.asarray(columns["use"], dtype=object)
    second = infer_second_use(draft, inside, use, np.asarray(columns["use_source"], dtype=object), gross, study)
    warm, cold = (np.asarray(second.pop(name), dtype="float64") for name in ("second_floor_m2", "cold_floor_m2"))
    abandoned = np.array([is_said(tags, "abandoned") for tags in draft.tags])
    heated = ~np.isin(use, UNHEATED) & (draft.area >= study.buildings.min_heated_area_m2) & ~abandoned & (shares > 0.0)
    share = np.where(heated, study.assumed("building.reference_area_share") * shares, 0.0)
    return {
        "gross_floor_area_m2": gross,
        "reference_area_m2": (gross - cold) * share,
        "heated": heated,
        **second,
        "second_use_area_m2": warm * share,
    }


def _power(tags: Mapping[str, str]) -> float:
    """Power of the modules that are there, as the building's own row tells it; 0 where it does not. [kWp]."""
    told = parse_power_kw(f"{tags.get('pv_existing_kwp', '')} kW")
    return told if np.isfinite(told) else 0.0


def _frame(clean: gpd.GeoDataFrame, draft: Draft, columns: dict[str, object]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    text = {name: pd.array([tags.get(key, "")[:200] for tags in draft.tags], dtype="str") for name, key in _NAMES.items()}
    street = text["street"].to_numpy(dtype=object)
    place = np.array([tags.get("addr:place", "")[:200] for tags in draft.tags], dtype=object)
    text["street"] = pd.array(np.where(street == "", place, street), dtype="str")
    plain = {
        name: pd.array(values, dtype="str") if isinstance(values, np.ndarray) and values.dtype == object else values
        for name, values in columns.items()
    }
    frame = gpd.GeoDataFrame(
        {**text, **plain, "footprint_area_m2": draft.area, "perimeter_m": clean.length.to_numpy()},
        geometry=clean.geometry.to_numpy(),
        crs=clean.crs,
        index=clean.index,
    )
    frame["storeys_above_ground"] = frame["storeys_above_ground"].astype("int64")
    frame["heritage"] = [any(is_said(tags, key) for key in HERITAGE_KEYS) for tags in draft.tags]
    return frame


_NAMES = {"name": "name", "street": "addr:street", "housenumber": "addr:housenumber"}


def _mapped_flats(frame: gpd.GeoDataFrame, draft: Draft, study: Study) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Dwellings that tags say and who tells them, NaN where they say none or more than the floor area can hold."""
    most = np.maximum(frame["gross_floor_area_m2"].to_numpy() / study.assumed("building.flat_min_size"), 2.0)
    flats, told_by = draft.numbers(("building:flats",), parse_number, Bounds(1.0, float(most.max(initial=2.0))))
    for row in np.flatnonzero(flats > most):
        draft.flags[row].append("flats_out_of_bounds")
    return np.where(flats <= most, flats, np.nan), told_by


def _typology(frame: gpd.GeoDataFrame, odds: NDArray[np.float64], study: Study) -> dict[str, object]:
    """Size class, TABULA code and refurbishment state."""
    import pandas as pd

    use, period = (frame[name].to_numpy(dtype=object) for name in ("use", "construction_period"))
    single = use == "residential_single"
    attached = (frame["party_wall_length_m"] / frame["perimeter_m"]).to_numpy() > study.assumed("building.attached_share")
    size = size_class(single, attached, frame["storeys_above_ground"].to_numpy(dtype=float), period, study)
    listed = frame["heritage"].to_numpy(dtype=bool)
    state, rule = state_today(period, use, listed, study)
    return {
        "size_class": pd.array(size, dtype="str"),
        "tabula_code": pd.array(tabula_code(size, period, study.country), dtype="str"),
        "refurbishment_state": pd.array(state, dtype="str"),
        "refurbishment_state_probability": state_chance(odds, state, use, listed, study),
        "refurbishment_state_source": pd.array(rule, dtype="str"),
    }


def _with_tagged_states(frame: gpd.GeoDataFrame, draft: Draft) -> gpd.GeoDataFrame:
    """The buildings with the states of refurbishment that their own file tells; a state that an earlier run inferred is inferred again."""
    import pandas as pd

    words = plain_words(pd.Series([tags.get(STATE_KEY, "") for tags in draft.tags], index=frame.index, dtype="str"))
    sources = pd.Series([draft.source(row, STATE_KEY) for row in range(len(draft))], index=frame.index, dtype="str")
    said = words.map(state_words()).where(~sources.str.startswith("inferred"))
    return _with_states(frame, said, sources)


def _with_works(frame: gpd.GeoDataFrame, registers: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """The buildings with the states of refurbishment that registers and corrections tell."""
    found = states_told(frame, registers)
    return _with_states(frame, found["refurbishment_state"], found["source"])


def _with_states(frame: gpd.GeoDataFrame, said: pd.Series, sources: pd.Series) -> gpd.GeoDataFrame:
    """The buildings with the states that are told, missing where none is, and who tells them."""
    told = said.notna()
    if not told.any():
        return frame
    return frame.assign(
        refurbishment_state=frame["refurbishment_state"].where(~told, said.astype("str")),
        refurbishment_state_probability=frame["refurbishment_state_probability"].where(~told, 1.0),
        refurbishment_state_source=frame["refurbishment_state_source"].where(~told, sources),
    )


def _supply(frame: gpd.GeoDataFrame, draft: Draft, study: Study) -> dict[str, object]:
    """Heat supply: tag, study, else what is usual for blocks of flats and for houses in the country."""
    import pandas as pd

    tagged, source = draft.words(("heating", "building:heating"), heat_supplies(), "heating")
    rest = tagged == ""
    large = (frame["use"] == "residential_multi").to_numpy() & (frame["storeys_above_ground"] >= 3).to_numpy()
    own = pack_or_form(study.country)
    usual = own.table("usual_heat_supply").set_index("kind")["heat_supply"]
    default = np.where(large, usual["flats"], usual["houses"]).astype(object)
    rule = f"inferred: {'usual in the country' if own.has('usual_heat_supply') else 'blocks of flats on district heat, others on gas'}"
    if study.buildings.heat_supply:
        default[:], rule = study.buildings.heat_supply, "inferred: study"
    tagged[rest], source[rest] = default[rest], rule
    cold = ~frame["heated"].to_numpy()
    tagged[cold], source[cold] = "none", "inferred: not heated"
    return {"heat_supply": pd.array(tagged, dtype="str"), "heat_supply_source": pd.array(source, dtype="str")}


def _inside(frame: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether at least half of a building lies inside the boundary."""
    shape = boundary.geometry.make_valid().union_all()
    shared = frame.geometry.intersection(shape).area
    return (shared >= 0.5 * frame.area).to_numpy()
