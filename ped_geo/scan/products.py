"""Files of a scan: blocks by place and tile, a ranking, a GeoPackage, a map, and a manifest that says what lies where."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ped_geo._version import __version__
from ped_geo.engine.files import plain_write_errors, replace_into
from ped_geo.outputs.credits import UNDATED
from ped_geo.outputs.escapes import plain_layers, safe_text
from ped_geo.outputs.qgis_project import write_archive
from ped_geo.scan.city.council_map import council_map
from ped_geo.scan.city.qgis_project import project_day, scan_project
from ped_geo.scan.routes import ScanRoutes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.scan.finished import Scan
    from ped_geo.scan.place import ScanPlace

__all__ = ["write_scan"]

PARTS = "blocks"
LINES = ("pipes", "streets")
UNFINISHED = ".writing-scan."


def write_scan(folder: Path, name: str, found: Scan) -> list[Path]:
    """
    Write all products beside their folder and move them in when they are whole.

    Parameters
    ----------
    folder : Path
        ``data/processed/<name>``.
    name : str
        Of the scan.
    found : Scan
        The finished scan; heat networks of an earlier one are removed.

    Raises
    ------
    RunError
        If the disk refuses.
    """
    places, routes = list(found.places), found.routes
    with plain_write_errors(folder):
        for stale in folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(stale, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as made:
            beside = Path(made)
            blocks, candidates = _plain(found.blocks), _plain(found.candidates)
            parts = _write_parts(beside / PARTS, blocks)
            ranking = _write_table(beside / f"{name}-ranking.csv", blocks.drop(columns="geometry"))
            totals_file = _write_totals(beside / f"{name}-totals.csv", found.totals)
            ways = _write_roadmaps(beside, name, found.roadmap, found.roadmap_types)
            layers = {"blocks": blocks, "candidates": candidates} | _streets(places)
            networks = folder / f"{name}-networks.csv"
            networks.unlink(missing_ok=True)
            if routes is not None and len(routes.networks):
                routes = ScanRoutes(_plain(routes.networks), _plain(routes.pipes))
                layers |= {"networks": routes.networks} | ({"pipes": routes.pipes} if len(routes.pipes) else {})
                ways.append(_write_table(beside / networks.name, routes.networks.drop(columns="geometry")))
            base = _write_geopackage(beside / f"{name}.gpkg", layers)
            project = beside / f"{name}.qgz"
            write_archive(project, scan_project(found, name, layers), project_day(found))
            page = beside / f"{name}.html"
            page.write_text(council_map(found, name), encoding="utf-8")
            manifest = _write_manifest(beside / "manifest.json", name, places, blocks, parts)
            # the parts go in as one folder, so that none of an older cut is left among them
            old, new = folder / PARTS, beside / PARTS
            if old.exists():
                old.rename(beside / "old")
            new.rename(old)
            moved = replace_into(beside, folder, [file.name for file in (ranking, totals_file, *ways, base, project, page, manifest)])
    return [*moved, old]


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return cast("gpd.GeoDataFrame", plain_layers({"one": frame})["one"])


def _streets(places: list[ScanPlace]) -> dict[str, gpd.GeoDataFrame]:
    """Streets that have a name, by which people find themselves on a map; nothing where none has."""
    import pandas as pd

    parts = []
    for place in places:
        streets = cast("gpd.GeoDataFrame", place.layers["streets"])
        named = streets[streets["name"].fillna("").astype("str") != ""].to_crs(4326)
        own = named[["name", "geometry"]].set_axis(
            pd.Index([f"{place.study.name}/{one}" for one in named.index], dtype="str", name="street_id")
        )
        parts.append(own.assign(place=place.study.name))
    found = cast("gpd.GeoDataFrame", pd.concat(parts))
    return {"streets": _plain(found)} if len(found) else {}


def _write_parts(folder: Path, blocks: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """One GeoParquet for each place and tile, and what the manifest says of each."""
    found = []
    for (place, tile), part in blocks.groupby(["place", "tile"], sort=True):
        path = folder / f"place={place}" / f"{tile}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        ordered = part.sort_index()
        ordered.to_parquet(path, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)
        found.append(
            {
                "file": f"{PARTS}/place={place}/{tile}.parquet",
                "place": str(place),
                "tile": str(tile),
                "blocks": len(part),
                "buildings": int(part["buildings"].sum()),
                "bbox": [float(value) for value in part.total_bounds],
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )
    return found


def _write_table(path: Path, table: pd.DataFrame) -> Path:
    """A table for spreadsheets, whose texts are no formulas."""
    table = table.copy()
    for column in table.columns[table.dtypes == "str"]:
        table[column] = table[column].map(safe_text)
    table.to_csv(path, encoding="utf-8-sig", float_format="%.10g")
    return path


def _write_totals(path: Path, totals: pd.DataFrame) -> Path:
    totals.assign(source=totals["source"].map(safe_text)).to_csv(path, encoding="utf-8-sig", float_format="%.10g")
    return path


def _write_roadmaps(folder: Path, name: str, years: pd.DataFrame, types: pd.DataFrame) -> list[Path]:
    """The places year by year, and their types of blocks in the years that maps show."""
    kinds = types.drop(columns=["start", "end"]).rename(columns={"block_id": "block_type"})
    files = [folder / f"{name}-roadmap.csv", folder / f"{name}-roadmap-types.csv"]
    for path, table in zip(files, (years, kinds), strict=True):
        table.droplevel("entry").to_csv(path, encoding="utf-8-sig", lineterminator="\n", float_format="%.10g")
    return files


def _write_geopackage(path: Path, layers: dict[str, gpd.GeoDataFrame]) -> Path:
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": UNDATED})
    for number, (layer, frame) in enumerate(layers.items()):
        pyogrio.write_dataframe(
            frame.reset_index(),
            path,
            layer=layer,
            driver="GPKG",
            geometry_type="LineString" if layer in LINES else "MultiPolygon",
            promote_to_multi=layer not in LINES,
            append=bool(number),
            dataset_options=None if number else {"VERSION": "1.2"},
            layer_options={"GEOMETRY_NAME": "geom", "IDENTIFIER": layer},
        )
    return path


def _write_manifest(path: Path, name: str, places: list[ScanPlace], blocks: gpd.GeoDataFrame, parts: list[dict[str, Any]]) -> Path:
    """What lies where, what it was made of, and which tiles gave nothing."""
    told = {
        "scan": name,
        "version": __version__,
        "crs": "EPSG:4326",
        "blocks": len(blocks),
        "most_buildings_in_tile": places[0].most_buildings,
        "parts": parts,
        "places": [
            {
                "place": place.study.name,
                "title": place.study.title,
                "country": place.study.country,
                "crs": f"EPSG:{place.layers['blocks'].crs.to_epsg()}",
                "tiles": len(place.tiles),
                "buildings": sum(tile.buildings for tile in place.tiles),
                "failed": [_failure(place, tile, why) for tile, why in sorted(place.failed.items())],
            }
            for place in places
        ],
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    return path


def _failure(place: ScanPlace, name: str, why: str) -> dict[str, Any]:
    """A tile that gave nothing, and where it lies."""
    tile = next(one for one in place.tiles if one.name == name)
    shapes = cast("gpd.GeoDataFrame", place.layers["blocks"].loc[tile.blocks]).to_crs(4326)
    bounds = [float(value) for value in shapes.total_bounds]
    return {"tile": name, "bbox": bounds, "blocks": list(map(str, tile.blocks)), "buildings": tile.buildings, "reason": why}
