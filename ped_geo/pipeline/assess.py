"""What a group of blocks comes to that somebody drew or chose: from the finished steps of its district, without cutting blocks anew."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ped_geo.engine import Progress
from ped_geo.engine.files import plain_write_errors, replace_into, shown, stands
from ped_geo.errors import SourceError, StudyError
from ped_geo.figures.groups import GROUP, group_figures
from ped_geo.language import money_of, text
from ped_geo.language.sentences import Sentence
from ped_geo.outputs.assessment import Assessment, ChosenBlocks, assessment_sentences, write_assessment
from ped_geo.study import Study, slug

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.outputs import Results

__all__ = ["assess", "assessment", "chosen_blocks"]

LEAST_SHARE: Final = 0.5
"""Share of a block's area from which a drawn area takes it in: the same rule by which a building belongs to a district."""

TOUCHED: Final = 0.001
"""Share up to which a block counts as untouched, and from whose complement on it counts as whole."""

SYSTEMS: Final = ("EPSG:2180", "EPSG:4326")


def chosen_blocks(results: Results, part: str) -> ChosenBlocks:
    """
    The blocks that a file, a candidate or a list names.

    Parameters
    ----------
    results : Results
        The finished run.
    part : str
        A polygon file, the choice file of the council map (``block_id,variant``), a candidate, or blocks parted by commas.

    Raises
    ------
    StudyError
        If there is no such file, block, candidate or variant, or the area holds no block.
    """
    nothing = pd.Series(dtype="float64")
    candidates, known = results.layers["candidates"], set(results.layers["blocks"].index.astype("str"))
    if part in candidates.index:
        choice = json.loads(str(candidates.at[part, "choices"]))
        return ChosenBlocks(tuple(choice), choice, nothing)
    path = Path(part)
    if "," not in part and stands(path) and path.exists():
        return _of_choice(results, path) if _is_choice(path) else _of_area(results, path)
    named = tuple(dict.fromkeys(name.strip() for name in part.split(",") if name.strip()))
    if part == results.study.name or not part:
        return ChosenBlocks(tuple(sorted(known)), {}, nothing)
    if strange := [name for name in named if name not in known]:
        raise StudyError(
            Sentence(
                "error.is_no_file_and_has",
                part=shown(part),
                name=results.study.name,
                strange=shown(strange[0]),
                names=", ".join(map(str, candidates.index)) or Sentence("error.none"),
            )
        )
    return ChosenBlocks(named, {}, nothing)


def _is_choice(path: Path) -> bool:
    if path.is_dir() or path.suffix.lower() != ".csv":
        return False
    with path.open("rb") as file:
        return file.readline(200).decode("utf-8", "replace").lstrip("\ufeff").replace(";", ",").startswith("block_id,variant")


def _of_choice(results: Results, path: Path) -> ChosenBlocks:
    """The council map's choice of blocks, each in a variant."""
    content = path.read_text(encoding="utf-8-sig", errors="replace")
    rows = list(csv.DictReader(content.splitlines(), delimiter=";" if content.startswith("block_id;") else ","))
    blocks, variants = set(results.layers["blocks"].index), [variant.key for variant in results.study.variants]
    choice = {str(row["block_id"]).strip(): str(row["variant"]).strip() for row in rows}
    problems = [Sentence("error.there_is_no_block", block=block) for block in choice if block not in blocks]
    problems += [
        Sentence("error.there_is_no_variant_there", one=one, names=", ".join(variants))
        for one in sorted(set(choice.values()) - set(variants))
    ]
    if problems or not choice:
        raise StudyError(Sentence("error.choice_file", path=path.name), problems or [Sentence("error.it_holds_no_block")])
    return ChosenBlocks(tuple(choice), choice, pd.Series(dtype="float64"))


def _of_area(results: Results, path: Path) -> ChosenBlocks:
    """Blocks of which a drawn area holds at least `LEAST_SHARE`."""
    import shapely

    blocks = results.layers["blocks"]
    drawn, system = _drawn(results, path)
    area = shapely.make_valid(shapely.union_all(shapely.make_valid(drawn.to_crs(blocks.crs).geometry.to_numpy())))
    share = pd.Series(
        shapely.area(shapely.intersection(blocks.geometry.to_numpy(), area)) / blocks.geometry.area.to_numpy(),
        index=blocks.index.astype("str"),
    )
    taken = share.index[share >= LEAST_SHARE]
    if not len(taken):
        raise StudyError(
            Sentence("error.holds_at_least_half_none", path=path.name, count=len(blocks), name=results.study.name, value=100 * share.max())
        )
    return ChosenBlocks(tuple(taken), {}, share[(share > TOUCHED) & (share < 1.0 - TOUCHED)], system)


def _drawn(results: Results, path: Path) -> tuple[gpd.GeoDataFrame, str]:
    """The drawn area; of a file without a coordinate system in the first that makes it meet the place."""
    import shapely

    from ped_geo.sources._files import whole_file
    from ped_geo.sources._vectors import read_vector

    blocks = results.layers["blocks"]
    systems = dict.fromkeys([results.study.sources.files_crs, f"EPSG:{blocks.crs.to_epsg()}", *SYSTEMS])
    with whole_file(path) as file:
        try:
            return read_vector(file, ("polygon", "group", "candidates"), country=results.study.country), ""
        except SourceError as error:
            if "names no coordinate system" not in str(error):
                raise
        hull = shapely.envelope(shapely.union_all(blocks.geometry.to_numpy()))
        for system in filter(None, systems):
            try:
                drawn = read_vector(file, ("polygon", "group", "candidates"), country=results.study.country, stated=system)
            except SourceError:
                continue
            if drawn.to_crs(blocks.crs).intersects(hull).any():
                return drawn, system
    raise StudyError(
        Sentence("error.names_no_coordinate_system_and", path=path.name, name=results.study.name, names=", ".join(filter(None, systems)))
    )


def assessment(results: Results, chosen: ChosenBlocks) -> Assessment:
    """
    Balance, verdicts, figures and cost of a group from the layers of a finished run.

    Parameters
    ----------
    results : Results
        The run, with its hourly layers.
    chosen : Chosen
        Blocks, and variants where they were chosen.
    """
    from dataclasses import replace

    from ped_geo import plans
    from ped_geo.flows import Group, Groups
    from ped_geo.kpis.groups import GroupLayers, kpis_of_groups
    from ped_geo.pipeline.views import energy as energy_of
    from ped_geo.pipeline.views import judged
    from ped_geo.verdicts import verdict_table

    layers, study = results.layers, results.study
    buildings = layers["buildings"]
    inside = buildings[buildings["in_district"]]
    hours = ("final_energy", "electricity_hourly", "supply_electricity_hourly", "pv_hourly", "pv_existing_hourly", "pv_facade_hourly")
    energy = energy_of(inside, *(layers[name] for name in (*hours, "pv_canopy_hourly", "storage_hourly")))
    mine = _of_blocks(layers, list(chosen.blocks))
    held = [block for block in energy.blocks if block in set(chosen.blocks)]
    if not held:
        raise StudyError(Sentence("error.none_blocks_holds_building_so", count=len(chosen.blocks)))
    known = GroupLayers(*(layers[name] for name in ("balance", "blocks", "need", "pv_buildings", "variant_costs", "probabilities")))
    known = replace(known, pv_places=layers["pv_places"], heat_density=layers["heat_density"], summer_blocks=layers["summer_blocks"])
    values = kpis_of_groups(energy, study, Groups.together(held, [variant.key for variant in study.variants]), known)
    kpis = pd.Series(values.rename_axis(index="variant", columns="kpi").stack())
    choice = {block: chosen.choice[block] for block in held} if chosen.choice else {}
    group = Groups.of([Group(GROUP, choice)]) if choice else _renamed(judged(**mine, study=study))
    within_year = replace(energy, heat_hourly=layers["heat_hourly"], hot_water_hourly=layers["hot_water_hourly"])
    verdicts = verdict_table(within_year, study, group, blocks=layers["blocks"], southern=results.site.southern)
    ways = plans.ways_of_groups(
        mine["balance"], _rows_of(layers["variant_costs"], chosen.blocks), mine["blocks"], mine["candidates"], study
    )
    closed = plans.impossible_variants(mine["levers"], mine["blocks"], study)
    figures = group_figures(layers, chosen.blocks, study, kpis, choice)
    variants = set(next(iter(group)).choice.values())
    return Assessment(chosen, figures, plans.recommend(ways, closed, study), verdicts, variants.pop() if len(variants) == 1 else "chosen")


def _renamed(groups: Any) -> Any:
    from dataclasses import replace

    return replace(groups, keys=pd.Index([GROUP], dtype="str"))


def _rows_of(table: pd.DataFrame, blocks: tuple[str, ...] | list[str]) -> pd.DataFrame:
    return table[table.index.get_level_values("block_id").isin(list(blocks))]


def _of_blocks(layers: Mapping[str, pd.DataFrame], blocks: list[str]) -> dict[str, Any]:
    """What the view of judged groups takes, of these blocks alone and without candidates."""
    buildings = layers["buildings"]
    return {
        "buildings": buildings[buildings["block_id"].isin(blocks)],
        "balance": _rows_of(layers["balance"], blocks),
        "candidates": layers["candidates"].iloc[:0],
        "levers": _rows_of(layers["levers"], blocks),
        "blocks": layers["blocks"].loc[blocks],
    }


def assess(study: Study, root: Path, lang: str, part: str, *, progress: Progress | None = None) -> dict[str, Any]:
    """
    Assess a group of blocks and write a short report.

    Parameters
    ----------
    study : Study
        The district; its kept steps serve where there are some.
    root : Path
        Folder that holds ``data`` and ``maps``.
    lang : str
        ``pl`` or ``en``.
    part : str
        See `chosen_blocks`.
    progress : Progress, optional
        Is told about each step of the run.

    Returns
    -------
    dict
        ``sentences`` for people; ``blocks``, ``positive``, ``balance_kwh_m2a`` by variant and ``files`` for scripts.

    Raises
    ------
    PedGeoError
        If the run fails, the country has no pack, or the group cannot be found.
    """
    from ped_geo.pipeline.run import compute

    results = compute(study, root, progress=progress, passing=())
    if not results.complete:
        raise StudyError(Sentence("error.lies_in_country_without_pack", study=study.name))
    with money_of(results.study.country):
        found = assessment(results, chosen_blocks(results, part))
        name = slug(Path(part).stem if part else study.name)
        folder = root / "data" / "processed" / f"assess-{study.name}-{name}"
        with plain_write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as beside:
                files = replace_into(Path(beside), folder, [path.name for path in write_assessment(results, found, Path(beside))])
        said = assessment_sentences(results, found, lang)
    balance = found.figures.xs("balance", level="figure")["value"].droplevel(["scope", "group_id"]).to_dict()
    return {
        "sentences": [*said, text("cli.files", lang), *(f"  {path}" for path in files)],
        "study": study.name,
        "blocks": list(found.chosen.blocks),
        "positive": {str(definition): bool(row["positive"]) for definition, row in found.verdicts.droplevel("group_id").iterrows()},
        "balance_kwh_m2a": balance,
        "files": [str(path) for path in files],
    }
