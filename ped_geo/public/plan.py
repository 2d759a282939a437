"""Public buildings as a group of their own: the layers ``public_buildings`` and ``public_duties``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.countries import pack
from ped_geo.demand.profiles import load_profiles
from ped_geo.finance.prices import price
from ped_geo.finance.weights import bought, weighted
from ped_geo.public.duties import duties, solar_year
from ped_geo.public.ownership import public_sources

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["PublicInputs", "own_use_shares", "public_of"]

TAUGHT: Final = ("school", "kindergarten")
WORKDAYS: Final = "G1"
"""Profile of those who work on weekdays from 8 to 18 h."""
EVERY_DAY: Final = "G0"
KWH_PER_MWH: Final = 1000.0
OPEN_ALWAYS: Final = ("health", "sport", "culture")
NAME: Final = r'"name": "((?:[^"\\]|\\.){1,200})"'


@dataclass(frozen=True)
class PublicInputs:
    """Layers that the public room reads, by their names in the schema; ``inside`` are the buildings of the district."""

    inside: gpd.GeoDataFrame
    footprints: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    need: pd.DataFrame
    final_energy: pd.DataFrame
    economics: pd.DataFrame
    pv_buildings: pd.DataFrame
    pv_hourly: pd.DataFrame
    electricity_hourly: pd.DataFrame


def public_of(given: PublicInputs, site: Site, study: Study) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Layers ``public_buildings`` and ``public_duties``.

    Parameters
    ----------
    given : PublicInputs
        Layers of the run.
    site, study : Site, Study
        Clock and holidays; prices and assumptions.
    """
    source = public_sources(given.inside, given.footprints, given.areas, study)
    group = given.inside[(source != "") & given.inside["heated"].astype(bool)].sort_index()
    tags = given.footprints["tags"].astype("str")
    names = tags[~tags.index.duplicated()].reindex(group.index).fillna("").str.extract(NAME)[0].fillna("")
    roofs = given.pv_buildings.reindex(group.index)
    table = group[["block_id", "use", "reference_area_m2", "geometry"]].assign(
        name=names.astype("str"),
        public_source=source.reindex(group.index).astype("str"),
        pv_kwp=roofs["capacity_kwp"].fillna(0.0),
        pv_kwh_a=roofs["annual_yield_kwh_a"].fillna(0.0),
        solar_duty_year=solar_year(group["reference_area_m2"]),
        **_energy(group.index, given, study),
    )
    table = table.assign(**_audit(table), **own_use_shares(table, given.pv_hourly, given.electricity_hourly, site, study))
    return table, duties(table, study)


def _energy(names: pd.Index, given: PublicInputs, study: Study) -> dict[str, pd.Series]:
    """Final heat, electricity, cost and CO₂ of a year today, and what the standard package would change."""
    import pandas as pd

    ids = given.final_energy.index.get_level_values("building_id")
    final = given.final_energy[ids.isin(names)]
    levels = final.index
    # a place without public buildings has no row to be found
    today = final[(levels.get_level_values("package") == "existing") & (levels.get_level_values("supply") == "today")]
    priced = weighted(today, study).assign(heat=bought(today)).droplevel(["package", "supply"]).reindex(names)
    electricity = given.need["electricity_kwh_a"].xs("existing", level="package").reindex(names).fillna(0.0)
    packages = [name for name in final.index.unique("package") if name != "existing"]
    index = given.economics.index
    wanted = index.get_level_values("building_id").isin(names) & (index.get_level_values("supply") == "today")
    cost = given.economics[wanted]
    after = (
        cost.xs((packages[0], "today"), level=("package", "supply")).reindex(names)
        if packages
        else pd.DataFrame(index=names, columns=cost.columns)
    )
    factor = study.assumed("carriers.co2_electricity") / KWH_PER_MWH
    return {
        "heat_final_kwh_a": priced["heat"].fillna(0.0),
        "electricity_kwh_a": electricity,
        "cost_a": priced["bill_a"].fillna(0.0) + electricity * price("electricity", study),
        "co2_kg_a": priced["co2_kg_a"].fillna(0.0) + electricity * factor,
        "package_investment": after["investment"].astype("float64"),
        "package_grant": after["grant"].astype("float64"),
        "package_saving_a": after["energy_saving_a"].astype("float64"),
    }


def _audit(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Energy by floor against the upper bound of audits of its use."""
    limits = assumptions.table("public_benchmarks").set_index("use")
    use = table["use"].astype("str").where(table["use"].astype("str").isin(limits.index), "other")
    floor = table["reference_area_m2"].where(table["reference_area_m2"] > 0.0)
    heat, power = table["heat_final_kwh_a"] / floor, table["electricity_kwh_a"] / floor
    above = (heat / use.map(limits["heat_high_kwh_m2a"]).astype("float64")).combine(
        power / use.map(limits["electricity_high_kwh_m2a"]).astype("float64"), max
    )
    return {"heat_final_kwh_m2a": heat, "electricity_kwh_m2a": power, "benchmark_ratio": above, "audit_first": above > 1.0}


def own_use_shares(
    table: pd.DataFrame, pv_hourly: pd.DataFrame, electricity_hourly: pd.DataFrame, site: Site, study: Study
) -> dict[str, NDArray[np.float64]]:
    """
    Share of each building's PV that it uses itself, and that its block would use in an energy community.

    Parameters
    ----------
    table : DataFrame
        ``use``, ``block_id``, ``electricity_kwh_a``, ``pv_kwh_a``.
    pv_hourly, electricity_hourly : DataFrame
        Layers by block [kW].
    site, study : Site, Study
        Clock, holidays, and ``public.holiday_use`` of schools.
    """
    hours = pd.DatetimeIndex(pv_hourly.index)
    shapes = load_profiles(hours, site, study.country)
    open_ = shapes[WORKDAYS].to_numpy(dtype="float64")
    taught = open_ * np.where(_in_school_holidays(hours.tz_convert(site.tz), study), study.assumed("public.holiday_use"), 1.0)
    taught /= taught.sum()
    always = shapes[EVERY_DAY].to_numpy(dtype="float64")
    alone, shared = np.full(len(table), np.nan), np.full(len(table), np.nan)
    # a group of a hundred buildings at most is worked out at once for each block
    for block in dict.fromkeys(table["block_id"].astype("str")):
        mine = np.flatnonzero((table["block_id"].astype("str") == block).to_numpy() & (table["pv_kwh_a"] > 0.0).to_numpy())
        if not len(mine) or block not in pv_hourly or not float(pv_hourly[block].sum()):
            continue
        use = table["use"].astype("str").to_numpy()[mine]
        shape = np.where(
            np.isin(use, TAUGHT)[None, :], taught[:, None], np.where(np.isin(use, OPEN_ALWAYS)[None, :], always[:, None], open_[:, None])
        )
        sun = pv_hourly[block].to_numpy(dtype="float64")
        made = (sun / sun.sum())[:, None] * table["pv_kwh_a"].to_numpy()[mine][None, :]
        load = shape * table["electricity_kwh_a"].to_numpy()[mine][None, :]
        around = electricity_hourly[block].to_numpy(dtype="float64") if block in electricity_hourly else load.sum(axis=1)
        total = made.sum(axis=1)
        alone[mine] = np.minimum(load, made).sum(axis=0) / made.sum(axis=0)
        shared[mine] = np.minimum(around, total).sum() / total.sum()
    return {"own_use_share": alone, "community_use_share": shared}


def _in_school_holidays(local: pd.DatetimeIndex, study: Study) -> NDArray[np.bool_]:
    """Whether each hour lies in the long holidays of schools."""
    rows = pack(study.country).table("school_holidays")
    day = local.month.to_numpy() * 100 + local.day.to_numpy()
    starts, ends = (rows[f"{end}_month"].to_numpy(int) * 100 + rows[f"{end}_day"].to_numpy(int) for end in ("from", "to"))
    return np.logical_or.reduce([(day >= start) & (day <= end) for start, end in zip(starts, ends, strict=True)])
