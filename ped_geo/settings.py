"""What all sections of a district file have in common, and the sections of the sources and of the roadmap."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ped_geo.language.sentences import Sentence

__all__ = ["Fraction", "Register", "Roadmap", "Section", "Sources"]

Fraction = Annotated[float, Field(ge=0, le=1)]
CalendarYear = Annotated[int, Field(ge=2019, le=2050)]
Money = Annotated[float, Field(ge=0, le=1e12)]


class Section(BaseModel):
    """A section of a district file: frozen, without unknown settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Register(Section):
    """A table of the city as CSV: what its columns mean is said here, by our names."""

    file: Path
    kind: Literal["heat_supply", "metered", "public", "building_uses", "years", "works"] = Field(
        description="what heats a building, metered totals, the city's own buildings, uses, years of construction, or works on the envelope"
    )
    heat_supply: str = Field(
        "", max_length=100, description="what heats the buildings of the file where no column says: district_heat for a list of connections"
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="our name = column of the file: building_id or street and housenumber; heat_supply; id, level, carrier, value; use; year; refurbishment_state",
    )
    unit: Literal["kWh", "MWh", "GJ"] = Field("kWh", description="unit of the column value, per year")
    level: Literal["building", "block", "district"] = Field("building", description="what a row of metered totals stands for")
    carrier: Literal["heat", "space_heat", "electricity"] = Field("heat", description="what was metered, where no column says")


class Sources(Section):
    """Which provider serves what, and how the network is used."""

    buildings: str = Field("osm", description="source of buildings and streets: a file of ped_geo/sources")
    files: tuple[Path, ...] = Field((), description="local input files of that source")
    files_crs: str = Field("", max_length=4_000, description="system of vector files and tables that name none, for example EPSG:2180")
    layer: str = Field("", max_length=200, description="layer of those files that holds the buildings; empty: recognised")
    id: str = Field("", max_length=200, description="column of those files with the identifier of each building; empty: recognised")
    encoding: str = Field(
        "", max_length=40, description="code page of those files' letters where they tell none or a wrong one, for example cp1250"
    )
    attribution: str = Field(
        "", max_length=300, description="whose data those files are, as products name it; empty: the names of the files"
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="our name = column of those files: use, storeys_above_ground, construction_year, heat_supply, refurbishment_state, street, housenumber, name, height_m, dwellings, roof_shape, roof_height_m, roof_levels, heritage",
    )
    words: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="by our name a small table: word of those files = our word, for example heat_supply.kotłownia = gas",
    )
    streets_files: tuple[Path, ...] = Field((), description="streets, where the buildings' source has none")
    weather: str = Field(
        "auto", description="auto: the file where one is named, else PVGIS, else the built-in climate; or one by name: epw, pvgis, builtin"
    )
    weather_file: Path | None = None
    second: str = Field("", description="second source of footprints, joined by overlap to fill gaps: bdot10k, overture, footprints_file")
    second_files: tuple[Path, ...] = Field((), description="files of the second source")
    registers: tuple[Register, ...] = Field((), description="tables of the city: stoves and network connections, metered heat")
    population_grid: Path | None = Field(
        None, description="cells with their number of residents, such as a census' kilometre grid: polygons, or a CSV of grid codes"
    )
    population_column: str = Field("", max_length=100, description="column of that file with the number of residents; empty: recognised")
    census: Path | None = Field(
        None,
        description="dwellings or buildings of the place by construction years and kind, as CSV: kind, year_from, year_to, number, place",
    )
    corrections: Path | None = Field(
        None,
        description="corrections of buildings and blocks by hand; default: NAME.corrections.gpkg beside the district file, else the one among the products",
    )
    timetable: tuple[Path, ...] = Field((), description="timetables of public transport as GTFS files (ZIP), several are taken together")
    street_lamps: float | None = Field(
        None, gt=0, le=10_000_000, description="luminaires of the place, if known; estimates are scaled to it"
    )
    heat_network: Path | None = Field(
        None, description="pipes of the heat network that is there: lines, with DN, temperatures, year and owner where known"
    )
    citygml_files: tuple[Path, ...] = Field((), description="LoD1/LoD2 building models that refine heights and roofs")
    citygml_crs: str = Field("", max_length=4_000, description="system of building models that name none, for example EPSG:25833")
    surface_model: Path | None = Field(None, description="GeoTIFF of ground, buildings and trees, m above datum")
    terrain_model: Path | None = Field(None, description="GeoTIFF of the ground, m above datum")
    elevation: str = Field(
        "", description="where terrain and surface models are fetched from when no file is named: gugik, Poland's NMT and NMPT"
    )
    elevation_crs: str = Field(
        "", max_length=4_000, description="system of rasters that name none, with vertical datum, for example EPSG:2180+9651"
    )
    teryt: str = Field("", pattern=r"^(\d{4})?$", description="county code; source bdot10k without files is fetched for it")
    geoportal_url: str = "https://opendata.geoportal.gov.pl"
    prg_url: str = "https://opendata.geoportal.gov.pl/prg/granice/00_jednostki_administracyjne.zip"
    terrain_index_url: str = "https://mapy.geoportal.gov.pl/wss/service/PZGIK/NumerycznyModelTerenuEVRF2007/WFS/Skorowidze"
    surface_index_url: str = "https://mapy.geoportal.gov.pl/wss/service/PZGIK/NumerycznyModelPokryciaTerenuEVRF2007/WFS/Skorowidze"
    overpass_url: str = "https://overpass-api.de/api"
    nominatim_url: str = "https://nominatim.openstreetmap.org"
    pvgis_url: str = "https://re.jrc.ec.europa.eu/api/v5_3/"
    timeout_s: float = Field(90.0, gt=0, le=600)
    attempts: int = Field(4, ge=1, le=10)
    longest_wait_s: float = Field(60.0, ge=0, le=600, description="longest single wait between attempts, s")

    @model_validator(mode="after")
    def _code_page_is_known(self) -> Sources:
        try:
            codecs.lookup(self.encoding or "utf-8")
        except (LookupError, ValueError):
            raise ValueError(Sentence("error.sources_encoding_is_no_known", encoding=self.encoding)) from None
        return self


class Roadmap(Section):
    """The way to 2050: targets, the city's own rates and dates, and what payers can pay in a year."""

    targets: dict[CalendarYear, Fraction] = Field(
        default_factory=dict, description="year = fall of CO₂ against 2018 that is asked for, 0 to 1; none is guessed"
    )
    order: Literal["social", "owner"] = Field(
        "social", description="order of works in the city's own scenario: cost per tonne to society, or the owner's net present value"
    )
    first_year: int | None = Field(None, ge=2026, le=2050, description="first year of works of the city's own scenario")
    retrofit_rate: Fraction | None = Field(None, description="share of the heated floor that can be renovated in a year")
    heat_supply_rate: Fraction | None = Field(None, description="share of the floor whose heat supply can be changed in a year")
    pv_rate: Fraction | None = Field(None, description="share of the roofs' PV that can be built in a year")
    budgets: dict[Literal["cooperative", "household", "city", "company", "parish", "municipality", "state"], Money] = Field(
        default_factory=dict, description="what a kind of owner, or the state as grants, can pay in a year; no limit where none is given"
    )
    network_co2: dict[CalendarYear, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict, description="year = CO₂ of the heat network by its company's plan, kg/kWh; else the country's path"
    )
    mobility: bool = Field(False, description="whether targets count the cars of the residents; else they are told beside")
    fuel_carbon_price: bool = Field(True, description="count the carbon price on fuels of buildings (ETS2) in bills")
    draws: int = Field(500, ge=50, le=20_000, description="draws for bands and the chance of a target")

    @property
    def own(self) -> bool:
        """Whether the city has a scenario of its own beside the fixed ones."""
        rates = (self.retrofit_rate, self.heat_supply_rate, self.pv_rate, self.first_year)
        return bool(self.budgets) or any(value is not None for value in rates)
