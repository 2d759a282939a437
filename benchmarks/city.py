"""
A city of any size for benchmarks: streets, slabs, tenements, houses and halls, drawn from a seed.

It is no real place. Blocks are cells of a slightly turned and shaken grid of streets; each has one kind of building, as quarters have:
estates of slabs, closed rows of tenements, detached houses with garages, halls. A part of the buildings tells storeys, year and use, as
in OpenStreetMap, and the rest is left to be inferred.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:2178"
CENTRE = (7_430_000.0, 5_550_000.0)
"""A corner in Kraków, whose weather and typology the city has; easting and northing. [m]"""

KINDS = ("slabs", "tenements", "houses", "halls")
SHARES = (0.25, 0.25, 0.42, 0.08)
PER_BLOCK = {"slabs": 9, "tenements": 22, "houses": 24, "halls": 4}
"""Buildings of a block of each kind, about."""

TOLD = {"building:levels": 0.35, "start_date": 0.15, "use": 0.7}
"""Share of buildings with each tag."""

BLOCK_M = (150.0, 130.0)


def _tags(kind: str, random: np.random.Generator) -> dict[str, str]:
    """Tags of one building, as far as they are told."""
    use, levels, years = {
        "slabs": ("apartments", (4, 11), (1955, 1989)),
        "tenements": ("apartments", (3, 5), (1890, 1938)),
        "houses": ("house", (1, 2), (1930, 2015)),
        "halls": ("industrial", (1, 1), (1960, 2010)),
    }[kind]
    tags = {"building": use if random.random() < TOLD["use"] else "yes"}
    if random.random() < TOLD["building:levels"]:
        tags["building:levels"] = str(random.integers(levels[0], levels[1] + 1))
    if random.random() < TOLD["start_date"]:
        tags["start_date"] = str(random.integers(*years))
    return tags


def _boxes(kind: str, random: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Rectangles of one block of 130 m by 110 m, metres from its corner: x, y, width, depth."""
    if kind == "slabs":
        return [(5.0 + 65.0 * (n % 2), 6.0 + 22.0 * (n // 2), float(random.uniform(40, 58)), 11.0) for n in range(random.integers(7, 10))]
    if kind == "tenements":
        widths = random.uniform(12, 20, 22)
        starts = np.concatenate([np.cumsum(widths[:11]) - widths[:11], np.cumsum(widths[11:]) - widths[11:]])
        rows = np.repeat([0.0, 92.0], 11)
        return [(float(x), float(y), float(w), 13.0) for x, y, w in zip(starts, rows, widths, strict=True) if x + w < 128.0]
    if kind == "houses":
        places = [(4.0 + 21.0 * (n % 6), 5.0 + 27.0 * (n // 6)) for n in range(24)]
        return [(x, y, float(random.uniform(8, 12)), float(random.uniform(8, 11))) for x, y in places if random.random() < 0.85]
    return [(5.0 + 62.0 * (n % 2), 5.0 + 52.0 * (n // 2), float(random.uniform(30, 55)), float(random.uniform(20, 42))) for n in range(4)]


def generated_city(buildings: int, seed: int = 1) -> dict[str, gpd.GeoDataFrame]:
    """
    Footprints and streets of a city.

    Parameters
    ----------
    buildings : int
        About so many.
    seed : int
        The same seed gives the same city.

    Returns
    -------
    dict of str to GeoDataFrame
        ``buildings`` and ``streets`` with their tags as columns, EPSG:2178.
    """
    random = np.random.default_rng(seed)
    mean = sum(share * PER_BLOCK[kind] for kind, share in zip(KINDS, SHARES, strict=True))
    side = max(int(np.ceil(np.sqrt(buildings / mean))), 2)
    centre = np.array([side / 2.0, side / 2.0])
    # quarters: the kind of a block is that of the nearest of some seeds; tenements lie in the middle
    seeds = random.uniform(0, side, (max(side * side // 12, 8), 2))
    kinds = random.choice(len(KINDS), len(seeds), p=SHARES)
    near = np.hypot(*(seeds - centre).T) < 0.22 * side
    kinds[near] = KINDS.index("tenements")
    shapes: list[Any] = []
    tags: list[dict[str, str]] = []
    turn = np.radians(12.0)
    for column in range(side):
        for row in range(side):
            middle = np.array([column + 0.5, row + 0.5])
            kind = KINDS[kinds[np.argmin(np.hypot(*(seeds - middle).T))]]
            x0, y0 = column * BLOCK_M[0] + 10.0, row * BLOCK_M[1] + 10.0
            for x, y, width, depth in _boxes(kind, random):
                shapes.append(shapely.box(x0 + x, y0 + y, x0 + x + width, y0 + y + depth))
                tags.append(_tags(kind, random))
    lines = [shapely.LineString([(n * BLOCK_M[0], 0), (n * BLOCK_M[0], side * BLOCK_M[1])]) for n in range(side + 1)]
    lines += [shapely.LineString([(0, n * BLOCK_M[1]), (side * BLOCK_M[0], n * BLOCK_M[1])]) for n in range(side + 1)]
    placed = [_placed(np.array(part, dtype=object), turn) for part in (shapes, lines)]
    columns = {key: [one.get(key) for one in tags] for key in ("building", "building:levels", "start_date")}
    streets = {"highway": ["residential"] * len(lines), "name": [f"Street {n}" for n in range(len(lines))]}
    return {
        "buildings": gpd.GeoDataFrame(columns, geometry=placed[0], crs=CRS),
        "streets": gpd.GeoDataFrame(streets, geometry=placed[1], crs=CRS),
    }


def _placed(shapes: Any, turn: float) -> Any:
    cosine, sine = np.cos(turn), np.sin(turn)
    return shapely.transform(
        shapes, lambda xy: np.round(np.column_stack([cosine * xy[:, 0] - sine * xy[:, 1], sine * xy[:, 0] + cosine * xy[:, 1]]), 3) + CENTRE
    )


def write_city(folder: Path, buildings: int, seed: int = 1) -> Path:
    """
    Write a city as GeoParquet with a district file that names it.

    Returns
    -------
    Path
        The district file, for ``ped-geo scan``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in generated_city(buildings, seed).items():
        frame.to_parquet(folder / f"{name}.parquet", compression="zstd")
    path = folder / f"generated-{buildings}.toml"
    files = {name: json.dumps(f"{name}.parquet") for name in ("buildings", "streets")}
    path.write_text(
        f'title = "Generated city, {buildings} buildings"\ncountry = "PL"\n\n[sources]\nbuildings = "footprints_file"\n'
        f'files = [{files["buildings"]}]\nstreets_files = [{files["streets"]}]\nweather = "builtin"\n',
        encoding="utf-8",
    )
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("buildings", type=int)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print(write_city(chosen.folder, chosen.buildings, chosen.seed))
