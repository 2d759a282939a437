"""
Poland's topographic database BDOT10k: buildings, streets, tracks, water, land cover, grounds, stops and trees of a county.

A county's package is read as GML or GeoPackage, in the schema of 2012 or of 2021, packed, in a folder or file by file. Attributes are
translated into OSM keys by ``assumptions/tables/bdot10k_*.csv``; storeys become ``building:levels``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._bdot10k_words import COLUMNS, KNOWN, NAME_PARTS, building_tags, object_classes, object_tags, road_tags
from ped_geo.sources._boundary import ring
from ped_geo.sources._columns import Unknown, plain, said, unique_ids
from ped_geo.sources._content import Content, Request, near_place, nothing_there
from ped_geo.sources._http import Client
from ped_geo.sources._packages import check_zip, read_content
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources.footprints_file import as_layer, place_of_layers
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["building_tags", "object_tags", "read_bdot10k", "road_tags"]

LICENCE = "open data of GUGiK, free reuse with the source named"
ATTRIBUTION = "GUGiK, BDOT10k"
PACKAGE = "package.zip"
ROAD_LAYERS = ("OT_SKJZ_L", "SKJZ_L", "streets", "lines")
BUILDING_LAYERS = ("OT_BUBD_A", "BUBD_A", "buildings", "BUBD")
STREETS = "ULICA"
IDS = ("lokalnyid", "buildingid", "osmid", "id", "gmlid", "uid")
DATES = ("wersjaid", "poczatekwersjiobiektu", "startwersjaobiekt", "wersja")
# ids of the register of land and buildings, which name the county
REFERENCES = ("egib", "identyfikatoregib")
AREAS, WAYS = ("PT", "KU"), ("SK", "SW", "SU")
POLYGONS, LINES, POINTS = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString"), ("Point",)
# which shapes the classes of a group can have
SHAPES = {"PT": POLYGONS, "KU": POLYGONS + POINTS, "OI": POINTS + LINES + POLYGONS} | dict.fromkeys(WAYS, LINES)


def _codes() -> tuple[str, ...]:
    return ("BUBD", "SKJZ", STREETS, *object_classes())


@dataclass
class _Translation:
    """Classes as raw layers."""

    content: Content
    unknown: Unknown = field(default_factory=Unknown)

    def layer(
        self, code: str, kinds: tuple[str, ...], index: str, translate: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> gpd.GeoDataFrame | None:
        """Objects of one class that have shapes of some kinds (all of them where none is named) and mean something in OSM's keys."""
        frame = self.content.frames.get(code)
        if frame is None:
            return None
        frame = frame.assign(building_id=_ids(code, frame))
        if kinds:
            frame = frame[frame.geom_type.isin(kinds)].explode(ignore_index=True)
            frame["building_id"] = unique_ids(frame, ("building_id",))
        told = [translate(row) for row in frame.drop(columns="geometry").to_dict("records")]
        frame = frame.loc[[bool(row) for row in told], ["building_id", "geometry"]].assign(told=[row for row in told if row])
        if frame.empty:
            return None
        return as_layer(frame, source="bdot10k", index=index, default={}, translate=lambda row: row["told"])

    def lost(self) -> pd.DataFrame:
        """Objects besides buildings without a shape that their class can have."""
        import pandas as pd

        rows = []
        for code, frame in self.content.frames.items():
            if code not in {"BUBD", STREETS}:
                right = frame.geom_type.isin(SHAPES[code[:2]])
                layer = "areas" if code.startswith(AREAS) else "ways" if code.startswith(WAYS) else "points_of_interest"
                rows += [(name, layer, "no_geometry") for name, fits in zip(_ids(code, frame), right, strict=True) if not fits]
        return pd.DataFrame(rows, columns=["object_id", "layer", "reason"], dtype="str")

    def joined(self, codes: tuple[str, ...], kinds: tuple[str, ...], index: str) -> list[gpd.GeoDataFrame]:
        """Layers of all classes whose codes begin so."""
        chosen = [code for code in object_classes() if code.startswith(codes)]
        found = [self.layer(code, kinds, index, partial(object_tags, code=code, unknown=self.unknown)) for code in chosen]
        return [layer for layer in found if layer is not None]

    def street_names(self) -> dict[str, str]:
        """Names of streets by the ids to which roads refer."""
        frame = self.content.frames.get(STREETS)
        if frame is None or "gmlid" not in frame:
            return {}
        parts = frame[[name for name in NAME_PARTS if name in frame]].map(said)
        return dict(zip(frame["gmlid"], parts.apply(lambda row: " ".join(filter(None, row)), axis=1), strict=True))


def _ids(code: str, frame: gpd.GeoDataFrame) -> list[str]:
    ids = unique_ids(frame, IDS)
    return ids if code in {"BUBD", "SKJZ"} else [f"{code}/{name}" for name in ids]


def _joined(layers: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    import pandas as pd

    return pd.concat([layer.to_crs(layers[0].crs) for layer in layers]) if layers else None


def _refuse_unknown(content: Content) -> None:
    """A layer none of whose attributes is known would lose all of them in silence."""
    for code, known in KNOWN.items():
        names = content.names.get(code, set())
        if names and content.counts.get(code) and not {plain(name) for name in names} & set(known):
            told = ", ".join(sorted(names)[:8])
            raise SourceError(Sentence("error.class_has_none_attributes_bdot10k", code=code, told=told))


def _data_date(frame: pd.DataFrame) -> str:
    """Day of the newest version of any building, "" where none tells it."""
    texts = [text for name in DATES if name in frame for text in frame[name].astype("str").str.slice(0, 10)]
    return max((text for text in texts if re.fullmatch(r"(19|20)\d{2}-\d{2}-\d{2}", text)), default="")


def read_bdot10k(study: Study, raw_root: Path, refresh: bool) -> RawPlace:
    """
    The raw place of a BDOT10k package of the user, or of a county's package, which is fetched and frozen.

    Raises
    ------
    SourceError
        If no file is named, or it cannot be read, or holds no buildings.
    """
    if study.sources.files:
        return _read_files(study, study.sources.files, study.sources.streets_files)
    if not study.sources.teryt:
        raise SourceError(Sentence("error.source_bdot10k_needs_package_in"))
    snapshot = fetch_county(study, raw_root, refresh)
    snapshot.read(PACKAGE)
    frozen = snapshot.folder / next(record.get("path", PACKAGE) for record in snapshot.records() if record["name"] == PACKAGE)
    place = _read_files(study, (frozen,), study.sources.streets_files)
    # the date of the data and what was remarked come from reading, the rest from fetching
    told = {key: value for key, value in snapshot.manifest().items() if key not in {"query", "attribution"}}
    return replace(place, provenance={**place.provenance, **told}, origin="snapshot")


def fetch_county(study: Study, raw_root: Path, refresh: bool) -> Snapshot:
    """
    The frozen GeoPackage package of a county, fetched first where there is none.

    Raises
    ------
    SourceError
        If the geoportal cannot serve it; nothing is frozen then.
    """
    snapshot = Snapshot(raw_root / study.name / "bdot10k")
    teryt = study.sources.teryt
    url = f"{study.sources.geoportal_url.rstrip('/')}/bdot10k/schemat2021/GPKG/{teryt[:2]}/{teryt}_GPKG.zip"
    if snapshot.exists() and not refresh:
        if snapshot.manifest().get("url") != url:
            raise SourceError(Sentence("error.frozen_snapshot_is_not_county", folder=snapshot.folder, teryt=teryt))
        return snapshot
    with snapshot.held():
        content = Client.of(study).get(url, {}, check=_check_package)
        snapshot.write({PACKAGE: content}, {"source": "bdot10k", "licence": LICENCE, "attribution": ATTRIBUTION, "url": url})
    return snapshot


def _check_package(content: bytes) -> None:
    try:
        names = check_zip(io.BytesIO(content), "the package")
    except SourceError as error:
        raise SourceError(Sentence("error.it_sent_no_whole_zip", names="; ".join(error.problems))) from None
    if not any("BUBD" in name.upper() for name in names):
        raise SourceError(Sentence("error.its_package_holds_no_buildings"))


def _content(study: Study, files: tuple[Path, ...], streets: tuple[Path, ...]) -> Content:
    """Buildings, and streets from their own files where there are any."""
    request = Request(
        _codes(),
        COLUMNS | {*IDS, *DATES, *REFERENCES},
        near_place(study),
        study.sources.teryt,
        "BUBD",
        BUILDING_LAYERS,
        study.sources.files_crs,
    )
    content = read_content(files[:1], request)
    parts = [read_content(files[1:], replace(request, default=""))] if files[1:] else []
    if streets:
        parts.append(read_content(streets, replace(request, codes=("SKJZ", STREETS), default="SKJZ", layers=ROAD_LAYERS)))
        # streets that are given on purpose stand instead of those of the package
        for part in (content, *parts[:-1]):
            part.frames.pop("SKJZ", None)
    for part in parts:
        content.merge(part)
    return content


def _read_files(study: Study, files: tuple[Path, ...], streets: tuple[Path, ...]) -> RawPlace:
    import pandas as pd

    content = _content(study, files, streets)
    _refuse_unknown(content)
    if not content.counts.get("BUBD"):
        raise SourceError(Sentence("error.holds_no_class_bubd_buildings", name=files[0].name))
    translation = _Translation(content)
    footprints = translation.layer("BUBD", (), "building_id", partial(building_tags, unknown=translation.unknown))
    if footprints is None:
        raise SourceError(nothing_there(study, content, "BUBD"))
    roads = translation.layer("SKJZ", LINES, "way_id", partial(road_tags, streets=translation.street_names(), unknown=translation.unknown))
    ways = [layer for layer in [roads] if layer is not None] + translation.joined((*WAYS, "OI"), LINES, "way_id")
    areas = translation.joined(AREAS, POLYGONS, "area_id")
    points_of_interest = translation.joined(("KU", "OI"), POINTS, "place_id")
    date = _data_date(content.frames["BUBD"])
    provenance = {
        "source": "bdot10k",
        "licence": LICENCE,
        "attribution": ATTRIBUTION + (f" ({date})" if date else ""),
        "data_date": date,
        "objects": dict(sorted(content.counts.items())),
        "notes": content.notes + translation.unknown.notes(_totals(content)),
        "files": content.files,
    }
    place = place_of_layers(study, footprints, _joined(ways), provenance, areas=_joined(areas))
    return replace(
        place,
        rejected=pd.concat([place.rejected, translation.lost()], ignore_index=True),
        points_of_interest=_around(study, place, _joined(points_of_interest)),
    )


def _totals(content: Content) -> dict[str, int]:
    """Objects of each vocabulary that were read."""
    read = {code: len(frame) for code, frame in content.frames.items()}
    return read | {"function": read.get("BUBD", 0), "phase": read.get("BUBD", 0), "road": read.get("SKJZ", 0)}


def _around(study: Study, place: RawPlace, points_of_interest: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Places in and around the boundary, in the system of the footprints."""
    import geopandas as gpd

    if points_of_interest is None:
        return place.points_of_interest
    crs = place.footprints.crs
    near = gpd.GeoSeries([ring(place.boundary, study.place.buffer_m)], crs=4326).to_crs(crs).iloc[0]
    points_of_interest = points_of_interest.to_crs(crs)
    return points_of_interest[points_of_interest.intersects(near)]


SOURCES.add("bdot10k", PlaceSource("bdot10k", LICENCE, ATTRIBUTION, read_bdot10k, takes=("files", "streets_files", "teryt")))
