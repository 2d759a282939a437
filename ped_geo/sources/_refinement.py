"""What building models and surface models add to the footprints of a place: heights, roof shapes and roof surfaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, RawPlace, nothing_joined
from ped_geo.sources._boundary import metric_epsg
from ped_geo.sources._files import file_record
from ped_geo.sources._joining import match_footprints, with_tags_of
from ped_geo.sources.elevation import UNNAMED, heights_above_ground, model_records
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.sources.citygml import BuildingModels

__all__ = ["refine"]


def refine(study: Study, place: RawPlace) -> RawPlace:
    """
    The place with what ``[sources] second``, ``citygml_files``, ``surface_model`` and ``terrain_model`` say of its buildings.

    Raises
    ------
    SourceError
        If one of the files cannot be used.
    """
    sources = study.sources
    if not (sources.citygml_files or sources.surface_model or sources.terrain_model or sources.second):
        return replace(place, surfaces=_stacked([], metric_epsg(place.boundary)))
    metric = metric_epsg(place.boundary)
    footprints = place.footprints
    reports: list[pd.DataFrame] = []
    surfaces, files = [], [*place.provenance.get("files", []), *model_records(study)]
    attribution = str(place.provenance.get("attribution", ""))
    if sources.second:
        other = _second(study, place)
        footprints, pairs = _with_second(footprints, other.footprints, metric, study)
        reports.append(pairs[pairs["other_id"] != ""].assign(source=sources.second))
        files += other.provenance.get("files", [])
        attribution = " · ".join(filter(None, [attribution, str(other.provenance.get("attribution", ""))]))
    if sources.surface_model is not None:
        heights = heights_above_ground(footprints, study)
        tags = {str(name): {"height": f"{value:.1f}"} for name, value in heights.dropna().items()}
        own = {"building_id": list(tags), "other_id": list(tags), "share_of_building": 1.0, "share_of_other": 1.0, "state": "matched"}
        footprints = with_tags_of(footprints, _frame(own), tags, source="dsm")
    for path in sources.citygml_files:
        from ped_geo.sources.citygml import read_citygml

        west, south, east, north = (float(value) for value in place.footprints.to_crs(4326).total_bounds)
        models = read_citygml(path, near=(west, south, east, north))
        pairs = match_footprints(footprints.to_crs(metric), models.models.to_crs(metric), min_share=study.assumed("elevation.join_overlap"))
        footprints = _with_models(footprints, models, pairs)
        surfaces.append(_roof_surfaces(models, pairs, study.assumed("elevation.join_cover")))
        # buildings without a model are the rule, models without a building are worth a look
        reports.append(pairs[pairs["other_id"] != ""].assign(source=path.name))
        files.append(file_record(path) | {"vertical_datum": models.vertical_datum or UNNAMED, "buildings_elsewhere": models.elsewhere})
    return replace(
        place,
        footprints=footprints,
        surfaces=_stacked(surfaces, metric),
        joined=_report(reports),
        provenance={**place.provenance, "files": files, "attribution": attribution},
    )


def _second(study: Study, place: RawPlace) -> RawPlace:
    """The footprints of the second source within the same boundary."""
    plain = {"second": "", "second_files": (), "citygml_files": (), "surface_model": None, "streets_files": ()}
    chosen = study.sources.model_copy(update=plain | {"buildings": study.sources.second, "files": study.sources.second_files})
    west, south, east, north = (float(value) for value in place.boundary.to_crs(4326).total_bounds)
    where = study.place.model_copy(update={"boundary_file": None, "query": "", "bbox": (west, south, east, north)})
    if study.sources.second == "osm":
        raise SourceError("[sources] second is 'osm', which is fetched live; name a file source such as bdot10k or overture.")
    return SOURCES[study.sources.second].read(study.model_copy(update={"sources": chosen, "place": where}), Path(), False)


def _with_second(footprints: gpd.GeoDataFrame, other: gpd.GeoDataFrame, metric: int, study: Study) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Tags where the second source wins, and its outlines where the first has nothing at all."""
    import json

    import pandas as pd

    mine, theirs = footprints.to_crs(metric), other.to_crs(metric)
    pairs = match_footprints(mine, theirs, min_share=study.assumed("elevation.join_overlap"))
    tags = {str(name): json.loads(text) for name, text in zip(other.index, other["tags"], strict=True)}
    tagged = with_tags_of(footprints, pairs, tags, source=study.sources.second.removesuffix("_file").replace("footprints", "file"))
    met = theirs.index[theirs.sindex.query(mine.geometry, predicate="intersects")[1]]
    alone = other[~other.index.isin(met) & ~other.index.isin(footprints.index)].to_crs(footprints.crs)
    return pd.concat([tagged, alone]), pairs


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _report(reports: list[pd.DataFrame]) -> pd.DataFrame:
    """Layer ``joined`` of the schema."""
    import pandas as pd

    nothing = nothing_joined()
    return pd.concat(reports, ignore_index=True)[list(nothing)].astype(nothing.dtypes.to_dict()) if reports else nothing


def _stacked(surfaces: list[gpd.GeoDataFrame], metric: int) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    # several files may name the same building; the first one speaks
    given: list[gpd.GeoDataFrame] = []
    for frame in surfaces:
        known = {name for other in given for name in other["building_id"]}
        given.append(frame[~frame["building_id"].isin(known)].to_crs(metric))
    if given:
        return pd.concat(given, ignore_index=True)
    columns = {"building_id": pd.Series(dtype="str"), "ground_m": pd.Series(dtype="float64")}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=metric), crs=metric)


def _with_models(footprints: gpd.GeoDataFrame, models: BuildingModels, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    for lod, source in ((1, "lod1"), (2, "lod2")):
        chosen = models.models[models.models["lod"] == lod]
        if len(chosen):
            tags = {str(row.Index): _model_tags(row) for row in chosen.itertuples()}
            footprints = with_tags_of(footprints, pairs[pairs["other_id"].isin(chosen.index)], tags, source=source)
    return footprints


def _model_tags(row: Any) -> dict[str, str]:
    tags = {"height": f"{row.height_m:.1f}"}
    if row.storeys:
        tags["building:levels"] = str(row.storeys)
    if row.roof_shape and row.lod >= 2:
        tags["roof:shape"] = row.roof_shape
    if row.lod >= 2:
        tags["roof:height"] = f"{row.height_m - row.eaves_height_m:.1f}"
    return tags


def _roof_surfaces(models: BuildingModels, pairs: pd.DataFrame, min_cover: float) -> gpd.GeoDataFrame:
    """Roof surfaces of the buildings that models cover well enough, each given to the building that holds most of its model."""
    import pandas as pd

    owners = pairs[pairs["state"] != "left"].sort_values("share_of_other", ascending=False).drop_duplicates("other_id")
    # unlike tags, a roof must be known as a whole
    cover = owners.groupby("building_id")["share_of_building"].transform("sum")
    owners = owners[cover >= min_cover]
    owner = pd.Series(owners["building_id"].to_numpy(), index=owners["other_id"].to_numpy(), dtype="str")
    surfaces = models.surfaces[models.surfaces["model_id"].isin(owner.index)]
    return surfaces.assign(building_id=owner.reindex(surfaces["model_id"]).to_numpy())[["building_id", "ground_m", "geometry"]]
