"""A scan from its places to its products: fetched, cut into tiles, computed side by side, put together, ranked and written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from ped_geo.engine.files import folder_lock
from ped_geo.engine.forked import CAN_FORK, processors
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.scan.cluster import Cluster
from ped_geo.scan.finished import Scan
from ped_geo.scan.place import FIRST_PART, SECOND_PART, SUN_PART, ScanPlace
from ped_geo.scan.products import write_scan
from ped_geo.scan.ranking import form_blocks, place_blocks, place_totals, ranked
from ped_geo.scan.routes import ScanRoutes, asked_blocks, refuse_strange, routes_of
from ped_geo.scan.workers import Job, run_jobs
from ped_geo.tiles import tile_names

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from ped_geo.scan.workers import Done
    from ped_geo.sources import RawPlace
    from ped_geo.study import Study

__all__ = ["ScanProgress", "most_buildings", "opened_place", "scan"]

BYTES_PER_BUILDING: Final = 80_000
"""Memory of a tile for each of its buildings: 50 kB were measured between generated places of 382 and 1,496 buildings with eight
variants; real footprints have more corners. [B]"""

PROCESS_BYTES: Final = 460_000_000
"""What the largest process held in those places before its first building: libraries, class tables, weather. [B]"""

MOST_IN_TILE: Final = 4_000
"""More buildings in a tile spare little of its ring and cost resumption."""


RunJobs = Callable[[Iterable[Job], "Done"], dict[str, str]]
"""Runs tiles, tells each that has ended, and returns why those failed that did."""


class ScanProgress(Protocol):
    """What a scan tells about itself; the command line draws it."""

    def begin(self, place: str, part: str) -> None:
        """A part of the work on a place starts: ``fetch``, ``form``, ``sun``, ``first``, ``between``, ``second``, ``blocks``, ``routes`` or ``products``."""

    def tiles(self, done: int, total: int, seconds: float) -> None:
        """Of the buildings of this part so many are done, in so many seconds."""


class _Silent:
    def begin(self, place: str, part: str) -> None:
        """Say nothing."""

    def tiles(self, done: int, total: int, seconds: float) -> None:
        """Say nothing."""


def most_buildings(memory: int, workers: int) -> int:
    """
    Buildings that a tile may hold so that all workers together keep within a memory.

    Parameters
    ----------
    memory : int
        Of the whole scan. [B]
    workers : int
        Tiles at a time; the process that leads them counts as one more.

    Raises
    ------
    StudyError
        If the memory does not suffice for the processes alone.

    Examples
    --------
    >>> most_buildings(4_000_000_000, 2)
    4000
    >>> most_buildings(1_500_000_000, 2)
    750
    """
    free = memory - (workers + 1) * PROCESS_BYTES
    if free < workers * BYTES_PER_BUILDING * 50:
        least = (workers + 1) * PROCESS_BYTES + workers * BYTES_PER_BUILDING * 50
        raise StudyError(Sentence("error.memory_is_gb_must_be", memory=memory / 1e9, least=least / 1e9, workers=workers))
    return min(int(free / (workers * BYTES_PER_BUILDING)), MOST_IN_TILE)


def scan(
    studies: list[Study],
    root: Path,
    name: str,
    *,
    memory: int = 4_000_000_000,
    workers: int | str = 0,
    in_tile: int = 0,
    known: pd.DataFrame | None = None,
    route: str = "",
    progress: ScanProgress | None = None,
) -> Scan:
    """
    Rank every block of one or several places.

    Parameters
    ----------
    studies : list of Study
        The places.
    root : Path
        Folder that holds ``data``.
    name : str
        Of the scan: its products lie in ``data/processed/<name>``.
    memory : int
        Bound of the memory, from which the size of tiles follows; on a cluster that of each worker. [B]
    workers : int or str
        Tiles at a time in processes of this machine, 0: as many as there are processors; or the address of a ``dask.distributed``
        scheduler whose workers take the tiles, such as ``tcp://node1:8786``: they must see `root` under the same path.
    in_tile : int
        Buildings in a tile; 0: as many as the memory allows.
    known : DataFrame, optional
        Published totals, see `ped_geo.scan.inputs.known_totals`.
    route : str
        Blocks whose heat networks are routed along streets, see `ped_geo.scan.routes.refuse_strange`; empty for none.
    progress : ScanProgress, optional
        Is told what happens.

    Raises
    ------
    PedGeoError
        If a place cannot be had or no tile of it can be computed, if a cluster cannot be used, or if `route` names what is not there;
        finished tiles are kept.
    """
    import pandas as pd

    tell = progress or _Silent()
    at_a_time = 1 if isinstance(workers, str) or not CAN_FORK else (workers or processors())
    size = in_tile or most_buildings(memory, at_a_time)
    # workers of a cluster have other current folders
    folder = (root / "data" / "processed" / name).absolute()
    with folder_lock(folder), ExitStack() as open_till_the_end:
        run: RunJobs = partial(run_jobs, at_a_time)
        if isinstance(workers, str):
            run = open_till_the_end.enter_context(Cluster(workers, folder)).run
        places = [opened_place(study, root, folder, size, tell)[0] for study in studies]
        _refuse_twice(places)
        _refuse_routes(route, places)
        for place in places:
            _run(place, run, tell)
        tables = [(place_blocks if place.complete else form_blocks)(place.standing(), _tile_names(place), place.study) for place in places]
        blocks = ranked(tables)
        candidates = pd.concat([_candidates(place) for place in places])
        totals = place_totals(blocks, known if known is not None else pd.DataFrame(columns=["place", "figure", "value", "source"]))
        failed = {f"{place.study.name}/{tile}": why for place in places for tile, why in place.failed.items()}
        routes = _routes(route, blocks, candidates, places, tell)
        tell.begin("", "products")
        count = sum(len(place.tiles) for place in places)
        years, types = (_of_places(places, layer) for layer in ("scan_roadmap", "scan_roadmap_types"))
        methods = {place.study.name: (str(place.study.demand.method), place.methods) for place in places if place.methods is not None}
        found = Scan(blocks, candidates, totals, failed, count, (), years, types, routes, methods, tuple(places))
        return replace(found, files=tuple(write_scan(folder, name, found)))


def _routes(
    wanted: str, blocks: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame, places: list[ScanPlace], tell: ScanProgress
) -> ScanRoutes | None:
    """Networks of the blocks that are asked for."""
    if not wanted:
        return None
    tell.begin("", "routes")
    known = [place for place in places if place.complete]
    blocks = blocks[blocks["place"].isin([place.study.name for place in known])]
    return routes_of(asked_blocks(wanted, blocks, candidates), blocks, [(place.study, place.standing()) for place in known])


def _refuse_routes(wanted: str, places: list[ScanPlace]) -> None:
    """Refuse networks that cannot be told, before hours of work: names that no block has, and places whose heat is not known."""
    if wanted and not any(place.complete for place in places):
        raise StudyError("--route", [Sentence("error.lies_in_country_without_pack", study=place.study.title) for place in places])
    refuse_strange(wanted, {place.study.name: place.layers["blocks"].index for place in places if place.complete})


def _of_places(places: list[ScanPlace], layer: str) -> pd.DataFrame:
    """A layer of all places, index (``place``, ``entry``)."""
    import pandas as pd

    parts = {place.study.name: place.layers[layer] for place in places}
    found = {name: part for name, part in parts.items() if len(part)} or parts
    return pd.concat(found, names=["place", "entry"])


def opened_place(
    study: Study, root: Path, folder: Path, size: int, tell: ScanProgress | None = None
) -> tuple[ScanPlace, RawPlace, dict[str, Any]]:
    """
    A place with its buildings and blocks, before any tile.

    Parameters
    ----------
    study : Study
        The place.
    root, folder : Path
        Folder that holds ``data``, and that of the scan.
    size : int
        Buildings that a tile may hold.
    tell : ScanProgress, optional
        Is told what happens.

    Returns
    -------
    place : ScanPlace
    raw : RawPlace
        As it was fetched.
    provenance : dict
        Where its data come from.

    Raises
    ------
    PedGeoError
        If it cannot be had.
    """
    from ped_geo.pipeline.preflight import preflight
    from ped_geo.pipeline.run import fetch, inputs
    from ped_geo.pipeline.whereabouts import settled

    tell = tell or _Silent()
    preflight(study, root)
    tell.begin(study.title, "fetch")
    raw = fetch(study, root)
    study = settled(study, raw)
    site, layers, provenance = inputs(study, raw, root, refresh=False)
    place = ScanPlace(study, site, layers, folder / ".scan" / study.name, size, provenance=provenance)
    tell.begin(study.title, "form")
    place.form()
    return place, raw, provenance


def _refuse_twice(places: list[ScanPlace]) -> None:
    """Refuse places that share buildings: they would be counted twice."""
    owner: dict[str, str] = {}
    problems = []
    for place in places:
        buildings = place.layers["buildings"]
        names = buildings.index[buildings["in_district"]]
        shared = [str(name) for name in names if name in owner and _is_global(str(name))]
        if shared:
            problems.append(
                Sentence(
                    "error.and_share_buildings_first_is",
                    title=place.study.title,
                    owner=owner[shared[0]],
                    count=len(shared),
                    shared=shared[0],
                )
            )
        owner |= dict.fromkeys(map(str, names), place.study.title)
    if problems:
        raise StudyError(Sentence("error.places_scan_overlap_cut_one"), problems)


def _is_global(name: str) -> bool:
    """Whether a name of a building means the same in every place, as those of OpenStreetMap and of registers do; plain numbers do not."""
    return "/" in name and not name.rsplit("/", 1)[0].isdigit()


def _run(place: ScanPlace, run: RunJobs, tell: ScanProgress) -> None:
    if not place.complete:
        tell.begin(place.study.title, SUN_PART)
        place.failed |= _run_tiles(place, SUN_PART, run, tell)
        place.sun()
        return
    for part, then in ((FIRST_PART, place.between), (SECOND_PART, place.blocks)):
        tell.begin(place.study.title, part)
        place.failed |= _run_tiles(place, part, run, tell)
        tell.begin(place.study.title, "between" if part == FIRST_PART else "blocks")
        then()


def _run_tiles(place: ScanPlace, part: str, run: RunJobs, tell: ScanProgress) -> dict[str, str]:
    sizes = {tile.name: tile.buildings for tile in place.done}
    ended: list[int] = []
    begun = time.monotonic()

    def done(name: str) -> None:
        ended.append(sizes[name])
        tell.tiles(sum(ended), sum(sizes.values()), time.monotonic() - begun)

    jobs = [Job(tile.name, partial(place.tile_part, tile, part), tile.folder / "error.txt") for tile in place.done]
    return run(jobs, done)


def _tile_names(place: ScanPlace) -> dict[str, str]:
    names = dict(tile_names(place.tile_of_block))
    return {str(block): names[int(number)] for block, number in place.tile_of_block.items()}


def _candidates(place: ScanPlace) -> gpd.GeoDataFrame:
    import pandas as pd

    found = cast("gpd.GeoDataFrame", place.layers["candidates"]).to_crs(4326)
    found.insert(0, "place", place.study.name)
    return found.set_axis(pd.Index([f"{place.study.name}/{name}" for name in found.index], dtype="str", name="candidate_id"))
