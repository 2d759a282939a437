"""
Corrections that people make in QGIS: rows of ``corrections.gpkg``, as the city's registers are read, and the shapes they draw.

Each kind of correction is a layer (`LAYERS`); a run writes the empty file, reads the filled one again and never writes over it.
What a row corrects is told as ``corrected: <who>, <date>``; of two rows on one thing the one with the later date counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ped_geo.errors import SourceError, StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._columns import said
from ped_geo.sources._files import layer_names, one_line, read_layer
from ped_geo.sources._own_columns import OURS
from ped_geo.sources.registers import KWH, ROW, amount, no_rows
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["CORRECTED", "FILE", "LAYERS", "correction_rows", "has_corrections", "with_corrections", "with_new_buildings"]

FILE: Final = "corrections.gpkg"
BESIDE: Final = "{name}.corrections.gpkg"
CORRECTED: Final = "corrected: "
WHO: Final = {"who": "str", "date": "date", "note": "str"}
ATTRIBUTES: Final = {
    "storeys_above_ground": "int",
    "construction_year": "int",
    "use": "str",
    "heat_supply": "str",
    "refurbishment_state": "str",
}


@dataclass(frozen=True)
class CorrectionLayer:
    """
    One layer of the file.

    Attributes
    ----------
    geometry : str
        ``Point``, ``LineString``, ``MultiPolygon`` or "" for a table.
    columns : mapping
        Column → ``str``, ``int``, ``float``, ``bool`` or ``date``.
    """

    geometry: str
    columns: dict[str, str]


LAYERS: Final = {
    "correct_buildings": CorrectionLayer("Point", {"building_id": "str", **ATTRIBUTES, "heated_share": "float", "exclude": "bool", **WHO}),
    "correct_blocks": CorrectionLayer("Point", {"block_id": "str", "merge_into": "str", "name": "str", **WHO}),
    "split_blocks": CorrectionLayer("LineString", dict(WHO)),
    "new_buildings": CorrectionLayer("MultiPolygon", {"building_id": "str", **ATTRIBUTES, "street": "str", "housenumber": "str", **WHO}),
    "measured_totals": CorrectionLayer("", {"level": "str", "id": "str", "carrier": "str", "value": "float", "unit": "str", **WHO}),
}

KINDS: Final = {
    "storeys_above_ground": ("storeys", "storeys"),
    "construction_year": ("years", "year"),
    "use": ("building_uses", "use"),
    "heat_supply": ("heat_supply", "heat_supply"),
    "refurbishment_state": ("works", "refurbishment_state"),
    "heated_share": ("heated_share", "heated_share"),
    "exclude": ("exclude", "exclude"),
}
"""Column of a correction → kind of the row of a register, and column of that row."""


def has_corrections(path: Path) -> bool:
    """Whether a file of corrections is there and holds a row in any of its layers."""
    return path.is_file() and any(len(rows) for _, rows in _layers(path))


def _layers(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """The layers of the file that are known, as they are written."""
    import pyogrio

    try:
        there = layer_names(path)
        for name in LAYERS:
            if name in there:
                yield name, read_layer(path, layer=name, fid_as_index=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, ValueError, OSError) as error:
        raise SourceError(Sentence("error.cannot_be_read_restore_it", path=path.name, reason=one_line(error))) from None


def with_corrections(study: Study, root: Path) -> Study:
    """
    The study with the file of corrections that lies where one is looked for; as it is where it names one, or none has a row.

    Parameters
    ----------
    study : Study
        Settings.
    root : Path
        Folder that holds ``data``.

    Raises
    ------
    StudyError
        If both files that are looked for hold rows, since nothing tells which of them counts.
    """
    if study.sources.corrections is not None:
        return study
    places = (study.folder / BESIDE.format(name=study.name), root / "data" / "processed" / study.name / FILE)
    filled = [path for path in places if has_corrections(path)]
    if len(filled) > 1:
        raise StudyError(Sentence("error.two_files_hold_corrections_and", study=study.name, filled=filled[0], filled_2=filled[1]))
    if not filled:
        return study
    corrected = study.model_copy(update={"sources": study.sources.model_copy(update={"corrections": filled[0]})})
    corrected._folder = study.folder  # noqa: SLF001 a copy keeps the folder of its paths
    return corrected


def correction_rows(study: Study, footprints: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Rows of the file of corrections, as rows of registers (`ped_geo.sources.registers.register_rows`) in the order of their dates.

    Parameters
    ----------
    study : Study
        ``[sources] corrections``.
    footprints : GeoDataFrame
        Raw layer in the working system: a point without an identifier means the building it stands on.

    Returns
    -------
    DataFrame
        ``file`` is the file and its layer, ``row`` the number of the feature, ``source`` who corrected and when.

    Raises
    ------
    SourceError
        If the file cannot be read or a layer lacks its columns.
    """
    import pandas as pd

    path = study.sources.corrections
    if path is None:
        return no_rows()
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for name, given in _layers(path):
        lost = [column for column in LAYERS[name].columns if column not in given and column not in WHO]
        if lost:
            problems.append(Sentence("error.layer_lacks_copy_its_rows", name=name, names=", ".join(lost)))
            continue
        rows += list(_rows_of(name, given, footprints, path.name))
    if problems:
        raise SourceError(path.name, problems)
    told = pd.DataFrame(rows, columns=[*ROW, "day"])
    ordered = told.sort_values(["day", "file", "row"], kind="stable").drop(columns="day").reset_index(drop=True)
    words = [name for name in ROW if name not in {"row", "kwh_a"}]
    return ordered.assign(
        **{name: ordered[name].astype("object").fillna("").astype("str") for name in words},
        kwh_a=ordered["kwh_a"].astype("float64"),
        row=ordered["row"].astype("int64"),
    )


def _rows_of(layer: str, given: Any, footprints: gpd.GeoDataFrame, file: str) -> Iterator[dict[str, Any]]:
    """Rows of registers from one layer: one for each thing that a feature says."""
    ids = _ids(layer, given, footprints)
    shapes = _shapes(given, footprints)
    for place, (number, row) in enumerate(given.drop(columns="geometry", errors="ignore").iterrows()):
        day = said(row.get("date"))[:10]
        who = ", ".join(filter(None, [said(row.get("who"))[:80], day])) or "?"
        known = {"file": f"{file}: {layer}", "row": int(number), "building_id": ids[place], "source": CORRECTED + who, "day": day}
        known |= dict.fromkeys(("street", "housenumber", "level", "carrier"), "")
        yield from ({**known, **one} for one in _said_of(layer, row, shapes[place]))


def _said_of(layer: str, row: Any, wkt: str) -> Iterator[dict[str, Any]]:
    if layer == "correct_buildings":
        for column, (kind, target) in KINDS.items():
            text = said(row[column])
            if text and not (column == "exclude" and text in {"0", "False"}):
                yield {"kind": kind, target: text}
    elif layer == "correct_blocks":
        if into := said(row["merge_into"]):
            yield {"kind": "block_merge", "merge_into": into}
        if name := said(row["name"]):
            yield {"kind": "block_name", "name": name[:100]}
    elif layer == "split_blocks":
        yield {"kind": "block_split", "wkt": wkt}
    elif layer == "new_buildings":
        yield {"kind": "new_building"}
    else:
        unit, level = said(row["unit"]) or "kWh", said(row["level"]) or "building"
        value = amount(said(row["value"])) * KWH.get(unit, float("nan"))
        yield {"kind": "metered", "level": level, "carrier": said(row["carrier"]) or "heat", "kwh_a": value}


def _shapes(given: Any, footprints: gpd.GeoDataFrame) -> list[str]:
    """Shapes in the working system as text, empty where there are none."""
    if "geometry" not in given:
        return [""] * len(given)
    drawn = given.geometry.to_crs(footprints.crs) if given.crs is not None else given.geometry
    return [shape.wkt if shape is not None and not shape.is_empty else "" for shape in drawn]


def _ids(layer: str, given: Any, footprints: gpd.GeoDataFrame) -> list[str]:
    """Identifiers of what the rows are about: as written, else of the building under the point; a new building has one of its own."""
    column = {
        "correct_buildings": "building_id",
        "correct_blocks": "block_id",
        "new_buildings": "building_id",
        "measured_totals": "id",
    }.get(layer)
    told = [said(text) for text in given[column]] if column else [""] * len(given)
    if layer == "new_buildings":
        return [text or f"new/{number}" for text, number in zip(told, given.index, strict=True)]
    if layer == "correct_blocks":
        shapes = _shapes(given, footprints)
        # blocks are not cut yet, so the point goes with the row
        return [text or shape for text, shape in zip(told, shapes, strict=True)]
    if layer != "correct_buildings" or not any(not text for text in told):
        return told
    points = given.geometry.to_crs(footprints.crs)
    under: dict[int, str] = {}
    for place, building in zip(*footprints.sindex.query(points.to_numpy(), predicate="intersects"), strict=True):
        under.setdefault(int(place), str(footprints.index[building]))
    return [text or under.get(place, "") for place, text in enumerate(told)]


def with_new_buildings(study: Study, footprints: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    The raw footprints with the buildings that the file of corrections adds.

    Parameters
    ----------
    study : Study
        ``[sources] corrections``.
    footprints : GeoDataFrame
        Raw layer in the working system.
    """
    import geopandas as gpd
    import pandas as pd

    path = study.sources.corrections
    layer = dict(_layers(path)).get("new_buildings") if path is not None else None
    if layer is None or layer.empty:
        return footprints
    drawn = layer[layer.geometry.notna() & ~layer.geometry.is_empty]
    ids = pd.Index(_ids("new_buildings", drawn, footprints), dtype="str", name="building_id")
    rows = [row for _, row in drawn.drop(columns="geometry").iterrows()]
    tags = [{key: text for ours, key in OURS.items() if (text := said(row.get(ours)))} for row in rows]
    names = [CORRECTED + (", ".join(filter(None, [said(row.get("who"))[:80], said(row.get("date"))[:10]])) or "?") for row in rows]
    added = gpd.GeoDataFrame(
        {
            "source": pd.array(names, dtype="str"),
            "tags": pd.array([_tags_of(tag) for tag in tags], dtype="str"),
            "tag_sources": pd.array(["{}"] * len(tags), dtype="str"),
        },
        geometry=drawn.geometry.to_crs(footprints.crs).to_numpy(),
        crs=footprints.crs,
        index=ids,
    )
    fresh = added[~added.index.isin(footprints.index) & ~added.index.duplicated()]
    return pd.concat([footprints, fresh[footprints.columns]]).rename_axis("building_id")


def _tags_of(tags: dict[str, str]) -> str:
    from ped_geo.sources._building_columns import building_word

    use = tags.pop("use", "")
    return json.dumps(dict(sorted((tags | {"building": building_word(use, "use") if use else "yes"}).items())), ensure_ascii=False)
