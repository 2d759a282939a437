"""The action plan: who does what by when, one record for each kind of works, owner and stage."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.annuity import annuity_factor
from ped_geo.finance.parties import GRANT_GIVER, HEAT_COMPANY
from ped_geo.flows import CARRIERS
from ped_geo.roadmap.holdings import LEVERS
from ped_geo.roadmap.outcome import Outcome
from ped_geo.roadmap.years import BASE_YEAR, FIRST, LAST, TODAY, YEARS

__all__ = ["COUNTED_YEARS", "STAGES", "action_plan"]

Floats = npt.NDArray[np.float64]
KG_PER_T = 1000.0
KWH_PER_MWH = 1000.0
RESIDENTS: Final = "residents"
NETWORK = CARRIERS.index("district_heat")
STAGES: Final = ("plan", "pilot", "scale", "replicate")
COUNTED_YEARS: Final = (2030, 2040, 2050)
PARTNERS: Final = {
    "retrofit": "city;residents;banks",
    "heat_supply": "grid_company;heat_company;residents",
    "pv": "grid_company;residents",
    "network": "heat_producers;city",
    "mobility": "city;grid_company;owners",
    "prepare": "owners;banks;universities",
    "monitor": "owners;heat_company;grid_company",
    "replicate": "owners;universities",
}
UNITS: Final = {"retrofit": "m2", "heat_supply": "m2", "pv": "kWp", "network": "MWh/a", "mobility": "cars"}
DOMAINS: Final = {"retrofit": "buildings", "heat_supply": "energy", "pv": "energy", "network": "energy", "mobility": "transport"}
_EMPTY: Final = ("quantity", "capex", "running_cost_a", "grant", "energy_saving_mwh_a", "renewable_mwh_a", "cost_per_t")


def _changes(outcome: Outcome, lever: str, mine: npt.NDArray[np.bool_]) -> Floats:
    """Change of bought energy by one lever of some holdings, shape (years, carriers); those of all levers sum to the whole change."""
    stock, done = outcome.stock, outcome.course.done
    works, supply, pv = (done[name][:, mine] for name in LEVERS)
    if lever == "pv":
        change = np.zeros((len(YEARS), len(CARRIERS)))
        change[:, CARRIERS.index("electricity")] = -(pv @ stock.pv_used[mine])
        return change
    if lever == "heat_supply":
        return np.asarray(supply @ stock.supply_before[mine])
    reached = outcome.draws.saving_reached[0]
    return np.asarray(reached * (((1 - supply) * works) @ stock.works_before[mine] + (supply * works) @ stock.works_after[mine]))


def _works(outcome: Outcome, lever: str, owner: str, stage: str, mine: npt.NDArray[np.bool_]) -> dict[str, object] | None:
    """Record of one kind of works of one owner in one stage; None where nothing is done."""
    stock, course, study = outcome.stock, outcome.course, outcome.study
    done = course.done[lever][:, mine] @ stock.size[lever][mine]
    steps = np.flatnonzero(np.diff(done, prepend=0.0) > 1e-9)
    if len(steps) == 0 or done[-1] <= 1e-6:
        return None
    change = _changes(outcome, lever, mine)
    co2 = -(change * outcome.factors.co2).sum(axis=1) / KG_PER_T
    net, grant = (float(table[lever][:, mine].sum()) for table in (course.net, course.grants))
    share = course.done[lever][-1, mine]
    ahead = YEARS >= FIRST
    rate = float(annuity_factor(study.assumed("finance.discount_rate_social"), study.finance.horizon_a))
    # the last year's works against the mean factors of the years ahead, as the order of works was made
    tonnes = float(-(change[-1] @ outcome.factors.co2[ahead].mean(axis=0))) / KG_PER_T
    yearly = (net + grant) * rate - float(share @ stock.saving[lever][mine])
    return {
        "id": f"{lever}/{owner}/{stage}",
        "lever": lever,
        "domain": DOMAINS[lever],
        "blocks": ";".join(sorted(set(stock.block[mine & (stock.size[lever] > 0) & (course.done[lever][-1] > 0)]))),
        "responsible": owner,
        "partners": ";".join(name for name in PARTNERS[lever].split(";") if name != owner),
        "stage": stage,
        "start": int(YEARS[steps[0]]),
        "end": int(YEARS[steps[-1]]),
        "quantity": float(done[-1]),
        "unit": UNITS[lever],
        "capex": net + grant,
        "running_cost_a": float(share @ stock.running[lever][mine]),
        "grant": grant,
        "funding": "own_and_grant" if grant > 0 else "own",
        "energy_saving_mwh_a": float(-change[-1].sum()) / KWH_PER_MWH,
        "renewable_mwh_a": float(share @ (stock.pv_used + stock.pv_exported)[mine]) / KWH_PER_MWH if lever == "pv" else 0.0,
        **{f"co2_saving_{year}_t_a": float(co2[year - BASE_YEAR]) + 0.0 for year in COUNTED_YEARS},
        "cost_per_t": yearly / tonnes if tonnes > 0 else np.nan,
        "depends_on": "",
        "indicator": {"retrofit": "renovated_area", "heat_supply": "changed_supply_area", "pv": "pv_power"}[lever],
        "data_quality": "computed",
    }


def _network(outcome: Outcome) -> dict[str, object] | None:
    """Record of the heat company's clean sources, which the path of the network's factor takes for granted."""
    course, co2 = outcome.course, outcome.factors.co2[:, NETWORK]
    heat = course.flows[0, :, NETWORK]
    paid = outcome.network_plant()
    steps = np.flatnonzero(paid > 0)
    if heat[-1] <= 0 or len(steps) == 0:
        return None
    at = TODAY - BASE_YEAR
    saved = {
        f"co2_saving_{year}_t_a": float(heat[year - BASE_YEAR] * (co2[at] - co2[year - BASE_YEAR])) / KG_PER_T for year in COUNTED_YEARS
    }
    return {
        "id": "network/heat_company/scale",
        "lever": "network",
        "domain": DOMAINS["network"],
        "blocks": "",
        "responsible": HEAT_COMPANY,
        "partners": PARTNERS["network"],
        "stage": "scale",
        "start": int(YEARS[steps[0]]),
        "end": int(YEARS[steps[-1]]),
        "quantity": float(heat[-1]) / KWH_PER_MWH,
        "unit": UNITS["network"],
        "capex": float(paid.sum()),
        "running_cost_a": float(outcome.network_upkeep()[-1]),
        "grant": 0.0,
        "funding": "heat_price",
        "energy_saving_mwh_a": 0.0,
        "renewable_mwh_a": np.nan,
        **saved,
        "cost_per_t": np.nan,
        "depends_on": "",
        "indicator": "network_co2",
        "data_quality": "path",
    }


def _mobility(outcome: Outcome) -> dict[str, object] | None:
    """Record of the residents' change to electric cars, which the market brings; None where nobody has a car."""
    cars = outcome.cars
    if cars is None or cars.count <= 0:
        return None
    grid, at = outcome.factors.co2[:, CARRIERS.index("electricity")], TODAY - BASE_YEAR
    # against the fleet of today in each year, with that year's grid
    saved = (cars.fuel[at] - cars.fuel) * cars.fuel_co2 - (cars.electricity - cars.electricity[at]) * grid
    return {
        "id": "mobility/residents/scale",
        "lever": "mobility",
        "domain": DOMAINS["mobility"],
        "blocks": "",
        "responsible": RESIDENTS,
        "partners": PARTNERS["mobility"],
        "stage": "scale",
        "start": FIRST,
        "end": LAST,
        "unit": UNITS["mobility"],
        "funding": "own",
        **dict.fromkeys(_EMPTY, np.nan),
        "quantity": float(cars.count * (cars.share[-1] - cars.share[at])),
        "energy_saving_mwh_a": float(cars.fuel[at] - cars.fuel[-1] - cars.electricity[-1] + cars.electricity[at]) / KWH_PER_MWH,
        **{f"co2_saving_{year}_t_a": float(saved[year - BASE_YEAR]) / KG_PER_T for year in COUNTED_YEARS},
        "depends_on": "",
        "indicator": "electric_cars",
        "data_quality": "path",
    }


def _enabling(lever: str, stage: str, first_year: int, depends_on: str) -> dict[str, object]:
    """Record of a task that saves nothing by itself."""
    years = {"prepare": (min(FIRST, first_year), first_year), "monitor": (first_year, LAST), "replicate": (first_year + 3, LAST)}
    return {
        "id": f"{lever}/city/{stage}",
        "lever": lever,
        "domain": "buildings",
        "blocks": "",
        "responsible": "city",
        "partners": PARTNERS[lever],
        "stage": stage,
        "start": years[lever][0],
        "end": min(years[lever][1], LAST),
        "unit": "",
        "funding": "",
        **dict.fromkeys(_EMPTY, np.nan),
        **{f"co2_saving_{year}_t_a": np.nan for year in COUNTED_YEARS},
        "depends_on": depends_on,
        "indicator": {"prepare": "owners_decided", "monitor": "yearly_inventory", "replicate": "places_followed"}[lever],
        "data_quality": "not_computed",
    }


def action_plan(outcome: Outcome, pilots: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """
    Layer ``roadmap_actions`` of one scenario.

    Parameters
    ----------
    outcome : Outcome
        The scenario that is planned.
    pilots : ndarray of bool, shape (holdings,)
        Holdings that go first.

    Returns
    -------
    DataFrame
        Index ``id``; in the order of start, then of the fall of CO₂ in the last year.
    """
    stock = outcome.stock
    rows: list[dict[str, object]] = []
    for lever in LEVERS:
        for owner in sorted(set(stock.owner)):
            for stage, part in (("pilot", pilots), ("scale", ~pilots)):
                found = _works(outcome, lever, str(owner), stage, part & (stock.owner == owner))
                if found is not None:
                    rows.append(found)
    known = {str(row["id"]) for row in rows}
    for row in rows:
        earlier = f"{row['lever']}/{row['responsible']}/pilot"
        before = [earlier] if row["stage"] == "scale" and earlier in known else ["prepare/city/plan"]
        works = f"retrofit/{row['responsible']}/{row['stage']}"
        row["depends_on"] = ";".join([*before, works] if row["lever"] == "heat_supply" and works in known else before)
    network = _network(outcome)
    mobility = _mobility(outcome) if outcome.study.roadmap.mobility else None
    rows += [record for record in (network, mobility) if record is not None]
    first = outcome.programme.first_year
    rows += [_enabling("prepare", "plan", first, ""), _enabling("monitor", "plan", first, "prepare/city/plan")]
    rows.append(_enabling("replicate", "replicate", first, "monitor/city/plan"))
    table = pd.DataFrame(rows)
    table.insert(1, "scenario", outcome.programme.key)
    order = np.lexsort((-table["co2_saving_2050_t_a"].fillna(0.0).to_numpy(float), table["start"].to_numpy(int)))
    table = table.iloc[order].set_index("id")
    table.index = table.index.astype("str")
    return table.assign(payer=np.where(table["grant"].fillna(0.0) > 0, table["responsible"] + ";" + GRANT_GIVER, table["responsible"]))
