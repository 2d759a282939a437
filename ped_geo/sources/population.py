"""
Where people live by cells of a grid, such as the kilometre grid of a census: polygons with a number, or a CSV of cell codes.

Cells of a CSV are named by the codes of INSPIRE's grid, ``CRS3035RES1000mN3030000E5000000`` or ``1kmN3030E5000``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._columns import plain
from ped_geo.sources._vectors import read_vector
from ped_geo.sources.registers import amount, table_rows
from ped_geo.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

__all__ = ["LAEA", "population_cells"]

CODE = re.compile(r"(?:CRS3035)?(?:RES)?(\d{1,7})(k?m)N(\d{1,7})E(\d{1,7})", re.IGNORECASE)
NUMBERS = (
    "residents",
    "population",
    "ludnosc",
    "ludność",
    "rezydenci",
    "tot",
    "total",
    "obs_value",
    "tot_p",
    "tot_p_2021",
    "tot_p_2011",
    "t",
)
"""Columns that hold the number of people where the district file names none, as statistical offices call them; the best first."""

CELLS = ("grid", "population", "siatka", "ludnosc", "cells")
LARGEST_CELL = 100_000
LAEA = 3035
"""System of INSPIRE's grid, ETRS89-LAEA."""


def population_cells(study: Study, epsg: int) -> gpd.GeoDataFrame:
    """
    Cells of ``[sources] population_grid``, in the working system; none where the study names no file.

    Parameters
    ----------
    study : Study
        Names the file and, where it cannot be recognised, the column with the number of people.
    epsg : int
        Working system.

    Returns
    -------
    GeoDataFrame
        ``residents``, NaN where the file hides it, and the polygon of each cell.

    Raises
    ------
    SourceError
        If the file has no cells, no such column or a number that is none.
    """
    import geopandas as gpd
    import pandas as pd

    path = study.sources.population_grid
    if path is None:
        empty = pd.Index([], dtype="str", name="cell")
        return gpd.GeoDataFrame({"residents": pd.Series(dtype="float64", index=empty)}, geometry=[], crs=epsg, index=empty)
    coded = path.suffix.lower() in {".csv", ".txt", ".tsv"}
    frame = _coded(path, study.country) if coded else read_vector(path, CELLS, country=study.country)
    if frame.empty:
        raise SourceError(Sentence("error.holds_no_cells_give_polygons", path=path.name))
    shapeless = ~frame.geom_type.isin(["Polygon", "MultiPolygon"]) | frame.geometry.is_empty
    if shapeless.any():
        raise SourceError(Sentence("error.cells_are_no_polygons_give", path=path.name, count=int(shapeless.sum()), count_2=len(frame)))
    column = _column(frame.drop(columns=frame.geometry.name), study.sources.population_column, path)
    people = _numbers(frame[column].astype("str").str.strip(), path)
    cells = pd.Index([f"cell/{number}" for number in range(len(frame))], dtype="str", name="cell")
    found = gpd.GeoDataFrame(
        {"residents": people.to_numpy(dtype=float)}, geometry=frame.geometry.make_valid().to_numpy(), crs=frame.crs, index=cells
    )
    return found.to_crs(epsg)


def _column(frame: pd.DataFrame, wanted: str, path: Path) -> str:
    names = {plain(str(name)): str(name) for name in frame.columns}
    chosen = [wanted] if wanted else list(NUMBERS)
    found = next((names[plain(name)] for name in chosen if plain(name) in names), None)
    if found is None:
        told = ", ".join(map(str, frame.columns))[:200]
        raise SourceError(
            Sentence("error.has_no_column_set_sources", path=path.name, wanted=wanted or Sentence("error.known_residents"), told=told)
        )
    return found


def _numbers(told: pd.Series, path: Path) -> pd.Series:
    """Numbers of people; hidden ones, which are empty, a dash or negative, are NaN."""
    hidden = told.str.casefold().isin(["", "-", "nan", "none", "null", "<na>", "*"])
    people = told.where(~hidden).map(amount, na_action="ignore").astype("float64")
    wrong = told.index[~hidden & ~(people < 1e9)]
    if len(wrong):
        raise SourceError(Sentence("error.numbers_people_are_none_first", path=path.name, count=len(wrong), told=told[wrong[0]][:40]))
    return people.where(people >= 0)


def _coded(path: Path, country: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd
    import shapely

    rows, _ = table_rows(path, country)
    table = pd.DataFrame(rows, dtype="str")
    columns = ([match for text in table[name] if (match := CODE.fullmatch(text.strip()))] for name in table)
    matches = next((found for found in columns if len(found) == len(table)), None)
    if matches is None:
        raise SourceError(Sentence("error.has_no_column_grid_codes", path=path.name))
    shapes = []
    for match in matches:
        size = int(match[1]) * (1000 if match[2].lower() == "km" else 1)
        if not 0 < size <= LARGEST_CELL:
            raise SourceError(
                Sentence("error.names_cell_m_cells_1", path=path.name, match=match[0], size=size, largest_cell=LARGEST_CELL // 1000)
            )
        # codes in kilometres count corners in kilometres
        north, east = (int(match[part]) * (1000 if match[2].lower() == "km" else 1) for part in (3, 4))
        shapes.append(shapely.box(east, north, east + size, north + size))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=LAEA)
