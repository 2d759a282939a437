"""The full district report of a group of blocks of a finished scan: what the scan knows is taken from it, the rest computed for the group."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, cast

import pandas as pd

from ped_geo.engine import SideBySide, Store
from ped_geo.engine.files import folder_lock, shown
from ped_geo.engine.forked import processors
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.pipeline import STEPS, group_stages, run_steps, stages
from ped_geo.pipeline.corrections import correction_report
from ped_geo.pipeline.run import LIBRARIES, WORKERS, Run, kept_outputs, write_outputs
from ped_geo.remarks import Remark, remark_frame
from ped_geo.scan.place import KEPT_OF_PLACE
from ped_geo.scan.run import opened_place
from ped_geo.scan.steps import FORM
from ped_geo.tiles import tile_layers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from ped_geo.engine import Progress, Step
    from ped_geo.outputs import Results
    from ped_geo.scan.place import ScanPlace
    from ped_geo.study import Study

__all__ = ["report_of_blocks", "results_of_blocks"]

OF_SCAN: Final = (*FORM, stages.packages, stages.heat_profile, stages.heat_routes)
"""Steps whose layers the scan has kept."""

STEPS_OF_GROUP: Final[tuple[Step, ...]] = tuple(step for step in STEPS if step not in OF_SCAN)

AFTER_SUN: Final = STEPS_OF_GROUP.index(stages.beyond_roofs) + 1
"""Until here roofs and walls stand against those of the blocks around; after, a building around belongs to no block, as around a district."""

ABOUT_PIPES: Final = STEPS_OF_GROUP.index(group_stages.networks)
"""From here on steps tell of pipes, which are laid for the group alone; before, they take what heat of the whole place's network costs."""


def report_of_blocks(study: Study, root: Path, scan: str, wanted: str, *, progress: Progress | None = None) -> Run:
    """
    Write the products of a district for some blocks of a scan.

    Parameters
    ----------
    study, root, scan, wanted, progress
        As for `results_of_blocks`.

    Raises
    ------
    PedGeoError
        As `results_of_blocks`, or if the products cannot be written.
    """
    results = results_of_blocks(study, root, scan, wanted, progress=progress)
    with folder_lock(root / "data" / "processed" / results.study.name):
        files = kept_outputs(results, root) or write_outputs(results, root)
    return Run(results, tuple(files), root)


def results_of_blocks(study: Study, root: Path, scan: str, wanted: str, *, progress: Progress | None = None) -> Results:
    """
    All layers of a district for some blocks of a scan.

    Parameters
    ----------
    study : Study
        The place, as it was scanned.
    root : Path
        Folder that holds ``data`` and ``maps``.
    scan : str
        Of the scan: name of its folder in ``data/processed``.
    wanted : str
        Blocks by ``block_id``, or a candidate, parted by commas.
    progress : Progress, optional
        Is told about each step.

    Returns
    -------
    Results
        Its place is called ``<place>-<group>``. Buildings, blocks, states of elements, costs of packages and what heat of the network
        costs are those of the scan, so that each block has the balance that the scan gave it; roofs, sun, hours and all that follows
        are computed for the group and what stands around it, and pipes are laid for the group alone.

    Raises
    ------
    PedGeoError
        If there is no such scan, it is not finished or was made from other data, or it has no such block.
    """
    from ped_geo.outputs import Results

    folder = (root / "data" / "processed" / scan).absolute()
    with folder_lock(folder):
        place, raw, provenance = opened_place(study, root, folder, _in_tile(folder, scan))
        if not place.complete:
            raise StudyError(Sentence("error.lies_in_country_without_pack_blocks", study=place.study.title, country=place.study.country))
        place.take_kept()
    blocks = _chosen(place, wanted)
    title = f"{place.study.title}: {', '.join(blocks[:3])}{'…' if len(blocks) > 3 else ''}"
    group = place.study.model_copy(update={"name": f"{place.study.name}-{_name_of(blocks)}", "title": title})
    made = _layers_of(place, blocks, scan)
    buildings, rejected = made["buildings"], made["rejected"]
    alone = {"buildings": buildings.assign(block_id=buildings["block_id"].where(buildings["in_district"], ""))}
    with folder_lock(root / "data" / "processed" / group.name):
        store = Store(root / "data" / "processed" / group.name / ".steps")
        store.sweep()
        side = SideBySide(min(processors(), WORKERS), LIBRARIES)
        sun, rest = STEPS_OF_GROUP[:AFTER_SUN], STEPS_OF_GROUP[AFTER_SUN:ABOUT_PIPES]
        for steps in (sun, rest, (stages.heat_routes, *STEPS_OF_GROUP[ABOUT_PIPES:])):
            anew = {name for step in steps for name in step.gives}
            known = {name: frame for name, frame in made.items() if name not in anew}
            made = run_steps(steps, group, place.site, known, store=store, progress=progress, side_by_side=side) | alone
        made["rejected"] = pd.concat([raw.rejected, rejected], ignore_index=True)
        made["conflation"] = raw.conflation
        made["correction_report"] = correction_report(group, place.site, made, made)
    return Results(group, place.site, made, provenance, raw.origin)


def _in_tile(folder: Path, scan: str) -> int:
    """Buildings that a tile of the scan may hold."""
    try:
        return int(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["most_buildings_in_tile"])
    except (OSError, ValueError, KeyError, TypeError):
        raise StudyError(Sentence("error.is_no_finished_scan_in", scan=shown(scan), folder=shown(folder.parent))) from None


def _chosen(place: ScanPlace, wanted: str) -> list[str]:
    """Blocks that are named, in the order of the place."""
    names = {name.strip().removeprefix(f"{place.study.name}/") for name in wanted.split(",")} - {""}
    known, candidates = place.standing()["blocks"].index.astype("str"), place.layers["candidates"]
    taken = set(names)
    for name in names & set(candidates.index.astype("str")):
        taken = (taken - {name}) | set(json.loads(str(candidates.at[name, "choices"])))
    problems = [Sentence("error.scan_has_no_block_candidate", name=name[:80]) for name in sorted(taken - set(known))]
    blocks = [block for block in known if block in taken]
    if not problems and not place.layers["blocks"]["buildings"].loc[blocks].sum():
        problems.append(Sentence("error.none_of_blocks_holds_building"))
    if problems:
        raise StudyError("--blocks", problems)
    return blocks


def _name_of(blocks: list[str]) -> str:
    return f"group-{hashlib.sha256(json.dumps(sorted(blocks)).encode()).hexdigest()[:8]}"


def _layers_of(place: ScanPlace, blocks: list[str], scan: str) -> dict[str, pd.DataFrame]:
    """Layers of the scan, of these blocks and what stands around them."""
    index = place.layers["blocks"].index
    found = tile_layers(place.layers, index[index.isin(blocks)], place.study)
    gives = {name for step in STEPS_OF_GROUP for name in step.gives}
    found = {name: frame for name, frame in found.items() if name not in gives and not name.startswith("scan_")}
    buildings = cast("gpd.GeoDataFrame", found["buildings"])
    mine = {"building_id": set(buildings.index[buildings["in_district"]]), "block_id": set(blocks)}
    found |= {name: _of(found[name], mine) for name in KEPT_OF_PLACE if name in found}
    pairs = found["adjacency"]
    found["adjacency"] = pairs[pairs["block_a"].isin(blocks) & pairs["block_b"].isin(blocks)]
    area = cast("gpd.GeoDataFrame", found["blocks"]).union_all()
    whole = set(blocks) == set(index.astype("str"))
    if not whole:
        boundary = cast("gpd.GeoDataFrame", found["boundary"]).iloc[:1]
        found["boundary"] = boundary.set_geometry([area], crs=boundary.crs)
    said = remark_frame([Remark("of_scan", {"scan": scan, "count": float(len(blocks))})])
    found["remarks"] = pd.concat([found["remarks"], said], ignore_index=True).rename_axis("remark")
    return found


def _of(frame: pd.DataFrame, mine: Mapping[str, set[str]]) -> pd.DataFrame:
    """Rows of buildings or blocks of the group; a table of neither stays whole."""
    for level, names in mine.items():
        if level in frame.index.names:
            return frame[frame.index.get_level_values(level).isin(names)]
    return frame
