"""What building models and surface models add to the footprints of a place: heights, roof shapes and roof surfaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.remarks import Remark, named
from ped_geo.sources._boundary import metric_epsg
from ped_geo.sources._conflation import match_footprints, with_tags_of
from ped_geo.sources._files import file_record
from ped_geo.sources._place import SOURCES, RawPlace, no_conflation
from ped_geo.sources.elevation import UNNAMED, height_remarks, measured_heights, model_records
from ped_geo.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

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
    import pandas as pd

    sources = study.sources
    if not (sources.citygml_files or sources.surface_model or sources.terrain_model or sources.second):
        return replace(place, surfaces=_stacked([], metric_epsg(place.boundary)))
    metric = metric_epsg(place.boundary)
    reports: list[pd.DataFrame] = []
    if sources.second:
        place, pairs = _with_second(place, _second(study, place), metric, study)
        reports.append(pairs)
    footprints = place.footprints
    surfaces, files = [], [*place.provenance.get("files", []), *model_records(study)]
    aside, remarks = [place.rejected], [*place.remarks]
    if sources.surface_model is not None:
        measured = measured_heights(footprints, study)
        remarks += height_remarks(measured, study)
        tags = {str(name): {"height": f"{value:.1f}"} for name, value in measured.metres.dropna().items()}
        own = {"building_id": list(tags), "other_id": list(tags), "share_of_building": 1.0, "share_of_other": 1.0, "state": "matched"}
        footprints = with_tags_of(footprints, _frame(own), tags, source="dsm")
    for path in sources.citygml_files:
        from ped_geo.sources.citygml import read_citygml

        west, south, east, north = (float(value) for value in place.footprints.to_crs(4326).total_bounds)
        models = read_citygml(path, near=(west, south, east, north), stated=sources.citygml_crs, assumed=study.assumed)
        pairs = match_footprints(footprints.to_crs(metric), models.models.to_crs(metric), min_share=study.assumed("elevation.join_overlap"))
        footprints = _with_models(footprints, models, pairs)
        surfaces.append(_roof_surfaces(models, pairs, study.assumed("elevation.join_cover")))
        # buildings without a model are the rule, models without a building are worth a look
        reports.append(pairs[pairs["other_id"] != ""].assign(source=path.name))
        files.append(file_record(path) | _counted(models))
        aside.append(_rejected(models))
        remarks += _model_remarks(models, path.name)
    roofs = _stacked(surfaces, metric)
    return replace(
        place,
        footprints=footprints,
        surfaces=roofs,
        conflation=_report(reports),
        rejected=pd.concat(aside, ignore_index=True),
        remarks=tuple(remarks),
        provenance={**place.provenance, "files": files},
    )


def _counted(models: BuildingModels) -> dict[str, Any]:
    """What became of the buildings of a file of models, for the manifest."""
    return {
        "vertical_datum": models.vertical_datum or UNNAMED,
        "buildings_given": models.given,
        "buildings_used": len(models.models),
        "buildings_elsewhere": models.elsewhere,
        "buildings_rejected": len(models.rejected),
    }


def _rejected(models: BuildingModels) -> pd.DataFrame:
    names = list(models.rejected)
    return _frame({"object_id": names, "layer": "building_models", "reason": [models.rejected[name] for name in names]}).astype("str")


def _model_remarks(models: BuildingModels, file: str) -> list[Remark]:
    """What of a file of models was not used, or not understood."""
    found = []
    if models.rejected:
        counts = {"given": models.given, "used": len(models.models), "elsewhere": models.elsewhere, "rejected": len(models.rejected)}
        found.append(Remark("models_rejected", {"file": file, "objects": named(models.rejected, [""] * len(models.rejected)), **counts}))
    if models.lost_faces:
        found.append(Remark("models_faces", {"file": file, "count": models.lost_faces}))
    unknown = models.unknown_roof_types
    if unknown:
        objects = named((code[:40] for code in unknown), unknown.values())
        found.append(Remark("models_roof_types", {"file": file, "count": sum(unknown.values()), "objects": objects}))
    return found


def _second(study: Study, place: RawPlace) -> RawPlace:
    """The footprints of the second source within the same boundary."""
    plain: dict[str, Any] = {"second": "", "second_files": (), "citygml_files": (), "surface_model": None, "streets_files": ()}
    if "columns" in SOURCES[study.sources.buildings].takes:
        # they tell of the files of the first source
        plain |= {"layer": "", "id": "", "encoding": "", "attribution": "", "columns": {}, "words": {}}
    chosen = study.sources.model_copy(update=plain | {"buildings": study.sources.second, "files": study.sources.second_files})
    west, south, east, north = (float(value) for value in place.boundary.to_crs(4326).total_bounds)
    where = study.place.model_copy(update={"boundary_file": None, "query": "", "bbox": (west, south, east, north)})
    if study.sources.second == "osm":
        raise SourceError(Sentence("error.sources_second_is_osm_which"))
    return SOURCES[study.sources.second].read(study.model_copy(update={"sources": chosen, "place": where}), Path(), False)


def _with_second(place: RawPlace, other: RawPlace, metric: int, study: Study) -> tuple[RawPlace, pd.DataFrame]:
    """
    Tags where the second source wins, its outlines where the first has nothing, and its layers where the first has none.

    The report gives an outline that became a building of its own that building's id.
    """
    import json

    import pandas as pd

    source, outlines = study.sources.second, _told_apart(place.footprints, other.footprints, study.sources.second)
    mine, theirs = place.footprints.to_crs(metric), outlines.to_crs(metric)
    pairs = match_footprints(mine, theirs, min_share=study.assumed("elevation.join_overlap"))
    tags = {str(name): json.loads(text) for name, text in zip(outlines.index, outlines["tags"], strict=True)}
    tagged = with_tags_of(place.footprints, pairs, tags, source=source.removesuffix("_file").replace("footprints", "file"))
    pairs = pairs[pairs["other_id"] != ""].assign(source=source)
    left = pairs.loc[pairs["state"] == "left", "other_id"]
    free = theirs.index[_shared(theirs, mine) <= study.assumed("building.overlap_share") * theirs.area]
    added = outlines[outlines.index.isin(left) & outlines.index.isin(free)]
    pairs["building_id"] = pairs["building_id"].where(~pairs["other_id"].isin(added.index), pairs["other_id"])
    layers = {name: getattr(other, name) for name in ("ways", "areas", "points_of_interest") if getattr(place, name).empty}
    return (
        replace(
            place,
            **layers,
            footprints=pd.concat([tagged, added.to_crs(tagged.crs)]),
            rejected=pd.concat([place.rejected, other.rejected], ignore_index=True),
            provenance=_both(place.provenance, other.provenance),
        ),
        pairs,
    )


def _told_apart(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, source: str) -> gpd.GeoDataFrame:
    """The second source's outlines, renamed where the first has one of the same id."""
    taken = second.index.isin(first.index)
    return second.set_axis(second.index.where(~taken, f"{source}/" + second.index), axis=0).rename_axis(second.index.name)


def _shared(theirs: gpd.GeoDataFrame, mine: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Area of each outline that lies in those of the other frame, m²."""
    import numpy as np
    import shapely

    one, other = (shapely.make_valid(frame.geometry.to_numpy()) for frame in (theirs, mine))
    row, met = shapely.STRtree(other).query(one, predicate="intersects")
    return np.bincount(row, weights=shapely.area(shapely.intersection(one[row], other[met])), minlength=len(one)).astype("float64")


def _both(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance of two sources: their files together, their licences and attributions side by side."""
    said = {
        key: " · ".join(dict.fromkeys(filter(None, (str(part.get(key, "")) for part in (first, second)))))
        for key in ("attribution", "licence")
    }
    lists = {name: [*first.get(name, []), *second.get(name, [])] for name in ("files", "notes")}
    return {**first, **said, **lists}


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _report(reports: list[pd.DataFrame]) -> pd.DataFrame:
    """Layer ``conflation`` of the schema."""
    import pandas as pd

    nothing = no_conflation()
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
