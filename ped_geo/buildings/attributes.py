"""Attributes of each building, each with its source: the tag, or the documented rule that inferred it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.buildings.neighbours import median_of_neighbours
from ped_geo.buildings.tags import Bounds, parse_height, parse_number
from ped_geo.buildings.words import meaning, roof_shapes
from ped_geo.countries import HOME, pack_or_form
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["Draft", "infer_roof", "infer_storeys", "read_draft", "storey_height"]

_FLAG_NAMES = {"roof:levels": "roof_levels", "building:roof:levels": "roof_levels", "roof:height": "roof_height", "est_height": "height",
               "construction_date": "start_date", "year_of_construction": "start_date"}  # fmt: skip
ROOF_KEYS = ("shape", "orientation", "angle", "direction", "height", "levels")


@dataclass
class Draft:
    """Columns in the making: one array per attribute and its source, all of one length."""

    tags: list[dict[str, str]]
    origin: NDArray[np.object_]
    tag_sources: list[dict[str, str]]
    xy: NDArray[np.float64]
    area: NDArray[np.float64]
    flags: list[list[str]]

    def __len__(self) -> int:
        return len(self.tags)

    def source(self, row: int, key: str) -> str:
        """Provider of a tag."""
        return self.tag_sources[row].get(key, str(self.origin[row]))

    def numbers(
        self, keys: tuple[str, ...], parse: Callable[[str, Bounds], tuple[float, str]], bounds: Bounds
    ) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """First readable value of some keys per building, and its source; what is refused is flagged."""
        values = np.full(len(self), np.nan)
        sources = np.full(len(self), "", dtype=object)
        for row, tag in enumerate(self.tags):
            for key in keys:
                if key not in tag:
                    continue
                value, flag = parse(tag[key], bounds)
                if flag:
                    self.flags[row].append(f"{_FLAG_NAMES.get(key, key.split(':')[-1])}_{flag}")
                if math.isfinite(value):
                    values[row], sources[row] = value, self.source(row, key)
                    break
        return values, sources

    def addresses(self, ids: pd.Index) -> pd.DataFrame:
        """``street``, or the estate, and ``housenumber`` of each building, by its id."""
        streets = [tags.get("addr:street") or tags.get("addr:place", "") for tags in self.tags]
        numbers = [tags.get("addr:housenumber", "") for tags in self.tags]
        return pd.DataFrame({"street": streets, "housenumber": numbers}, index=ids, dtype="str")

    def adopt(self, key: str, source: str, told: Iterable[str]) -> None:
        """Give the buildings a tag that another source tells of them; an empty word tells nothing."""
        for row, word in enumerate(told):
            if word:
                self.tags[row][key] = word
                self.tag_sources[row][key] = source

    def unheard(self) -> Draft:
        """The same draft with flags of its own, for a first look at the tags that flags nothing."""
        return replace(self, flags=[[] for _ in self.flags])

    def words(self, keys: tuple[str, ...], table: Mapping[str, str], subject: str) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """What the first of some keys means in a vocabulary, per building, and its source; unknown words are flagged as `subject`."""
        values = np.full(len(self), "", dtype=object)
        sources = np.full(len(self), "", dtype=object)
        for row, tag in enumerate(self.tags):
            key = next((key for key in keys if key in tag), "")
            found = meaning(tag.get(key, ""), table)
            if found.flag:
                self.flags[row].append(f"{subject}_{found.flag}")
            if found.value:
                values[row], sources[row] = found.value, self.source(row, key)
        return values, sources


def read_draft(clean: gpd.GeoDataFrame) -> Draft:
    """Tags, places and areas of cleaned footprints."""
    middles = clean.geometry.centroid
    return Draft(
        tags=[json.loads(text) for text in clean["tags"]],
        origin=clean["source"].to_numpy(dtype=object),
        tag_sources=[json.loads(text) for text in clean["tag_sources"]],
        xy=np.column_stack([middles.x, middles.y]),
        area=clean.area.to_numpy(),
        flags=[[flag for flag in text.split(";") if flag] for text in clean["flags"]],
    )


def storey_height(use: NDArray[np.object_], period: NDArray[np.object_], country: str = HOME) -> NDArray[np.float64]:
    """
    Gross storey height of a use and construction period, m.

    Examples
    --------
    >>> storey_height(np.array(["residential_multi", "school"], object), np.array(["PL.03", "PL.03"], object)).tolist()
    [2.8, 3.3]
    """
    table = pack_or_form(country).table("storey_heights").fillna("")
    keys = zip(table["use"].astype(str), table["construction_period"].astype(str), strict=True)
    heights = dict(zip(keys, table["storey_height_m"].astype(float), strict=True))
    default = heights["", ""]
    return np.array([heights.get((u, p), heights.get((u, ""), default)) for u, p in zip(use, period, strict=True)])


def infer_roof(
    draft: Draft, use: NDArray[np.object_], storeys: NDArray[np.float64], period: NDArray[np.object_], country: str = HOME
) -> dict[str, NDArray[np.object_]]:
    """
    Roof shape: tag, else by use, age and storeys (flat on panel blocks and halls, pitched on small and old houses).

    Returns
    -------
    dict
        ``roof_shape``, ``roof_shape_source`` and ``roof_tags`` (JSON of the ``roof:*`` tags under their new names, and who gave those
        that tell a tilt).
    """
    shape, source = draft.words(("roof:shape", "building:roof:shape"), roof_shapes(), "roof_shape")
    roof_tags = np.full(len(draft), "{}", dtype=object)
    for row, tags in enumerate(draft.tags):
        own = {key: tags.get(f"roof:{key}", tags.get(f"building:roof:{key}")) for key in ROOF_KEYS}
        told = [(key, f"roof:{key}" if f"roof:{key}" in tags else f"building:roof:{key}") for key in ("angle", "height") if own[key]]
        givers = {f"{key}:source": draft.source(row, tag) for key, tag in told}
        roof_tags[row] = json.dumps({key: value for key, value in own.items() if value is not None} | givers, ensure_ascii=False)
    rest = shape == ""
    pitched = (
        (use == "residential_single")
        | ((use == "residential_multi") & (storeys <= 4) & np.isin(period, pack_or_form(country).periods_with("pitched_roofs")))
        | (use == "worship")
    )
    shape[rest] = np.where(pitched[rest], "gabled", "flat")
    source[rest] = "inferred: use, age and storeys"
    return {"roof_shape": shape, "roof_shape_source": source, "roof_tags": roof_tags}


def infer_storeys(draft: Draft, use: NDArray[np.object_], heights: NDArray[np.float64], study: Study) -> dict[str, NDArray[np.object_]]:
    """
    Storeys above ground and height.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings.
    use : array of str
        Use of each building.
    heights : array
        Gross storey height of each building, m.
    study : Study
        Settings.

    Returns
    -------
    dict
        ``storeys_above_ground``, ``height_m``, ``roof_height_m`` (NaN where no tag says it), ``roof_levels`` and sources. Order of
        storeys: tag, mapped parts (see `adopt_parts`), tagged height without a tagged roof, median of similar neighbours, the use's constant.
    """
    level_bounds = Bounds(study.assumed("building.levels_min"), study.assumed("building.levels_max"))
    height_bounds = Bounds(study.assumed("building.height_min"), study.assumed("building.height_max"))
    storeys, source = draft.numbers(("building:levels", "levels"), parse_number, level_bounds)
    height, height_source = draft.numbers(("height", "building:height", "est_height"), parse_height, height_bounds)
    roof_levels, _ = draft.numbers(("roof:levels", "building:roof:levels"), parse_number, Bounds(0.0, 4.0))
    roof_height, _ = draft.numbers(("roof:height",), parse_height, Bounds(0.0, height_bounds.high))
    # a roof as high as its house is a mistake, or a tent
    roof_height[roof_height > study.assumed("roofs.rise_share") * height] = np.nan
    constant = np.array([study.assumed(f"storeys.{name}") for name in use])
    radius, least = study.assumed("building.neighbour_radius"), int(study.assumed("building.neighbour_least"))
    by_height = np.maximum(np.round((height - np.nan_to_num(roof_height)) / heights), 1.0)
    by_parts = np.char.startswith(height_source.astype(str), "inferred")
    gap = np.isnan(storeys) & np.isfinite(by_height)
    storeys[gap], source[gap] = by_height[gap], np.where(by_parts, "inferred: building parts", "inferred: height")[gap]
    near = median_of_neighbours(draft.xy, draft.area, use, storeys, radius_m=radius, least=least)
    for values, rule in ((near, "inferred: neighbours"), (constant, "inferred: use")):
        gap = np.isnan(storeys) & np.isfinite(values)
        storeys[gap], source[gap] = values[gap], rule
    return {
        "storeys_above_ground": np.maximum(np.round(storeys), 1.0),
        "storeys_above_ground_source": source,
        "height_m": height,
        "height_m_source": height_source,
        "roof_height_m": roof_height,
        "roof_levels": np.where(np.isfinite(roof_levels), roof_levels, 0.0),
    }
