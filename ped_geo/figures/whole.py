"""Figures of the whole place: what stands there, what would be asked of its data, and what its results are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.balance import factor_set
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.figures import PER_FLOOR, place_figure
from ped_geo.flows import CANOPY, FACADE

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Layers
    from ped_geo.study import Study

NAN = float("nan")
WH_PER_KWH, W_PER_KW = 1000.0, 1000.0


def _heated(layers: Layers) -> pd.DataFrame:
    buildings: pd.DataFrame = layers["buildings"]
    return buildings[buildings["in_district"] & buildings["heated"].astype(bool)]


def _heat_of_package(layers: Layers, package: str) -> float:
    """Space-heating demand of all buildings by heated floor [kWh/(m²·a)]."""
    need, floor = layers["need"], float(layers["blocks"]["reference_area_m2"].sum())
    if package not in need.index.get_level_values("package") or floor <= LEAST_FLOOR_M2:
        return NAN
    return float(need.xs(package, level="package")["heat_need_kwh_a"].sum()) / floor


@place_figure("heat_existing", unit=PER_FLOOR, digits=1, label=("Space-heating demand today", "Energia użytkowa do ogrzewania dziś"))
def heat_existing(layers: Layers, study: Study) -> float:
    """Useful heat today by heated floor [kWh/(m²·a)]."""
    del study
    return _heat_of_package(layers, "existing")


@place_figure(
    "heat_advanced",
    unit=PER_FLOOR,
    digits=1,
    label=("Space-heating demand after the advanced package", "Energia użytkowa do ogrzewania po pakiecie zaawansowanym"),
)
def heat_advanced(layers: Layers, study: Study) -> float:
    """Useful heat after the advanced package by heated floor [kWh/(m²·a)]."""
    del study
    return _heat_of_package(layers, "advanced")


@place_figure("heated_buildings", unit="", label=("Heated buildings", "Budynki ogrzewane"))
def heated_buildings(layers: Layers, study: Study) -> float:
    """Buildings that are heated."""
    del study
    return float(len(_heated(layers)))


@place_figure("undated", unit="", label=("Heated buildings of unsure age", "Budynki ogrzewane o niepewnym wieku"))
def undated(layers: Layers, study: Study) -> float:
    """Heated buildings whose construction period is not certain."""
    del study
    return float((_heated(layers)["construction_period_probability"] < 1.0).sum())


@place_figure("field_work_share", unit="%", label=("Doubt that field work would take", "Wątpliwość, którą usunęłyby wizyty"), times=100.0)
def field_work_share(layers: Layers, study: Study) -> float:
    """Share of the doubt about years that the buildings on the list of field work have [-]."""
    del study
    visits = layers["field_work"]
    return float(visits["doubt_share"].sum()) if len(visits) else NAN


@place_figure("least_floor", unit="m²", label=("Least floor of a candidate", "Najmniejsza powierzchnia kandydata"))
def least_floor(layers: Layers, study: Study) -> float:
    """Heated floor that a group must have at least to be a candidate [m²]."""
    section = study.districts
    covered = section.min_share * float(layers["blocks"]["reference_area_m2"].sum())
    return max([LEAST_FLOOR_M2, *([section.min_reference_area_m2, covered] if section.cover == "reference_area_m2" else [])])


@place_figure("primary_per_kwp", unit="kWh/kWp", label=("Primary energy credited to new modules", "Energia pierwotna z nowych modułów"))
def primary_per_kwp(layers: Layers, study: Study) -> float:
    """Primary energy of the electricity of a kWp of new modules; by the yield assumed to the south where none fit [kWh/kWp]."""
    roofs = layers["pv_buildings"]
    power, made = float(roofs["capacity_kwp"].sum()), float(roofs["annual_yield_kwh_a"].sum())
    specific = made / power if power > 0.0 and made > 0.0 else study.assumed("pv.yield_s15")
    return specific * float(factor_set(study.factor_set, study).weight("electricity")[1])


@place_figure("module_m2_per_kwp", unit="m²/kWp", digits=2, label=("Area of modules", "Powierzchnia modułów"))
def module_area(layers: Layers, study: Study) -> float:
    """Area of modules of a kWp [m²/kWp]."""
    del layers
    return study.assumed("pv.module_area") / study.assumed("pv.module_wp") * W_PER_KW


@place_figure("yield_best", unit="kWh/kWp", label=("Best yield of modules", "Najwyższy uzysk modułów"))
def yield_best(layers: Layers, study: Study) -> float:
    """Yield of the best array of modules [kWh/(kWp·a)]."""
    del study
    arrays = layers["pv_arrays"]
    return float(arrays["specific_yield_kwh_kwp_a"].max()) if len(arrays) else NAN


def _modules(layers: Layers, place: str) -> float:
    power = layers["pv_places"]["capacity_kwp"]
    return float(power[power.index.get_level_values("place") == place].sum())


@place_figure("facade_kwp", unit="kWp", digits=1, label=("PV that fits on façades", "PV mieszcząca się na elewacjach"))
def facade_kwp(layers: Layers, study: Study) -> float:
    """Power of the modules on façades that a variant of the study asks for [kWp]."""
    del study
    return _modules(layers, FACADE)


@place_figure("canopy_kwp", unit="kWp", digits=1, label=("PV that fits over car parks", "PV mieszcząca się nad parkingami"))
def canopy_kwp(layers: Layers, study: Study) -> float:
    """Power of the modules over car parks that a variant of the study asks for [kWp]."""
    del study
    return _modules(layers, CANOPY)


def _sun(layers: Layers, study: Study) -> float:
    """Light of the place's year over that of the reference yields: a module makes more under more sun [-]."""
    return float(layers["weather"]["ghi"].sum()) / WH_PER_KWH / study.assumed("climate.ghi_year")


@place_figure("yield_least_expected", unit="kWh/kWp", label=("Least yield expected", "Najmniejszy spodziewany uzysk"))
def yield_least_expected(layers: Layers, study: Study) -> float:
    """Yield of modules to the east and west under the place's sun [kWh/(kWp·a)]."""
    return _sun(layers, study) * study.assumed("pv.yield_ew10")


@place_figure("yield_most_expected", unit="kWh/kWp", label=("Most yield expected", "Największy spodziewany uzysk"))
def yield_most_expected(layers: Layers, study: Study) -> float:
    """Yield of modules steep to the south under the place's sun, at its upper bound [kWh/(kWp·a)]."""
    return _sun(layers, study) * study.assumed_range("pv.yield_s35")[1]


@place_figure("check_energy", unit="%", digits=2, label=("Hours by roofs", "Godziny do dachów"), times=100.0)
def check_energy(layers: Layers, study: Study) -> float:
    """Yield of all hours over that of all roofs; 1 where there is none [-]."""
    del study
    hourly, roofs = float(layers["pv_hourly"].to_numpy(dtype="float64").sum()), float(layers["pv_buildings"]["annual_yield_kwh_a"].sum())
    return hourly / roofs if roofs else 1.0


@place_figure("check_area", unit="%", digits=4, label=("Blocks by district", "Kwartały do obszaru"), times=100.0)
def check_area(layers: Layers, study: Study) -> float:
    """Area of all blocks over that within the boundary [-]."""
    del study
    return float(layers["blocks"].area.sum() / layers["boundary"].area.sum())


@place_figure("check_seasonal", unit="%", label=("Hourly by seasonal need", "Godzinowe do sezonowego"), times=100.0)
def check_seasonal(layers: Layers, study: Study) -> float:
    """Space-heating demand by hours over that by seasons [-]."""
    del study
    need = layers["need"]
    seasonal = float(need["heat_need_seasonal_kwh_a"].sum()) if "heat_need_seasonal_kwh_a" in need else 0.0
    return float(need["heat_need_kwh_a"].sum()) / seasonal if seasonal > 0.0 else NAN


def _too_warm(layers: Layers, climate: str) -> float:
    """Hours in which rooms of the place as it stands are warmer than the fixed limit, mean over heated floor [h/a]."""
    totals = layers.get("summer_totals")
    key = ("existing", "none", climate)
    return NAN if totals is None or key not in totals.index else float(totals.at[key, "fixed_hours_h"])


@place_figure("summer_today", unit="h/a", label=("Rooms too warm today", "Za ciepło w pomieszczeniach dziś"))
def summer_today(layers: Layers, study: Study) -> float:
    """Hours above the fixed limit in the weather of today [h/a]."""
    del study
    return _too_warm(layers, "today")


@place_figure("summer_future", unit="h/a", label=("Rooms too warm in a hot future year", "Za ciepło w przyszłym gorącym roku"))
def summer_future(layers: Layers, study: Study) -> float:
    """Hours above the fixed limit in a hot year of the middle of the century [h/a]."""
    del study
    return _too_warm(layers, "hot_future")


def _metered(layers: Layers, use: str) -> pd.Series:
    """Factors of the buildings whose use was set at a metered level [-]."""
    factors: pd.DataFrame = layers["calibration"]
    return factors[factors[f"{use}_level"] != ""][f"{use}_factor"]


@place_figure("metered_heat_factor", unit="", digits=2, label=("Metered by computed heat", "Ciepło zmierzone do obliczonego"))
def metered_heat_factor(layers: Layers, study: Study) -> float:
    """Mean factor that was applied to space heating [-]."""
    del study
    return float(_metered(layers, "space_heat").mean())


@place_figure(
    "metered_power_factor",
    unit="",
    digits=2,
    label=("Metered by computed electricity", "Zmierzone zużycie energii elektrycznej do obliczonego"),
)
def metered_power_factor(layers: Layers, study: Study) -> float:
    """Mean factor that was applied to electricity [-]."""
    del study
    return float(_metered(layers, "electricity").mean())
