"""One place of a scan: its layers, its tiles, and what tiles give put together again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.countries import has_pack
from ped_geo.engine import Store, code_key, frame_key
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence
from ped_geo.pipeline import PASSING, run_steps
from ped_geo.scan.methods import EXACT, NEEDED, method_differences
from ped_geo.scan.steps import BETWEEN, BLOCKS, FIRST, FORM, KEPT_FIRST, KEPT_SECOND, KEPT_SUN, SECOND, SUN
from ped_geo.tiles import cut_tiles, tile_layers, tile_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from ped_geo.engine import Step
    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["FIRST_PART", "KEPT_OF_PLACE", "SECOND_PART", "SUN_PART", "CityTile", "ScanPlace", "TilePart"]

FIRST_PART, SECOND_PART, SUN_PART = "first", "second", "sun"
STEPS_FOLDER = ".steps"
PARTS = {FIRST_PART: (FIRST, KEPT_FIRST), SECOND_PART: ((*FIRST, *SECOND), KEPT_SECOND), SUN_PART: (SUN, KEPT_SUN)}
"""Part of the work on a tile → its steps, and what is kept of them."""

KEPT_OF_PLACE = (*KEPT_FIRST, *(name for step in BETWEEN for name in step.gives))
"""Layers of a finished scan that its tiles and its heat network gave, by building or block where they have any."""


@dataclass(frozen=True)
class CityTile:
    """
    A group of neighbouring blocks.

    Attributes
    ----------
    name : str
        Its number along the curve.
    blocks : Index
        Its blocks.
    buildings : int
        How many stand in it.
    folder : Path
        Where its results are kept.
    """

    name: str
    blocks: pd.Index
    buildings: int
    folder: Path


@dataclass(frozen=True)
class TilePart:
    """
    One part of the work on one tile, with all that it needs, so that another process or machine can do it.

    Attributes
    ----------
    study : Study
        Settings.
    site : Site
        Where the sun is computed.
    folder : Path
        Where the tile's results are kept; every process that works on a scan must see it.
    part : str
        ``first``: roofs, sun and demand; ``second``: supply, money and balance; ``sun``: roofs and sun alone.
    layers : dict of str to DataFrame
        Layers of the tile and of what stands around it.
    """

    study: Study
    site: Site
    folder: Path
    part: str
    layers: dict[str, pd.DataFrame]

    def run(self) -> None:
        """Do the work and keep the result under all that it was computed from, unless it is there already."""
        steps, kept = PARTS[self.part]
        key = self._key(steps)
        store = Store(self.folder)
        store.sweep()
        if store.get(self.part, key, kept) is None:
            folder = f"{STEPS_FOLDER}-{(key if self.part != SECOND_PART else _key_of(self.folder, FIRST_PART))[:16]}"
            for other in self.folder.glob(f"{STEPS_FOLDER}-*"):
                if other.name != folder:
                    shutil.rmtree(other, ignore_errors=True)
            found = _steps(self.study, self.site, steps, self.layers, Store(self.folder / folder))
            store.put(self.part, key, {name: found[name] for name in kept})
        if self.part != FIRST_PART:
            # the tile's hours are let go
            for left in self.folder.glob(f"{STEPS_FOLDER}-*"):
                shutil.rmtree(left, ignore_errors=True)

    def is_stale(self) -> bool:
        """Whether what is kept was computed from something else."""
        return _key_of(self.folder, self.part) != self._key(PARTS[self.part][0])

    def _key(self, steps: tuple[Step, ...]) -> str:
        """Checksum of all that a part of a tile is computed from."""
        sections = {section for step in steps for section in step.settings}
        seen: list[Any] = [code_key(), self.study.part(sections).content(), self.site.part(sections).content()]
        seen += [[name, frame_key(self.layers[name])] for name in sorted(self.layers)]
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


@dataclass
class ScanPlace:
    """
    One place: what is known of all of it, and what its tiles have given so far.

    Attributes
    ----------
    study : Study
        Settings.
    site : Site
        Where the sun is computed.
    layers : dict of str to DataFrame
        Layers of the sources, and of the steps that ran for the whole place.
    folder : Path
        Where steps and tiles are kept.
    most_buildings : int
        A tile holds no more.
    failed : dict
        Tile → why it gave nothing.
    methods : DataFrame or None
        Where a simple method of heat runs, what that of EN ISO 52016-1 says of the largest tile: `ped_geo.scan.methods.method_differences`.
    provenance : dict
        Where its data come from.
    """

    study: Study
    site: Site
    layers: dict[str, pd.DataFrame]
    folder: Path
    most_buildings: int
    failed: dict[str, str] = field(default_factory=dict)
    methods: pd.DataFrame | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    def form(self) -> None:
        """
        Buildings and blocks of the whole place.

        Raises
        ------
        LayerError
            If a metered total stands for the whole place: tiles cannot share it out.
        """
        self.layers = _steps(self.study, self.site, FORM, self.layers, Store(self.folder / STEPS_FOLDER))
        if (self.layers["metered"]["level"] == "district").any():
            raise LayerError(Sentence("error.register_holds_metered_total_whole", title=self.study.title))

    @cached_property
    def tile_of_block(self) -> pd.Series:
        """Number of the tile of each block."""
        return cut_tiles(self.layers["blocks"], self.most_buildings)

    @cached_property
    def tiles(self) -> tuple[CityTile, ...]:
        """Groups of blocks in their order along the curve, without those where nothing stands."""
        found, counts, numbers = [], self.layers["blocks"]["buildings"], self.tile_of_block
        for number, name in tile_names(numbers):
            own = numbers.index[numbers == number]
            if held := int(counts.loc[own].sum()):
                found.append(CityTile(name, own, held, self.folder / "tiles" / name))
        return tuple(found)

    def tile_part(self, tile: CityTile, part: str) -> TilePart:
        """
        A part of the work on a tile, with what it takes of the whole place.

        Parameters
        ----------
        tile : CityTile
            One of `tiles`.
        part : str
            ``first``, ``sun``, or ``second``, which needs what `between` gives.
        """
        from ped_geo.uncertainty import draws_for

        # a block is drawn as often in its tile as among all buildings
        study = draws_for(self.study, int(self.layers["buildings"]["in_district"].sum()))
        return TilePart(study, self.site, tile.folder, part, self._needed(tile, PARTS[part][0]))

    def between(self) -> None:
        """What tiles give after their first part, the hours in which the whole place heats, and pipes along all streets."""
        kept = self._kept_of_tiles(FIRST_PART)
        self._join(kept, KEPT_FIRST)
        self.layers["heat_profile"] = self._heat_profile()
        self.methods = self._methods()
        self._run_for_all(BETWEEN)

    def sun(self) -> None:
        """What tiles give where the country has no pack: photovoltaics, and no group or way to 2050."""
        import pandas as pd

        from ped_geo import schema
        from ped_geo.roadmap.plan import none_of

        self._join(self._kept_of_tiles(SUN_PART), KEPT_SUN)
        self.layers |= {"scan_roadmap": none_of("roadmap"), "scan_roadmap_types": none_of("roadmap_blocks")}
        nothing = pd.DataFrame(columns=[name for name in schema.columns("candidates") if name != "geometry"])
        self.layers["candidates"] = self.layers["blocks"].iloc[:0][["geometry"]].join(nothing)

    @property
    def complete(self) -> bool:
        """Whether heat, money and balance can be told: the country has a pack."""
        return has_pack(self.study.country)

    def take_kept(self) -> None:
        """
        All that a finished scan knows of the place, without computing a tile.

        Raises
        ------
        LayerError
            If a tile has not ended, or ended on other data.
        """
        self.failed = {tile.name: "" for tile in self.tiles if not (tile.folder / SECOND_PART / "step.json").is_file()}
        if not self.done or any(self.tile_part(tile, FIRST_PART).is_stale() for tile in self.done):
            raise LayerError(Sentence("error.scan_is_not_finished_data", folder=self.study.title))
        self.between()
        self.blocks()

    def blocks(self) -> None:
        """Candidates over all blocks, and the way that is recommended."""
        self._join(self._kept_of_tiles(SECOND_PART), KEPT_SECOND)
        balance = self.layers["balance"]
        pairs = [(block, variant.key) for block in balance.index.unique(level="block_id") for variant in self.study.variants]
        self.layers["balance"] = balance.loc[pairs]
        self._run_for_all(BLOCKS)

    @property
    def done(self) -> tuple[CityTile, ...]:
        """Tiles that have not failed."""
        return tuple(tile for tile in self.tiles if tile.name not in self.failed)

    def _names_in(self, blocks: pd.Index) -> pd.Index:
        buildings = self.layers["buildings"]
        return buildings.index[buildings["in_district"] & buildings["block_id"].isin(blocks)]

    def standing(self) -> dict[str, pd.DataFrame]:
        """The layers without what stands in tiles that failed."""
        if not self.failed:
            return self.layers
        lost = [block for tile in self.tiles if tile.name in self.failed for block in tile.blocks]
        buildings, blocks, pairs = (self.layers[name] for name in ("buildings", "blocks", "adjacency"))
        return self.layers | {
            "buildings": buildings.assign(in_district=buildings["in_district"] & ~buildings["block_id"].isin(lost)),
            "blocks": blocks[~blocks.index.isin(lost)],
            "adjacency": pairs[~(pairs["block_a"].isin(lost) | pairs["block_b"].isin(lost))],
        }

    def _run_for_all(self, steps: tuple[Step, ...]) -> None:
        """Steps for the whole place, without what stands in tiles that failed; the place itself stays whole."""
        made = _steps(self.study, self.site, steps, self.standing(), Store(self.folder / STEPS_FOLDER))
        self.layers |= {name: made[name] for step in steps for name in step.gives}

    def _kept_of_tiles(self, part: str) -> list[dict[str, pd.DataFrame]]:
        if not self.done:
            raise LayerError(Sentence("error.no_tile_could_be_computed", title=self.study.title, first=next(iter(self.failed.values()))))
        return [_kept(tile.folder, part) for tile in self.done]

    def _join(self, kept: list[dict[str, pd.DataFrame]], names: Iterable[str]) -> None:
        """Put what the tiles kept side by side, in an order that does not depend on them."""
        import pandas as pd

        for name in names:
            parts = [each[name] for each in kept if len(each[name])] or [kept[0][name]]
            self.layers[name] = pd.concat(parts).sort_index()

    def _heat_profile(self) -> pd.DataFrame:
        """Hours in which the whole place heats; kept, because tiles let their hours go."""
        from ped_geo.supply import heat_profile

        keys = {tile.name: _key_of(tile.folder, FIRST_PART) for tile in self.done}
        key = hashlib.sha256(json.dumps(sorted(keys.values())).encode()).hexdigest()
        store = Store(self.folder / STEPS_FOLDER)
        found = store.get("heat_profile", key)
        if found is None:
            made = {"heat_profile": heat_profile([self._hours_of(tile, keys[tile.name]) for tile in self.done])}
            store.put("heat_profile", key, made)
            # what is handed on is what is kept
            found = store.get("heat_profile", key) or made
        return found["heat_profile"]

    def _hours_of(self, tile: CityTile, key: str) -> pd.DataFrame:
        """Heating of a tile by the hour; computed once more where it was let go."""
        store = Store(tile.folder / f"{STEPS_FOLDER}-{key[:16]}")
        with contextlib.suppress(OSError):
            found = store.get("demand", _key_of(store.folder, "demand"))
            if found is not None:
                return found["heat_hourly"]
        return _steps(self.study, self.site, FIRST, self._needed(tile, FIRST), store, ("heat_hourly",))["heat_hourly"]

    def _methods(self) -> pd.DataFrame | None:
        """The two methods of heat on the largest tile; kept, because tiles let go what they were computed from."""
        if self.study.demand.method == EXACT:
            return None
        tile = max(self.done, key=lambda one: one.buildings)
        key = _key_of(tile.folder, FIRST_PART)
        store = Store(self.folder / STEPS_FOLDER)
        found = store.get("heat_methods", key)
        if found is None:
            needed, own = self._needed(tile, FIRST), Store(tile.folder / f"{STEPS_FOLDER}-{key[:16]}")
            made = needed | _steps(self.study, self.site, FIRST, needed, own, NEEDED)
            found = {"heat_methods": method_differences(made, self.site, self.study)}
            store.put("heat_methods", key, found)
        return found["heat_methods"]

    def _needed(self, tile: CityTile, steps: tuple[Step, ...]) -> dict[str, pd.DataFrame]:
        """What the steps of a tile take of the whole place."""
        layers = tile_layers(self.layers, tile.blocks, self.study)
        gives = {name for step in steps for name in step.gives}
        return {name: layers[name] for step in steps for name in step.needs if name not in gives}


def _steps(
    study: Study,
    site: Site,
    steps: tuple[Step, ...],
    layers: Mapping[str, pd.DataFrame],
    store: Store,
    more: Iterable[str] = (),
) -> dict[str, pd.DataFrame]:
    store.sweep()
    passing = set(PASSING) - {*KEPT_FIRST, *KEPT_SECOND, *more, *layers}
    return run_steps(steps, study, site, layers, store=store, passing=passing)


def _key_of(folder: Path, part: str) -> str:
    """Key under which a part is kept."""
    return str(json.loads((folder / part / "step.json").read_text(encoding="utf-8"))["key"])


def _kept(folder: Path, part: str) -> dict[str, pd.DataFrame]:
    """What a tile that has just ended well kept of a part."""
    found = Store(folder).get(part, _key_of(folder, part))
    if found is None:
        raise LayerError(Sentence("error.has_changed_since_it_was", folder=folder / part))
    return found
