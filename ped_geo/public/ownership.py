"""Who is public, and how that is known: a register, a tag, a name, the ground around, or the use alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo.finance.grants import owners
from ped_geo.public.grounds import building_grounds

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["public_sources"]

TAG: Final = (
    r'"operator:type": "(?:public|government|municipal)"|"ownership": "(?:municipal|public|state|national|county)"|'
    r'"building": "(?:public|government|civic|fire_station)"|"office": "government"|'
    r'"amenity": "(?:townhall|courthouse|police|fire_station|library|community_centre)"'
)
PRIVATE: Final = (
    r'"operator:type": "(?:private|private_non_profit|private_for_profit|religious|business|cooperative)"|"ownership": "private"'
)
NAME: Final = (
    r'"(?:name|operator)": "[^"]*(?:Szko[łl]a Podstawowa|Przedszkole (?:Samorz[ąa]dowe|Miejskie|Publiczne|nr)|Urz[ąa]d|Dom Kultury|'
    r"SP ?ZOZ|Komenda|Zesp[óo][łl] Szk[óo][łl]|Liceum Og[óo]lnokszta[łl]c[ąa]ce nr|[ŻZ][łl]obek (?:Samorz[ąa]dowy|Miejski|nr)|"
    r"Biblioteka (?:Miejska|Publiczna|Gminna)|S[ąa]d Rejonowy|Rathaus|Grundschule|Oberschule|Kommunal)"
)
NOT_OF_THE_GROUND: Final = ("residential_single", "residential_multi", "garage", "outbuilding")


def public_sources(inside: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, study: Study) -> pd.Series:
    """
    How it is known that each building is public.

    Parameters
    ----------
    inside : GeoDataFrame
        Layer ``buildings`` of the district.
    footprints, areas : GeoDataFrame
        Raw layers in metres with ``tags``.
    study : Study
        Its country tells who usually owns a use.

    Returns
    -------
    Series of str
        ``register``, ``tag``, ``name``, ``area``, ``inferred: use`` where the use alone speaks for it, or empty where it is not
        public. What is tagged as private is not, whatever its use.
    """
    import pandas as pd

    told = footprints["tags"].astype("str")
    tags = told[~told.index.duplicated()].reindex(inside.index).fillna("{}")
    own = inside["owner"].fillna("").astype("str") if "owner" in inside else pd.Series("", index=inside.index)
    use = inside["use"].astype("str")
    by_use = (owners(inside.drop(columns="owner", errors="ignore"), study.country) == "city") & inside["heated"].astype(bool)
    within = _within_grounds(inside, areas) & ~use.isin(NOT_OF_THE_GROUND)
    conditions = [own == "city", own != "", tags.str.contains(PRIVATE), tags.str.contains(TAG), tags.str.contains(NAME), within, by_use]
    return pd.Series(np.select(conditions, ["register", "", "", "tag", "name", "area", "inferred: use"], ""), index=inside.index)


def _within_grounds(inside: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Whether a building stands on the ground of a school, hospital or the like that no tag calls private."""
    import pandas as pd

    shapes = areas.geometry.to_numpy()[building_grounds(areas)]
    middles = shapely.point_on_surface(inside.geometry.to_numpy())
    row, _ = shapely.STRtree(shapes).query(middles, predicate="intersects")
    return pd.Series(np.isin(np.arange(len(inside)), row), index=inside.index)
