"""Where the package of a pilot can be repeated: reads finished runs, computes what is missing, writes the table, the map and the page."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.engine import Progress
from ped_geo.engine.files import plain_write_errors, replace_into
from ped_geo.errors import StudyError
from ped_geo.language import money_of, text
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study, Variant

if TYPE_CHECKING:
    from ped_geo.outputs import Results
    from ped_geo.quarters.place import ComparedPlace

__all__ = ["place_of", "replicate"]

SAID = 5
"""Quarters that the console names."""


def place_of(study: Study, layers: Mapping[str, Any], variant: Variant) -> ComparedPlace:
    """
    A finished run as replication reads it.

    Parameters
    ----------
    study : Study
        A place in a country with a pack.
    layers : mapping of str to DataFrame
        Of its run or its scan.
    variant : Variant
        The package, as this run computed it.
    """
    from ped_geo import quarters
    from ped_geo.finance.grants import owners
    from ped_geo.quarters.effects import package_effects
    from ped_geo.quarters.place import ComparedPlace

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    held = inside["reference_area_m2"].groupby([inside["block_id"].astype("str"), owners(inside, study.country)]).sum()
    return ComparedPlace(
        name=study.name,
        title=study.title or study.name,
        blocks=layers["blocks"],
        sums=quarters.block_sums(
            layers["blocks"], inside, layers["need"], layers["pv_buildings"], study.country, study.assumed("finance.base_year")
        ),
        features=layers["block_features"],
        types=layers["block_types"],
        effects=package_effects(layers, study, variant),
        adjacency=layers["adjacency"],
        owners=held.unstack().fillna(0.0).rename_axis("block_id"),
    )


def _pilot_blocks(results: Results, part: str) -> list[str]:
    """
    Blocks of a candidate, those that are named, or all.

    Raises
    ------
    StudyError
        If there is no such block or candidate, with the candidates there are.
    """
    known = [str(name) for name in results.layers["blocks"].index]
    candidates = results.layers["candidates"]
    if not part:
        return known
    if part in candidates.index:
        return str(candidates.at[part, "blocks"]).split(";")
    named = [name.strip() for name in part.split(",") if name.strip()]
    if strange := [name for name in named if name not in known]:
        raise StudyError(
            Sentence(
                "error.has_no_block_candidate_its",
                name=results.study.name,
                strange=strange[0],
                names=", ".join(map(str, candidates.index)) or Sentence("error.none"),
            )
        )
    return named


def _chosen(results: Results, key: str) -> Variant:
    """The variant that is named, else the one that is recommended for the pilot."""
    from ped_geo.outputs.tables import shown_variant

    if not key:
        return shown_variant(results)
    for variant in results.study.variants:
        if variant.key == key:
            return variant
    raise StudyError(
        Sentence(
            "error.has_no_variant_it_has_2", name=results.study.name, key=key, names=", ".join(one.key for one in results.study.variants)
        )
    )


def replicate(
    pilot: Study,
    cities: Sequence[Study],
    root: Path,
    lang: str,
    *,
    part: str = "",
    variant: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """
    Rank the quarters of cities in which the package of a pilot works, and write what was found.

    Parameters
    ----------
    pilot : Study
        Where the pilot lies.
    cities : sequence of Study
        Where look-alikes are sought.
    root : Path
        Folder that holds ``data`` and ``maps``.
    lang : str
        ``pl`` or ``en``.
    part : str
        The pilot's part of its district: a candidate, or blocks parted by commas; all of it where it is empty.
    variant : str
        Key of the package; the recommended one where it is empty.
    progress : Progress, optional
        Is told about each step of the runs.

    Returns
    -------
    dict
        ``sentences`` for people; ``quarters`` and ``files`` for scripts.

    Raises
    ------
    PedGeoError
        If a run fails, a place has no country pack, or a city does not compute the package.
    """
    from ped_geo import quarters
    from ped_geo.outputs.replication import About, lead, quarter_lines, write_replication
    from ped_geo.pipeline.run import compute
    from ped_geo.quarters.effects import same_variant

    runs = {}
    for study in (pilot, *cities):
        if study.name not in runs:
            runs[study.name] = compute(study, root, progress=progress)
    for results in runs.values():
        if not results.complete:
            raise StudyError(Sentence("error.lies_in_country_without_pack_so", name=results.study.name))
    first, others = runs[pilot.name], [runs[name] for name in dict.fromkeys(study.name for study in cities)]
    countries = sorted({one.study.country for one in others})
    if len(countries) > 1:
        raise StudyError(Sentence("error.cities_lie_in_whose_prices", names=", ".join(countries)))
    way = _chosen(first, variant)
    chosen = _pilot_blocks(first, part)
    places = [place_of(one.study, one.layers, same_variant(way, one.study)) for one in others]
    found = quarters.replicate(place_of(first.study, first.layers, way), chosen, places, first.study)
    about = About(
        pilot=first.study.title or pilot.name,
        places={one.study.name: one.study.title or one.study.name for one in others},
        variant=way,
        attribution=" · ".join(dict.fromkeys(str(one.provenance.get("place", {}).get("attribution", "")) for one in runs.values())),
        study=first.study,
    )
    folder = root / "data" / "processed" / "-".join(["replicate", pilot.name, *(one.study.name for one in others)])
    with plain_write_errors(folder), money_of(countries[0]):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as beside:
            files = replace_into(Path(beside), folder, [path.name for path in write_replication(found, about, Path(beside))])
        said = [*lead(found, about, lang), *quarter_lines(found, about, lang)[:SAID]]
    said += [text("cli.files", lang), *(f"  {path}" for path in files)]
    return {
        "sentences": said,
        "pilot": pilot.name,
        "variant": way.key,
        "quarters": [{"rank": int(rank), "place": row["place"], "blocks": row["blocks"]} for rank, row in found.quarters.iterrows()],
        "limit": found.limit,
        "files": [str(path) for path in files],
    }
