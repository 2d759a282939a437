"""
The city's own heat network: lines of pipes in use, with diameter, temperatures, year and owner as far as the file tells them.

Vector files of any system are read; columns may be those of OpenStreetMap, of Poland's register of buried networks (GESUT, class
``GES_PrzewodCieplowniczy``) or of BDOT10k (class ``SUPR``). Each row becomes a way under OSM's keys, or is set aside with a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.remarks import Remark, named
from ped_geo.sources._boundary import ring
from ped_geo.sources._columns import first, plain, said, spellings
from ped_geo.sources._files import file_record
from ped_geo.sources._vectors import read_vector
from ped_geo.sources.registers import amount

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.sources._place import RawPlace
    from ped_geo.study import Study

__all__ = ["nominal_diameter", "read_heat_pipes", "with_heat_network"]

LAYERS = ("heat_network", "siec_cieplownicza", "GES_PrzewodCieplowniczy", "GES_PrzewodCieplowniczy_linia", "OT_SUPR_L", "SUPR_L", "pipes")
LINES = ("LineString", "MultiLineString")
SHORTEST_M = 0.1

DIAMETER = spellings("dn", "diameter", "srednica", "srednicaNominalna", "srednica_dn", "nominal_diameter")
FLOW = spellings("temperature:flow", "flow_c", "supply_c", "temp_zasilania", "temperatura_zasilania", "t_zasilania", "vorlauf")
RETURN = spellings("temperature:return", "return_c", "temp_powrotu", "temperatura_powrotu", "t_powrotu", "ruecklauf")
YEAR = spellings("year", "start_date", "rok", "rokBudowy", "rok_budowy", "year_built", "baujahr")
OWNER = spellings("operator", "owner", "wladajacy", "wlasciciel", "betreiber")
NETWORK = spellings("rodzajSieci", "rodzaj_sieci", "siec", "medium", "substance", "rodzaj", "x_kod", "kod", "typSieci")
STATE = spellings("istnienie", "eksploatacja", "stan", "status", "state", "lifecycle", "faza")
IDS = spellings("lokalnyId", "lokalny_id", "gml_id", "idBranzowy", "id", "fid", "nr")

OTHER = ("gaz", "gas", "wod", "water", "kanal", "sewage", "drain", "elektr", "power", "telek", "telec", "naft", "oil", "benzyn", "fuel")
OTHER_CODES = ("supr01", "supr03", "supr04", "supr05", "supr06")
HEAT = ("ciepl", "heat", "hotwater", "steam", "warm", "goraca", "goracej", "supr02", "c")
"""Beginnings of plain words; ``c`` alone is GESUT's letter of heat."""

UNUSED = ("proj", "plan", "propos", "nieczyn", "nieistn", "disused", "abandon", "remov", "zlikwid", "wylacz", "budow", "construct", "outof")

DEGREES = (1.0, 250.0)
YEARS = (1850, 2100)


@cache
def _sizes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nominal and outer diameters of steel pipes. [mm]."""
    table = assumptions.table("heat_network_pipes")
    return table["dn"].to_numpy(dtype=np.float64), table["outer_mm"].to_numpy(dtype=np.float64)


def nominal_diameter(text: str) -> float:
    """
    Nominal diameter of a pipe as people write it, NaN where none can be read.

    Parameters
    ----------
    text : str
        ``DN 150``, ``2xDN150/250``, an outer diameter such as ``168,3``, or metres such as ``0.15``. What lies between two sizes counts
        as the smaller one.

    Examples
    --------
    >>> [nominal_diameter(one) for one in ("DN 150", "2x168,3/250", "Ø219.1", "0.15", "110", "x", "5000")]
    [150.0, 150.0, 200.0, 150.0, 100.0, nan, nan]
    """
    told = re.search(r"\d+(?:[.,]\d+)?", re.sub(r"^\D*\d\s*[x×*]", "", text.strip().casefold()))
    value = amount(told[0]) if told else np.nan
    value = value * 1000.0 if 0.0 < value < 3.0 else value
    sizes, outer = _sizes()
    if not sizes[0] * 0.5 <= value <= outer[-1] * 2.0:
        return float("nan")
    # an outer diameter is written with its tenths or rounded
    steel = np.flatnonzero(np.abs(outer - value) < 1.0)
    if len(steel) and value not in sizes:
        return float(sizes[steel[0]])
    return float(sizes[max(int(np.searchsorted(sizes, value, side="right")) - 1, 0)])


def _is_other_network(row: Mapping[str, Any]) -> bool:
    """Whether the file says that the pipe carries something else."""
    told = [plain(said(row.get(name))) for name in NETWORK]
    if any(word.startswith(HEAT[:-1]) or word == HEAT[-1] for word in told):
        return False
    return any(word.startswith((*OTHER, *OTHER_CODES)) for word in told)


def _is_unused(row: Mapping[str, Any]) -> bool:
    return any(plain(said(row.get(name))).startswith(UNUSED) for name in STATE)


def _number(text: str, low: float, high: float) -> float:
    value = amount(text)
    return value if low <= value <= high else float("nan")


def _year(text: str) -> float:
    told = re.search(r"\d{4}", text)
    return _number(told[0], *YEARS) if told else float("nan")


READ = {
    "diameter": (DIAMETER, nominal_diameter),
    "temperature:flow": (FLOW, lambda text: _number(text, *DEGREES)),
    "temperature:return": (RETURN, lambda text: _number(text, *DEGREES)),
    "start_date": (YEAR, _year),
}
"""Key of OpenStreetMap, the columns that may hold it, and how it is read."""


def _tags(row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Tags of a pipe, and what its columns say that cannot be read."""
    tags, refused = {"man_made": "pipeline", "substance": "heat"}, {}
    for key, (names, read) in READ.items():
        text = first(row, names)
        # registers write 0 where they know nothing
        if not text or amount(text) == 0.0:
            continue
        value = read(text)
        if np.isfinite(value):
            tags[key] = f"{value:g}"
        else:
            refused[key] = text[:40]
    owner = first(row, OWNER)[:200]
    return tags | ({"operator": owner} if owner else {}), refused


def _reasons(frame: gpd.GeoDataFrame, rows: list[dict[str, Any]]) -> NDArray[np.object_]:
    """Why rows are no pipe that is there, "" for those that are; shapes in metres."""
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    lines = np.isin(frame.geom_type.fillna("").to_numpy(), LINES)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    seen: set[bytes] = set()
    again = np.zeros(len(shapes), dtype=bool)
    for place in np.flatnonzero(lines & ~missing):
        # a line drawn from its other end is the same line
        drawn = shapely.to_wkb(shapely.normalize(shapely.set_precision(shapes[place], 0.01)))
        again[place] = drawn in seen
        seen.add(drawn)
    checks = {
        "no_geometry": missing,
        "not_a_line": ~lines,
        "other_network": np.array([_is_other_network(row) for row in rows], dtype=bool),
        "not_in_use": np.array([_is_unused(row) for row in rows], dtype=bool),
        "too_small": shapely.length(shapes) < SHORTEST_M,
        "duplicate": again,
    }
    return np.select(list(checks.values()), list(checks), default="").astype(object)


def read_heat_pipes(study: Study, near: shapely.Geometry | None = None) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[Remark]]:
    """
    Pipes of ``[sources] heat_network``.

    Parameters
    ----------
    study : Study
        Names the file.
    near : Geometry, optional
        Place with its surroundings in EPSG:4326; what lies outside is set aside. Without it all pipes count.

    Returns
    -------
    pipes : GeoDataFrame
        As the raw layer ``ways``, in EPSG:4326.
    rejected : DataFrame
        ``object_id``, ``layer``, ``reason`` of every other row.
    remarks : list of Remark
        What was used, what was not, and values that could not be read.

    Raises
    ------
    SourceError
        If the file cannot be read or holds no pipe of a heat network that is in use.
    """
    import geopandas as gpd
    import pandas as pd

    path = study.sources.heat_network
    if path is None:
        raise SourceError(Sentence("error.sources_heat_network_names_no_file"))
    frame = read_vector(path, LAYERS, geometry="LineString", country=study.country, stated=study.sources.files_crs)
    metric = frame.to_crs(frame.estimate_utm_crs()) if len(frame) and np.isfinite(frame.total_bounds).all() else frame
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    rows = [{plain(str(key)): value for key, value in row.items()} for row in table.to_dict("records")] or [{} for _ in range(len(frame))]
    reasons = _reasons(metric, rows)
    if not (reasons == "").any():
        raise SourceError(_nothing(path, reasons))
    shapes = np.asarray(frame.to_crs(4326).geometry.to_numpy(), dtype=object)
    if near is not None:
        reasons[(reasons == "") & ~shapely.intersects(shapes, near)] = "outside"
    used = reasons == ""
    told = [_tags(row) for row in rows]
    names = [f"heat_network/{number}" for number in range(1, len(rows) + 1)]
    pipes = gpd.GeoDataFrame(
        {
            "source": pd.array(["heat_network"] * int(used.sum()), dtype="str"),
            "tags": pd.array(
                [json.dumps(dict(sorted(tags.items())), ensure_ascii=False) for (tags, _), keep in zip(told, used, strict=True) if keep],
                dtype="str",
            ),
        },
        geometry=shapes[used],
        crs=4326,
        index=pd.Index([name for name, keep in zip(names, used, strict=True) if keep], dtype="str", name="way_id"),
    )
    lost = pd.DataFrame(
        [
            (_name(row, number), "heat_network", str(reason))
            for number, (row, reason) in enumerate(zip(rows, reasons, strict=True), 1)
            if reason
        ],
        columns=["object_id", "layer", "reason"],
        dtype="str",
    )
    refused = [values for (_, values), keep in zip(told, used, strict=True) if keep]
    length = float(metric.geometry.length.to_numpy()[used].sum())
    return pipes, lost, _remarks(path, pipes, lost, refused, length)


def _name(row: Mapping[str, Any], number: int) -> str:
    return first(row, IDS)[:100] or f"row {number}"


def _nothing(path: Path, reasons: NDArray[np.object_]) -> str:
    kinds, counts = np.unique(reasons.astype(str), return_counts=True)
    why = ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True)) or "it has no rows"
    return f"{path.name} holds no pipe of a heat network that is in use ({why}); give lines of pipes, or remove [sources] heat_network."


def _remarks(path: Path, pipes: gpd.GeoDataFrame, lost: pd.DataFrame, refused: list[dict[str, str]], length_m: float) -> list[Remark]:
    tags = [json.loads(text) for text in pipes["tags"]]
    counts: dict[str, str | float] = {"file": path.name, "used": len(pipes), "of": len(pipes) + len(lost), "length": length_m / 1000.0}
    found = [Remark("heat_pipes", counts | {"sized": sum("diameter" in tag for tag in tags)})]
    if len(lost):
        found.append(
            Remark("heat_pipes_rejected", {"count": len(lost), "file": path.name, "objects": named(lost["object_id"], lost["reason"])})
        )
    for key in READ:
        bad = [values[key] for values in refused if key in values]
        if bad:
            found.append(
                Remark("heat_pipes_values", {"count": len(bad), "file": path.name, "tag": key, "objects": named(bad, [""] * len(bad))})
            )
    warm = [[float(tag[key]) for tag in tags if key in tag] for key in ("temperature:flow", "temperature:return")]
    if all(warm):
        flow, back = (float(np.median(one)) for one in warm)
        found.append(Remark("heat_pipes_temperatures", {"file": path.name, "flow": flow, "back": back}))
    return found


def with_heat_network(study: Study, place: RawPlace) -> RawPlace:
    """The place with the pipes of the city's own file among its ways, and the rows that are none among what is set aside."""
    import geopandas as gpd
    import pandas as pd

    if study.sources.heat_network is None:
        return place
    pipes, lost, remarks = read_heat_pipes(study, ring(place.boundary, study.place.buffer_m))
    ways = gpd.GeoDataFrame(pd.concat([place.ways, pipes.to_crs(place.ways.crs)]), crs=place.ways.crs).rename_axis("way_id")
    files = [*place.provenance.get("files", []), file_record(study.sources.heat_network)]
    return replace(
        place,
        ways=ways,
        rejected=pd.concat([place.rejected, lost], ignore_index=True),
        remarks=(*place.remarks, *remarks),
        provenance={**place.provenance, "files": files},
    )
