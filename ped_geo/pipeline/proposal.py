"""A district file proposed from a file of the user: its layer, its columns under our names, and what could not be told from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo.addresses import plain_words
from ped_geo.assumptions import table
from ped_geo.buildings.words import heat_supplies, meaning
from ped_geo.buildings.works import state_words
from ped_geo.countries import pack, packs
from ped_geo.district_files import DECIMALS, Where, district_file, settings_of, slug, starters
from ped_geo.engine.files import stands
from ped_geo.errors import PedGeoError, SourceError
from ped_geo.language import text
from ped_geo.sources._building_columns import KEYS, WORDS, building_word
from ped_geo.sources._columns import plain, said
from ped_geo.sources._files import whole_file
from ped_geo.sources._own_columns import OURS
from ped_geo.sources._shapefile import whole_name
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources._vectors import layers_of, meant_layer, read_vector
from ped_geo.sources.footprints_file import BUILDING_LAYERS, ID_COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["named_district", "proposed_district"]

COUNTRY: Final = "PL"
UNKNOWN_SYSTEM: Final = "EPSG:2180"
"""Taken only to look into a file that names none; the user is asked to write the right one."""
MOST_WORDS: Final = 40
NAMES_OF_STATE: Final = ("stan",)
"""Names that may mean the state of refurbishment, if the words in the column do."""


def named_district(place: str, root: Path, lang: str) -> str:
    """
    Text of a district file for a place name, with the place's own coordinates where something here knows them.

    Parameters
    ----------
    place : str
        Name as a person would type it into a map.
    root : Path
        Folder that holds ``data`` with its snapshots.
    lang : str
        Language of the comments, ``pl`` or ``en``.
    """
    found = (_frozen(place, root), _of_starter(place), _of_country(place))
    return district_file(place, lang, next((where for where in found if where), None))


def _frozen(place: str, root: Path) -> Where | None:
    """The outline in a snapshot of the place; nothing where it is damaged, as the next run says that."""
    snapshot = Snapshot(root / "data" / "raw" / slug(place))
    try:
        outline = json.loads(snapshot.read("boundary.geojson")) if stands(snapshot.folder) and snapshot.exists() else None
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in outline["features"]] if outline else []
    except (PedGeoError, shapely.errors.GEOSException, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Where(tuple(shapely.total_bounds(shapes).tolist()), "init.frozen", str(snapshot.folder)) if shapes else None


def _of_starter(place: str) -> Where | None:
    """The box of a district file that comes with the program, or the box around its circle."""
    for file in sorted(starters().glob("*.toml")):
        settings = settings_of(file.read_text(encoding="utf-8"), file.name)
        where = settings.get("place", {})
        if slug(place) in {file.stem, slug(settings.get("title", "")), slug(where.get("query") or "?")} and "bbox" in where:
            return Where(tuple(where["bbox"]), "init.starter", file.name)
    return None


def _of_country(place: str) -> Where | None:
    """The smallest extent that a country's pack has for a place whose name is in this one, such as that of the city."""
    known = []
    for code in packs():
        if not pack(code).has("dwelling_places"):
            continue
        rows = pack(code).table("dwelling_places").dropna(subset=["place", "west"])
        boxes = rows[["west", "south", "east", "north"]].to_numpy(dtype=float).tolist()
        known += [(str(name), tuple(box)) for name, box in zip(rows["place"], boxes, strict=True)]
    words = f"-{slug(place)}-"
    named = [(name, box) for name, box in known if f"-{slug(name)}-" in words]
    if not named:
        return None
    name, box = min(named, key=lambda row: (row[1][2] - row[1][0]) * (row[1][3] - row[1][1]))
    return Where(box, "init.country", name)


def proposed_district(path: Path, target: Path, lang: str, *, title: str = "") -> str:
    """
    Text of a district file whose ``[sources]`` say how a file is to be read.

    Parameters
    ----------
    path : Path
        Vector file, or the folder of an Esri file geodatabase.
    target : Path
        Where the district file will lie; the path of the file starts there.
    lang : str
        Language of the comments, ``pl`` or ``en``.
    title : str
        Name of the place; that of the file where it is empty.

    Raises
    ------
    SourceError
        If the file cannot be read as one of buildings.
    """
    with whole_file(path) as file:
        layer = _layer(file)
        frame = read_vector(file, (layer,) if layer else BUILDING_LAYERS, country=COUNTRY, stated=UNKNOWN_SYSTEM)
        names_system = _names_system(file, layer)
    columns, unused = _columns(frame)
    words = {ours: _unknown_words(frame, columns[ours], ours) for ours in ("heat_supply", "use", "refurbishment_state") if ours in columns}
    lines = [
        f"# {text('proposal.head', lang, file=path.name, count=len(frame))}",
        f"title = {_quoted(title or path.stem)}",
        "",
        *(_extent(frame, lang) if names_system else []),
        "[sources]",
    ]
    lines += [
        'buildings = "footprints_file"',
        f"files = [{_quoted(Path(os.path.relpath(path.absolute(), target.parent.absolute())).as_posix())}]",
    ]
    lines += [] if names_system else [f"files_crs = {_quoted(UNKNOWN_SYSTEM)}   # {text('proposal.system', lang)}"]
    lines += [f"layer = {_quoted(layer)}"] if layer else []
    identifier = next((str(name) for name in frame.columns if plain(str(name)) in {plain(one) for one in ID_COLUMNS}), "")
    lines += [f"id = {_quoted(identifier)}"] if identifier else [f"# {text('proposal.id', lang)}"]
    lines += ["", f"# {text('proposal.columns', lang)}", "[sources.columns]"]
    lines += [f"{ours} = {_quoted(theirs)}" for ours, theirs in columns.items()]
    lines += [f'# {ours} = ""' for ours in OURS if ours not in columns]
    lines += [f"# {text('proposal.unused', lang, columns=', '.join(map(_printable, unused)))}"] if unused else []
    for ours, unknown in words.items():
        if unknown:
            lines += ["", f"# {text('proposal.words', lang, column=_printable(columns[ours]))}", f"[sources.words.{ours}]"]
            lines += [f'# {_quoted(word)} = ""' for word in unknown]
    return "\n".join(lines) + "\n"


def _extent(frame: gpd.GeoDataFrame, lang: str) -> list[str]:
    """The box around the file as a comment, to be cut smaller where only a part of it is meant."""
    west, south, east, north = frame.to_crs(4326).total_bounds * 10**DECIMALS
    if not np.isfinite([west, south, east, north]).all():
        return []
    box = np.array([np.floor(west), np.floor(south), np.ceil(east), np.ceil(north)]) / 10**DECIMALS
    numbers = ", ".join(f"{value:.{DECIMALS}f}" for value in box)
    return ["# [place]", f"# bbox = [{numbers}]   # {text('proposal.bbox', lang)}", ""]


def _quoted(value: str) -> str:
    """A value as TOML writes it; whatever the file calls its columns stays within its quotes."""
    return json.dumps(_printable(value), ensure_ascii=False).replace("\x7f", "")


def _printable(value: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in value)


def _layer(file: Path) -> str:
    """The layer that is meant, where the file holds several."""
    layers = layers_of(file)
    return (meant_layer(file, BUILDING_LAYERS, "Polygon") or "") if len(layers) > 1 else ""


def _names_system(file: Path, layer: str) -> bool:
    try:
        read_vector(file, (layer,) if layer else BUILDING_LAYERS, country=COUNTRY)
    except SourceError as error:
        if "names no coordinate system" not in str(error):
            raise
        return False
    return True


def _columns(frame: gpd.GeoDataFrame) -> tuple[dict[str, str], list[str]]:
    """Our name → column of the file, and the columns that are left; of several columns for one name the first that says anything."""
    ours_of = {key: ours for ours, key in OURS.items()} | {"building": "use"}
    known = {word: key for key, others in KEYS.items() for word in (key, *others)}
    found: dict[str, str] = {}
    unused = []
    ids = {plain(one) for one in ID_COLUMNS}
    for name in map(str, frame.columns.drop(frame.geometry.name)):
        ours = ours_of.get(WORDS.get(plain(whole_name(name, known)), ""), "")
        if not ours and plain(name) in NAMES_OF_STATE and not _unknown_words(frame, name, "refurbishment_state"):
            ours = "refurbishment_state"
        if ours and ours not in found and frame[name].notna().any():
            found[ours] = name
        elif plain(name) not in ids:
            unused.append(name)
    return {ours: found[ours] for ours in OURS if ours in found}, unused


def _unknown_words(frame: gpd.GeoDataFrame, column: str, ours: str) -> list[str]:
    """Words of a column that nothing knows, the commonest first."""
    told = frame[column].map(said)
    counts = told[told != ""].value_counts()
    uses = set(table("osm_building_uses").fillna("").query("key == 'building'")["value"].astype("str"))
    if ours == "use":
        known = [building_word(word, "use") in uses for word in counts.index]
    elif ours == "heat_supply":
        known = [not meaning(word, heat_supplies()).flag for word in counts.index]
    else:
        known = plain_words(counts.index.to_series()).isin(state_words()).tolist()
    return [str(word)[:80] for word, is_known in zip(counts.index, known, strict=True) if not is_known][:MOST_WORDS]
