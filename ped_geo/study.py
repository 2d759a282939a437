"""
`Study`: the validated, frozen settings of one run, read from ``districts/<name>.toml``.

A district file says where (`PlaceSettings`) and only what differs from the defaults written here. Every section is a small model;
a stage reads its own section and the assumptions, nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from ped_geo import assumptions
from ped_geo.bounds import assumption_problems, letter_problems
from ped_geo.countries import pack, pack_or_form, packs
from ped_geo.district_files import district_file, settings_of, slug
from ped_geo.errors import StudyError
from ped_geo.flows import CANOPY, FACADE
from ped_geo.language import catalogue
from ped_geo.language.sentences import Sentence
from ped_geo.settings import Fraction, Register, Roadmap, Section, Sources

__all__ = [
    "BATTERY",
    "HEAT_STORE",
    "NO_STORAGE",
    "VARIANTS",
    "Balance",
    "Blocks",
    "Buildings",
    "Demand",
    "Districts",
    "Finance",
    "Outputs",
    "PlaceSettings",
    "Register",
    "Retrofit",
    "Roadmap",
    "Sharing",
    "Solar",
    "Sources",
    "Study",
    "Supply",
    "Uncertainty",
    "Variant",
    "checked_study",
    "district_file",
    "parse_study",
    "slug",
]

SHARED = ("variants", "overrides", "country")
"""What every stage may read."""

SPOKEN = "title"
"""What messages of every stage may name; no result depends on it."""

NO_STORAGE, BATTERY, HEAT_STORE = "none", "battery", "heat_store"

# "existing" is TABULA's name of a building as it was built
State = Annotated[
    Literal["", "existing", "original", "first_etics", "usual", "advanced"],
    AfterValidator(lambda state: "original" if state == "existing" else state),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]


class PlaceSettings(Section):
    """
    Where the district lies: the first of ``boundary_file``, ``prg``, ``query``, ``bbox``, ``centre`` that is given is used.

    A name means a place, a boundary or a residential area. One that is none of them, only a point, or lies outside ``bbox`` or
    the circle falls back to ``bbox``, then to ``centre`` and ``radius_m``; the report says which was used. With none of them, the
    extent of a local file serves.
    """

    query: str = Field("", max_length=200, description="place name for Nominatim")
    boundary_file: Path | None = Field(None, description="polygon file: GeoJSON, GeoPackage, Shapefile")
    boundary_feature: str = Field("", max_length=200, description="name or code (TERYT) of one polygon of that file; empty: all of them")
    prg: str = Field(
        "", max_length=200, description="name or TERYT code of a Polish administrative unit, fetched from the national register"
    )
    bbox: tuple[float, float, float, float] | None = Field(None, description="west, south, east, north in degrees")
    centre: tuple[float, float] | None = Field(None, description="longitude, latitude in degrees")
    radius_m: float = Field(450.0, ge=1, le=20_000, description="radius around the centre, m")
    epsg: int | None = Field(None, ge=1, le=1_000_000, description="projected CRS; default: PL-2000 zone in Poland, UTM elsewhere")
    buffer_m: float = Field(200.0, ge=0, le=2_000, description="ring outside the district whose buildings shade and inform, m")

    @model_validator(mode="after")
    def _bounds_are_degrees(self) -> PlaceSettings:
        if self.bbox is not None:
            west, south, east, north = self.bbox
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError(Sentence("error.bbox_is_must_be_west", bbox=list(self.bbox)))
        if self.centre is not None and not (-180 <= self.centre[0] <= 180 and -90 <= self.centre[1] <= 90):
            raise ValueError(Sentence("error.centre_is_must_be_longitude", centre=list(self.centre)))
        return self


class Buildings(Section):
    """How footprints become buildings."""

    min_area_m2: float = Field(12.0, ge=0, le=500, description="smaller footprints are set aside, m²")
    min_heated_area_m2: float = Field(30.0, ge=0, le=500, description="smaller buildings are taken as unheated, m²")
    construction_period: str = Field("", description="TABULA year class of untagged buildings, for example PL.03; empty: inferred")
    period_shares: tuple[float, ...] = Field(
        (), description="shares of the country's TABULA year classes in the stock of the place, oldest first; empty: those of the country"
    )
    refurbishment_state: State = Field("", description="state of untagged dwellings; empty: inferred")
    heat_supply: str = Field("", description="heat supply of untagged buildings, a word of the layer buildings; empty: inferred")
    residents: float | None = Field(
        None, ge=1, le=50_000_000, description="residents of the district, if known; buildings are scaled to it"
    )
    dwellings: float | None = Field(
        None, ge=1, le=20_000_000, description="dwellings of the district, if known; buildings are scaled to it"
    )

    @model_validator(mode="after")
    def _shares_are_shares(self) -> Buildings:
        shares = self.period_shares
        if shares and not (min(shares) >= 0.0 and 0.0 < sum(shares) < math.inf):
            raise ValueError(Sentence("error.buildings_period_shares_must_hold_numbers"))
        return self


class Blocks(Section):
    """How streets become urban blocks."""

    min_area_m2: float = Field(1_500.0, ge=0, le=1_000_000, description="smaller faces are merged into a neighbour, m²")
    max_area_m2: float = Field(
        120_000.0, ge=100, le=100_000_000, description="larger faces are divided by service roads, then by paths, m²"
    )
    max_carriageway_gap_m: float = Field(40.0, ge=0, le=500, description="narrower faces between parallel carriageways are merged, m")
    tile_m: float = Field(250.0, ge=20, le=5_000, description="cell size where there are no streets, m")

    @model_validator(mode="after")
    def _least_is_less(self) -> Blocks:
        if not self.min_area_m2 < self.max_area_m2:
            raise ValueError(
                Sentence("error.blocks_min_area_m2_is_and_max_area_m2", min_area_m2=self.min_area_m2, max_area_m2=self.max_area_m2)
            )
        return self


class Solar(Section):
    """Roof planes, module layout, shading and yield."""

    flat_rack: Literal["east_west", "south"] = "east_west"
    flat_tilt: float = Field(10.0, ge=0, le=60, description="module tilt on flat roofs, degrees")
    ground_cover_ratio: float | None = Field(None, ge=0.05, le=1, description="of rows on flat roofs; default: shade-free at winter noon")
    setback_m: float = Field(0.5, ge=0, le=5, description="free strip along roof edges, m")
    facades: bool = False
    facade_min_height_m: float = Field(6.0, ge=0, le=300)
    shading: Literal["exact", "raster", "none"] = "exact"
    directions: int = Field(72, ge=36, le=360, description="horizon directions")
    points_per_plane: int = Field(9, ge=1, le=100)
    radius_m: float = Field(200.0, ge=1, le=5_000, description="distance within which buildings shade, m")
    min_specific_yield_kwh_kwp_a: float = Field(600.0, ge=0, le=3_000, description="arrays below this yield are left out, kWh/(kWp·a)")
    raster_m: float = Field(1.0, ge=0.1, le=10, description="pixel of the irradiation raster, m")


class Demand(Section):
    """Heat, hot water and electricity."""

    method: Literal["seasonal", "hourly", "iso52016"] = "iso52016"
    typology: Literal["code_consistent", "tabula"] = Field("code_consistent", description="walls after 1993: by the code or as published")
    metered_level: bool = Field(False, description="TABULA's correction from calculated to metered use")
    intermittency: Literal["tabula", "night", "none"] = Field(
        "tabula", description="rooms heated less and at night less: TABULA's factor, a lower set-point at night, or neither"
    )
    electric_cars_share: Fraction = 0.0
    calibration_bounds: tuple[float, float] = Field((0.5, 1.5), description="least and greatest factor metered totals may apply")

    @model_validator(mode="after")
    def _bounds_hold_one(self) -> Demand:
        low, high = self.calibration_bounds
        if not 0.01 <= low <= 1.0 <= high <= 100.0:
            raise ValueError(Sentence("error.demand_calibration_bounds_is_must_be", value=[low, high]))
        return self


class Retrofit(Section):
    """Retrofit packages to be computed."""

    packages: tuple[str, ...] = Field(("existing", "usual", "advanced", "wt2021", "near_zero", "cost_optimal"), min_length=1)


class Supply(Section):
    """What buildings are supplied with, today and as options."""

    options: tuple[str, ...] = ("today", "heat_pump_air", "district_heat_decarbonised")


class Balance(Section):
    """The verdict's definition: boundary, factors and the credit for exports (EN ISO 52000-1)."""

    factor_set: str = Field("", description="a set of the tables weighting_factors.csv; default: that of the country")
    k_exp: Fraction = Field(1.0, description="share of the avoided grid resources that exports are credited with")
    export_credit: Literal["symmetric", "asymmetric", "zero"] = "symmetric"
    boundary: Literal["geographical", "functional", "virtual"] = "geographical"
    timestep: Literal["hourly", "monthly", "yearly"] = Field("hourly", description="step within which own production meets own use")
    load_matching: bool = Field(False, description="apply the standard's matching factor; meant for monthly and yearly steps")
    uses: Literal["all", "building_services"] = Field("all", description="whether households' electricity belongs to the assessment")
    cogeneration: Literal["power_bonus", "carnot", "alternative"] = Field(
        "power_bonus", description="how the gas of engines is shared between heat and power (EN 15316-4-5)"
    )


class Finance(Section):
    """Prices, interest and grants."""

    discount_rate: Fraction = 0.04
    horizon_a: int = Field(30, ge=1, le=60)
    grants: bool = True
    least_npv_per_m2: float = Field(
        0.0, ge=-1_000_000, le=1_000_000, description="least net present value for each m² of a way that is recommended short of the goal"
    )


class Districts(Section):
    """Limits of candidate districts."""

    min_reference_area_m2: float = Field(5_000.0, ge=0, le=1_000_000_000)
    min_residents: float = Field(
        50.0, ge=0, le=50_000_000, description="least residents of a candidate; fewer only where no group reaches so many"
    )
    min_probability: Fraction = Field(
        0.5, description="least chance of being positive; a block is searched with the balance that it keeps so"
    )
    max_blocks: int = Field(60, ge=1, le=100_000)
    max_reference_area_m2: float | None = Field(None, ge=1, le=1_000_000_000, description="default: no limit")
    min_share: Fraction = Field(0.0, description="least share of all area; above 0 the whole place is searched, not areas around seeds")
    cover: Literal["reference_area_m2", "residents"] = Field("reference_area_m2", description="what a candidate should cover most of")
    max_walk_m: float = Field(600.0, ge=1, le=100_000, description="radius of candidates around a seed, m")
    alternatives: int = Field(3, ge=1, le=20)
    max_overlap: Fraction = Field(0.3, description="greatest share of its area that an alternative may share with a better one")
    one_heat_network: bool = Field(False, description="candidates of blocks that are on the heat network, or of blocks that are not")
    one_owner: bool = Field(False, description="candidates of one kind of owner")
    must_include: tuple[str, ...] = ()
    must_not_include: tuple[str, ...] = ()
    seconds: float = Field(20.0, ge=0.01, le=86_400, description="work allowed to the exact search, s of one ordinary core")


class Sharing(Section):
    """Energy communities: the day whose law applies, and what it asks about the place."""

    law_on: date = Field(date(2026, 1, 1), description="day whose law decides which forms of sharing are open")
    in_city: bool = Field(True, description="whether the commune is a town (gmina miejska)")


class Outputs(Section):
    """Files beside those that every run writes."""

    formats: tuple[Literal["flatgeobuf", "geojson"], ...] = Field((), description="further formats of the layers")


class Uncertainty(Section):
    """Monte Carlo over the inputs that are guessed."""

    draws: int = Field(2_000, ge=100, le=1_000_000)
    seed: int = Field(20_180_101, ge=0, le=2**63 - 1)


class Variant(Section):
    """One future that is put side by side: a retrofit package, a heat supply, with or without PV and storage."""

    key: str = Field(min_length=1, max_length=64)
    package: str
    supply: str = "today"
    pv: bool = False
    modules: Literal["roofs", "facades", "canopies"] = Field("roofs", description="how far PV goes: roofs, façades too, car parks as well")
    storage: Literal["none", "battery", "heat_store"] = Field("none", description="battery beside the PV, or store for heat of heat pumps")

    @model_validator(mode="after")
    def _a_battery_has_modules(self) -> Variant:
        if self.storage == BATTERY and not self.pv:
            raise ValueError(Sentence("error.variants_has_storage_battery_and", key=self.key))
        return self

    @property
    def places(self) -> tuple[str, ...]:
        """Places beyond the roofs that carry modules where the variant has PV."""
        return {"roofs": (), "facades": (FACADE,), "canopies": (FACADE, CANOPY)}[self.modules]


VARIANTS = (
    Variant(key="today", package="existing"),
    Variant(key="today_pv", package="existing", pv=True),
    Variant(key="cost_optimal_pv", package="cost_optimal", pv=True),
    Variant(key="cost_optimal_clean_heat_pv", package="cost_optimal", supply="district_heat_decarbonised", pv=True),
    Variant(key="usual_clean_heat_pv", package="usual", supply="district_heat_decarbonised", pv=True),
    Variant(key="cost_optimal_clean_heat_all_pv", package="cost_optimal", supply="district_heat_decarbonised", pv=True, modules="canopies"),
    Variant(key="advanced_clean_heat_all_pv", package="advanced", supply="district_heat_decarbonised", pv=True, modules="canopies"),
    Variant(key="cost_optimal_ground_heat_pump_pv", package="cost_optimal", supply="heat_pump_ground", pv=True),
    Variant(key="near_zero_heat_pump_pv", package="near_zero", supply="heat_pump_air", pv=True),
)
"""
The ways that are tried where a district file names none, from nothing to the deepest.

Where buildings are on a heat network, the network can be kept and made clean, or left for heat pumps; where there is none, boreholes
serve heat pumps of a package that pays (`ped_geo.plans.variant_space`). Façades carry modules in
every way with PV where ``[solar] facades`` is set, else only in ways whose ``modules`` say so. None has a store: where an exported
kilowatt-hour counts like a delivered one a battery only loses, and whether a heat store pays hangs on a price of tanks that is assumed.
"""


class Study(Section):
    """
    The frozen settings of one run.

    Attributes
    ----------
    name : str
        Lower-case name used for folders and files.
    title : str
        Name shown to people.
    place, sources, buildings, blocks, solar, demand, retrofit, supply, balance, finance, districts, sharing, roadmap, uncertainty, outputs
        One section each, see the classes of the same name.
    variants : tuple of Variant
        The futures put side by side.
    overrides : mapping
        ``[assumptions]`` of the district file: full key → value.
    sample : bool
        True for places that are not real; every output then says so.
    """

    name: Slug
    title: str = Field("", max_length=200)
    country: str = Field("", pattern="^([A-Z]{2})?$", description="code of two letters; default: that of the place")
    sample: bool = False
    place: PlaceSettings = PlaceSettings()
    sources: Sources = Sources()
    buildings: Buildings = Buildings()
    blocks: Blocks = Blocks()
    solar: Solar = Solar()
    demand: Demand = Demand()
    retrofit: Retrofit = Retrofit()
    supply: Supply = Supply()
    balance: Balance = Balance()
    finance: Finance = Finance()
    districts: Districts = Districts()
    sharing: Sharing = Sharing()
    roadmap: Roadmap = Roadmap()
    uncertainty: Uncertainty = Uncertainty()
    outputs: Outputs = Outputs()
    variants: tuple[Variant, ...] = Field(VARIANTS, min_length=1, max_length=100)
    overrides: dict[str, float] = Field(default_factory=dict, alias="assumptions")

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
    _folder: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _a_share_of_every_period(self) -> Study:
        known = [self.country] if self.country else packs()
        counts = sorted({len(pack_or_form(code).periods) for code in known})
        if self.buildings.period_shares and len(self.buildings.period_shares) not in counts:
            raise ValueError(
                Sentence(
                    "error.buildings_period_shares_holds_numbers_must_be",
                    count=len(self.buildings.period_shares),
                    names="/".join(map(str, counts)),
                    names_2=", ".join(known),
                )
            )
        return self

    @property
    def folder(self) -> Path:
        """Folder that relative paths of the district file start from."""
        return self._folder

    @property
    def shown_variant(self) -> Variant:
        """The variant that is shown where none could be recommended: the last one with PV, else the last."""
        return ([variant for variant in self.variants if variant.pv] or list(self.variants))[-1]

    @property
    def factor_set(self) -> str:
        """
        Name of the weighting factors: the one that is set, else that of the country.

        Examples
        --------
        >>> Study(name="x").factor_set, Study(name="x", balance=Balance(factor_set="pl_audits")).factor_set
        ('pl_certificates_2023', 'pl_audits')
        """
        return self.balance.factor_set or pack(self.country).factor_set

    def part(self, sections: Iterable[str]) -> Study:
        """
        The study with these sections alone, beside the variants, assumptions and the country, which reach all stages.

        Reading another section raises AttributeError, so that a stage cannot depend on a setting that it does not name.

        Examples
        --------
        >>> hasattr(Study(name="x").part(["solar"]), "finance")
        False
        """
        kept = {*sections, *SHARED, SPOKEN}
        part = self.model_copy()
        for name in set(type(self).model_fields) - kept:
            del part.__dict__[name]
        return part

    def content(self) -> dict[str, object]:
        """All settings that are there and that results may depend on, as JSON can hold them."""
        return {name: _plain(getattr(self, name)) for name in sorted(type(self).model_fields) if name in self.__dict__ and name != SPOKEN}

    def assumed(self, key: str) -> float:
        """
        Value of an assumption in this study: the district's override, else the cited value of its country, else the common one.

        Parameters
        ----------
        key : str
            Full key, for example ``pv.module_wp``.

        Raises
        ------
        StudyError
            If no such assumption exists.

        Examples
        --------
        >>> Study(name="x").assumed("building.t_internal")
        20.0
        >>> Study(name="x", overrides={"building.t_internal": 21}).assumed("building.t_internal")
        21.0
        """
        default = assumptions.scalar(key, self.country).value
        return float(self.overrides.get(key, default))

    def assumed_range(self, key: str) -> tuple[float, float]:
        """
        Plausible range of an assumption in this study: that of its source, or the district's own value alone.

        Examples
        --------
        >>> Study(name="x").assumed_range("building.t_internal")
        (19.0, 22.0)
        >>> Study(name="x", overrides={"building.t_internal": 21}).assumed_range("building.t_internal")
        (21.0, 21.0)
        """
        known = assumptions.scalar(key, self.country)
        return (self.assumed(key), self.assumed(key)) if key in self.overrides else (known.low, known.high)


def _plain(value: object) -> object:
    """A setting as JSON can hold it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _nearest(place: Sequence[str]) -> str:
    """The setting or section that a misspelt one is most like, in brackets; empty where none is near."""
    import difflib

    section = Study.model_fields[place[0]].annotation if len(place) == 2 and place[0] in Study.model_fields else None
    fields = getattr(section, "model_fields", {}) if len(place) == 2 else Study.model_fields
    close = difflib.get_close_matches(place[-1], fields, n=1) if place else []
    return Sentence("error.nearest", name=close[0]) if close else ""


def _reason(error: Mapping[str, Any]) -> str:
    """The rule of a setting that its value breaks; in English alone where the library has one that no setting uses yet."""
    key = f"error.rule.{error['type']}"
    if key in catalogue():
        return Sentence(key, **{name: value for name, value in error.get("ctx", {}).items() if name != "error"})
    reason = str(error["msg"])
    return reason[:1].lower() + reason[1:]


def _sentence(error: Mapping[str, Any]) -> str:
    place = [str(part) for part in error["loc"]]
    where = f"[{place[0]}] {'.'.join(place[1:])}".strip() if len(place) > 1 else ".".join(place) or "the file"
    if error["type"] == "extra_forbidden":
        return Sentence("error.is_not_known_setting_see", where=where, nearest=_nearest(place))
    if error["type"] == "value_error":
        (reason,) = error["ctx"]["error"].args
        return reason
    reason = _reason(error)
    try:
        shown = repr(error["input"])
    except (RecursionError, ValueError):
        shown = Sentence("error.too_deep_to_show")
    return Sentence("error.is", where=where, told=shown if len(shown) < 80 else shown[:77] + "...", reason=reason)


def parse_study(text: str, *, name: str, folder: Path, subject: str = "") -> Study:
    """
    Read a district file's text into a validated study.

    Parameters
    ----------
    text : str
        TOML text.
    name : str
        Used where the file gives no ``name``; made lower-case, everything but letters and digits becomes a hyphen.
    folder : Path
        Folder that relative paths in the file start from.
    subject : str
        What the file is called in messages.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        With every problem of the file at once.

    Examples
    --------
    >>> parse_study("[place]\\nbbox = [19.99, 50.09, 20.01, 50.11]", name="My Place", folder=Path(".")).name
    'my-place'
    """
    subject = subject or f"district file {name!r}"
    settings = settings_of(text, subject)
    # before the folder, whose name is the user's own, is put before paths
    problems = list(letter_problems(settings))
    settings.setdefault("name", slug(name))
    for key in (
        "boundary_file",
        "weather_file",
        "surface_model",
        "terrain_model",
        "population_grid",
        "census",
        "heat_network",
        "corrections",
    ):
        value = settings.get("place" if key == "boundary_file" else "sources")
        if isinstance(value, dict) and isinstance(value.get(key), str):
            value[key] = str(folder / value[key])
    for key in ("files", "streets_files", "second_files", "citygml_files", "timetable"):
        value = settings.get("sources")
        if isinstance(value, dict) and isinstance(value.get(key), list):
            value[key] = [str(folder / path) if isinstance(path, str) else path for path in value[key]]
    registers = settings["sources"].get("registers") if isinstance(settings.get("sources"), dict) else None
    for register in registers if isinstance(registers, list) else []:
        if isinstance(register, dict) and isinstance(register.get("file"), str):
            register["file"] = str(folder / register["file"])
    assumed = settings.get("assumptions")
    problems += assumption_problems(assumed, str(settings.get("country", ""))) if isinstance(assumed, dict) else ()
    study = checked_study(settings, subject, problems)
    study._folder = folder  # noqa: SLF001 a private attribute, so that no district file sets it
    return study


def checked_study(settings: Mapping[str, Any], subject: str, problems: Iterable[str] = ()) -> Study:
    """
    A validated study of settings as a district file's TOML gives them.

    Parameters
    ----------
    settings : mapping
        With ``name``.
    subject : str
        What the settings are called in messages.
    problems : iterable of str
        Problems that are known already.

    Raises
    ------
    StudyError
        With every problem at once.

    Examples
    --------
    >>> checked_study({"name": "x", "solar": {"flat_tilt": 99}}, "the settings")
    Traceback (most recent call last):
    ped_geo.errors.StudyError: the settings: [solar] flat_tilt is 99: input should be less than or equal to 60.0
    """
    told = list(problems)
    try:
        study = Study.model_validate(dict(settings))
    except ValidationError as error:
        raise StudyError(subject, [*(_sentence(dict(problem)) for problem in error.errors()), *told]) from None
    if told:
        raise StudyError(subject, told)
    return study if study.title else study.model_copy(update={"title": study.name})
