"""`Place`: the pipeline for one place from Python, in memory, computing what is asked for and no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from ped_geo import schema
from ped_geo.countries import has_pack, packs
from ped_geo.engine import steps_to
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.pipeline import FORM_STEPS, STEPS, run_steps
from ped_geo.pipeline.preflight import preflight
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.pipeline.whereabouts import settled
from ped_geo.remarks import sentences
from ped_geo.scan.inputs import SOURCES
from ped_geo.site import Site
from ped_geo.sources import refined_place
from ped_geo.sources.frames import place_of_frames
from ped_geo.study import Study, checked_study, slug

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from ped_geo.sources import RawPlace

__all__ = ["Place"]

PV_LAYERS = {"building": "pv_buildings", "array": "pv_arrays", "hour": "pv_hourly"}
DEMAND_LAYERS = {"building": "need", "hour": "heat_hourly"}


class Place:
    """
    Buildings, streets and a boundary, and everything that the pipeline can say of them.

    Layers are computed when they are first asked for, by the same stages as a run of the command line, and kept in the object.
    No file is written. Coordinates are computed in the national system or the UTM zone of the place, whatever system the frames
    are in; the layers that come back name theirs.

    Parameters
    ----------
    study : Study
        Settings.
    site : Site
        Where the sun is computed.
    layers : mapping of str to DataFrame
        Layers of the sources, in the working system, with the weather.

    Examples
    --------
    Buildings of one's own, with three columns:

    >>> import geopandas, ped_geo, shapely
    >>> corners = [(0, 0), (0, 40), (80, 0), (80, 40)]
    >>> shapes = [shapely.box(7430000 + x, 5550000 + y, 7430060 + x, 5550012 + y) for x, y in corners]
    >>> own = geopandas.GeoDataFrame({"storeys": [5] * 4, "year": [1974] * 4}, geometry=shapes, crs=2178)
    >>> place = ped_geo.Place.from_frames(buildings=own, country="PL")
    >>> len(place.blocks), place.buildings["storeys_above_ground"].tolist(), place.buildings["construction_period"].unique().tolist()
    (1, [5, 5, 5, 5], ['PL.03'])
    >>> sorted(place.variants)[:2]
    ['advanced_clean_heat_all_pv', 'cost_optimal_clean_heat_all_pv']

    What the roofs yield and what the buildings need, with the units of the columns:

    >>> roofs, needs = place.pv(), place.demand("existing")
    >>> bool((roofs["annual_yield_kwh_a"] > 0.0).all()), bool((needs["heat_need_kwh_a"] > 0.0).all())
    (True, True)
    >>> place.pv(by="hour").shape, place.units("need")["heat_need_kwh_a"]
    ((8760, 1), 'kWh/a')

    The balance of each block, the groups that come nearest to a positive one, and what to look at in the data:

    >>> place.balance("today_pv")["primary_energy_balance_kwh_a"]  # doctest: +SKIP
    >>> place.candidates()[["goal", "rank", "geometry"]]  # doctest: +SKIP
    >>> print(*place.remarks, sep="\\n")  # doctest: +SKIP

    Places of files, of names that OpenStreetMap knows, and of district files:

    >>> ped_geo.Place.from_file("footprints.gpkg", boundary="district.geojson", country="PL")  # doctest: +SKIP
    >>> ped_geo.Place.from_name("Osiedle Mistrzejowice, Kraków", country="PL")  # doctest: +SKIP
    >>> ped_geo.Place.from_study(parse_study(Path("bienczyce.toml").read_text(), name="bienczyce"))  # doctest: +SKIP
    """

    def __init__(self, study: Study, site: Site, layers: Mapping[str, pd.DataFrame]) -> None:
        self.study, self.site = study, site
        self._layers = dict(layers)

    @classmethod
    def from_frames(
        cls,
        *,
        buildings: gpd.GeoDataFrame,
        streets: gpd.GeoDataFrame | None = None,
        boundary: gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry | None = None,
        country: str = "",
        weather: pd.DataFrame | Path | str = "builtin",
        columns: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> Place:
        """
        A place of frames in memory.

        Parameters
        ----------
        buildings : GeoDataFrame
            Polygons with a coordinate system. Columns that are there are used under OSM's keys or the names that files may have,
            such as ``storeys``, ``height`` [m], ``year``, ``use``, ``roof:shape``, ``flats``; what is missing is inferred, and the
            layer `buildings` says which. Without a column ``building_id`` a named index, else the row's number, names a building.
        streets : GeoDataFrame, optional
            Lines with a coordinate system, which bound blocks; OSM's ``highway`` where known.
        boundary : GeoDataFrame, GeoSeries or polygon, optional
            The district; a bare polygon is in the system of `buildings`. Default: the hull of the buildings and 30 m around.
        country : str
            Code of two letters; default: that of the place.
        weather : DataFrame, path or str
            A year of hours as `ped_geo.sources.frames.weather_of_frame` takes it, an ``.epw`` file, or the name of a source:
            ``builtin`` needs no network.
        columns : mapping, optional
            OSM's key → column of `buildings`, for columns with other names.
        **settings
            ``name``, ``title``, ``assumptions`` and the sections of a district file, for example ``solar={"facades": True}``.

        Raises
        ------
        LayerError
            With everything that is wrong with the frames.
        StudyError
            With everything that is wrong with the settings.
        SourceError
            If no building lies inside the boundary, or the weather cannot serve.
        """
        sources, year = _weather_setting(weather)
        study = _study({**settings, "country": country}, sources)
        with TemporaryDirectory() as nowhere:
            raw = refined_place(study, place_of_frames(study, buildings, streets, boundary, columns), Path(nowhere), refresh=False)
            return cls._of_raw(study, raw, year, Path(nowhere))

    @classmethod
    def from_file(
        cls,
        path: Path | str,
        *,
        streets: Path | str | None = None,
        boundary: Path | str | None = None,
        country: str = "",
        weather: pd.DataFrame | Path | str = "builtin",
        **settings: Any,
    ) -> Place:
        """
        A place of files: footprints as GeoPackage, GeoParquet, GeoJSON or Shapefile, OpenStreetMap extracts, BDOT10k packages.

        Parameters
        ----------
        path : path
            Buildings, and streets where the file holds them.
        streets, boundary : path, optional
            Further files.
        country, weather, settings
            As `from_frames` takes them.

        Raises
        ------
        PedGeoError
            As `from_frames`, and if a file cannot be read.
        """
        source = SOURCES.get(Path(path).suffix.lower())
        if source is None:
            raise StudyError(Sentence("error.has_ending_that_names_no", name=Path(path).name, names=", ".join(SOURCES)))
        sources, year = _weather_setting(weather)
        sources |= {"buildings": source, "files": (Path(path).absolute(),)}
        if streets is not None:
            sources["streets_files"] = (Path(streets).absolute(),)
        where = {**settings.pop("place", {}), **({"boundary_file": Path(boundary).absolute()} if boundary is not None else {})}
        return cls.from_study(
            _study({"name": slug(Path(path).stem), **settings, "country": country, "place": where}, sources), weather=year
        )

    @classmethod
    def from_name(cls, name: str, *, country: str = "", weather: pd.DataFrame | Path | str = "builtin", **settings: Any) -> Place:
        """
        A place by its name: ``sample-estate``, or a place that OpenStreetMap knows, which needs a network.

        Parameters
        ----------
        name : str
            As a person would type it into a map.
        country, weather, settings
            As `from_frames` takes them.

        Raises
        ------
        PedGeoError
            As `from_frames`, and if the place cannot be had.
        """
        sources, year = _weather_setting(weather)
        if name == "sample-estate":
            return cls.from_study(
                _study({"name": name, "sample": True, **settings, "country": country}, {**sources, "buildings": "sample"}), weather=year
            )
        where = {**settings.pop("place", {}), "query": name}
        return cls.from_study(
            _study({"name": slug(name), "title": name, **settings, "country": country, "place": where}, sources), weather=year
        )

    @classmethod
    def from_study(cls, study: Study, *, raw: Path | None = None, weather: pd.DataFrame | None = None) -> Place:
        """
        A place with the settings of a district file, see `ped_geo.study.parse_study`.

        Parameters
        ----------
        study : Study
            Settings.
        raw : Path, optional
            Folder that holds ``data/raw`` with frozen snapshots; what is fetched is frozen there. Default: nothing is kept.
        weather : DataFrame, optional
            A year of hours in place of the study's source.

        Raises
        ------
        PedGeoError
            If the place cannot be had.
        """
        with TemporaryDirectory() as nowhere:
            root = Path(raw or nowhere)
            preflight(study, Path(nowhere))
            return cls._of_raw(study, fetch(study, root), weather, root)

    @classmethod
    def _of_raw(cls, study: Study, raw: RawPlace, weather: pd.DataFrame | None, root: Path) -> Place:
        located = settled(study, raw)
        site, layers, _ = inputs(located, raw, root, refresh=False, weather=weather)
        return cls(located, site, layers)

    def layer(self, name: str) -> Any:
        """
        One layer, computed if it has not been asked for yet.

        Parameters
        ----------
        name : str
            A layer of a source or of a step (`layer_names`); its columns, with units, stand in the data dictionary.

        Returns
        -------
        DataFrame or GeoDataFrame
            A copy: what the caller changes changes no later result.

        Raises
        ------
        StudyError
            If no step gives the layer, or only steps that need a country's pack and there is none.
        """
        if name not in self._layers:
            self._compute(name)
        return self._layers[name].copy()

    def _compute(self, name: str) -> None:
        country = self.study.country
        steps = STEPS if has_pack(country) else FORM_STEPS
        if not any(name in step.gives for step in STEPS):
            raise StudyError(Sentence("error.there_is_no_layer_layers", name=name, names=", ".join(self.layer_names)))
        if not any(name in step.gives for step in steps):
            raise StudyError(Sentence("error.layer_needs_country_s_typology", name=name, country=country, names=", ".join(packs())))
        wanted = steps_to([name], steps, self._layers)
        made = {given for step in wanted for given in step.gives}
        needed = {layer for step in wanted for layer in step.needs if layer not in made}
        computed = run_steps(wanted, self.study, self.site, {layer: self._layers[layer] for layer in needed}, store=None)
        self._layers |= {given: computed[given] for given in made}

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names that `layer` takes."""
        given = {name for step in STEPS for name in step.gives}
        return tuple(sorted(given | set(self._layers)))

    @property
    def variants(self) -> tuple[str, ...]:
        """Keys of the futures that are put side by side, which `balance` takes."""
        return tuple(variant.key for variant in self.study.variants)

    @property
    def buildings(self) -> gpd.GeoDataFrame:
        """Buildings of the district by ``building_id``, with what is known or inferred of them, and how (``…_source``)."""
        frame = self.layer("buildings")
        return frame[frame["in_district"]]

    @property
    def blocks(self) -> gpd.GeoDataFrame:
        """Urban blocks by ``block_id``: areas [m²], dwellings, residents, floor space index."""
        return self.layer("blocks")

    @property
    def remarks(self) -> list[str]:
        """What is odd about the data, in sentences: columns that nothing reads, weather from far away."""
        return sentences(self.layer("remarks"), "en")

    def units(self, name: str) -> dict[str, str]:
        """
        Unit of each numeric column of a layer.

        Examples
        --------
        >>> Place(Study(name="x"), Site(50.0, 20.0), {}).units("pv_buildings")["annual_yield_kwh_a"]
        'kWh/a'
        """
        return {column.name: column.unit for column in schema.columns(name).values() if column.unit}

    def pv(self, by: Literal["building", "array", "hour"] = "building") -> pd.DataFrame:
        """
        Photovoltaics that fit on the roofs, and what they yield.

        Parameters
        ----------
        by : {'building', 'array', 'hour'}
            ``building``: power [kWp], yield [kWh/a] and loss by shade; ``array``: the modules on each plane; ``hour``: power of
            each block [kW], 8760 rows in UTC.

        Raises
        ------
        StudyError
            If `by` is none of them.
        """
        return self.layer(_chosen(by, PV_LAYERS, "by"))

    def demand(self, package: str = "existing", *, by: Literal["building", "hour"] = "building") -> pd.DataFrame:
        """
        Heat, hot water and electricity with a retrofit package.

        Parameters
        ----------
        package : str
            ``existing``: as the buildings are today; others are those of ``[retrofit] packages`` and of the variants.
        by : {'building', 'hour'}
            ``building``: needs of a year [kWh/a]; ``hour``: space heating of each block [kW], 8760 rows in UTC.

        Raises
        ------
        StudyError
            If the package was not computed, or the country has no pack.
        """
        frame = self.layer(_chosen(by, DEMAND_LAYERS, "by"))
        axis = frame.columns if by == "hour" else frame.index
        level = "package"
        known = axis.unique(level=level)
        return frame.xs(
            _chosen(package, dict.fromkeys(known, package), "package"), level=level, axis="columns" if by == "hour" else "index"
        )

    def balance(self, variant: str = "today_pv") -> pd.DataFrame:
        """
        Yearly balance of each block in one variant: energy by carrier [kWh/a], primary energy [kWh/a], CO₂ [kg/a], cost.

        Parameters
        ----------
        variant : str
            One of `variants`.

        Raises
        ------
        StudyError
            If there is no such variant, or the country has no pack.
        """
        key = _chosen(variant, dict.fromkeys(self.variants, variant), "variant")
        return self.layer("balance").xs(key, level="variant")

    def candidates(self) -> gpd.GeoDataFrame:
        """Groups of neighbouring blocks that come nearest to, or over, a positive balance, by goal and rank."""
        return self.layer("candidates")


def _chosen(word: str, known: Mapping[str, str], what: str) -> str:
    if word not in known:
        raise StudyError(Sentence("error.is_must_be_one_2", what=what, word=word, names=", ".join(map(str, known))))
    return known[word]


def _weather_setting(weather: pd.DataFrame | Path | str) -> tuple[dict[str, Any], pd.DataFrame | None]:
    """Settings of ``[sources]`` for a weather, and the frame where it is one."""
    if isinstance(weather, Path) or (isinstance(weather, str) and weather.lower().endswith(".epw")):
        return {"weather": "epw", "weather_file": Path(weather).absolute()}, None
    return ({"weather": weather}, None) if isinstance(weather, str) else ({"weather": "builtin"}, weather)


def _study(settings: Mapping[str, Any], sources: Mapping[str, Any]) -> Study:
    given = {"name": "place", **settings}
    return checked_study({**given, "sources": {**given.get("sources", {}), **sources}}, "the settings of a place")
