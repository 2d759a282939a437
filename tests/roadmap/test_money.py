"""What works cost to run and save on bills, under energy prices that move, and what lighter works bind: hand sums and identities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ped_geo.roadmap.actions import action_plan
from ped_geo.roadmap.draws import drawn
from ped_geo.roadmap.holdings import LEVERS
from ped_geo.roadmap.outcome import Outcome, payers_of, summary_of, years_of
from ped_geo.roadmap.programmes import fixed_programmes
from ped_geo.roadmap.years import BASE_YEAR, FIRST, TODAY, YEARS
from ped_geo.study import Study
from tests.roadmap.test_courses import STUDY, at_once, outcome, stock

LAST_ROW = 2050 - BASE_YEAR


def test_bills_of_the_last_year_are_those_of_all_works_at_the_prices_of_the_draw():
    """All is done at once, so that a draw's bills are today's times its growth over 25 years, works at the part that is reached."""
    place, draws = stock(), drawn(STUDY, 30)
    found = outcome(at_once(rate=1.0, first=2026), place, replace(draws, pace=np.ones(30)))
    parts = {lever: float((place.saving[lever] + place.running[lever]).sum()) for lever in LEVERS}
    growth = (1 + draws.price_growth) ** (2050 - TODAY)
    by_hand = growth * (draws.saving_reached * parts["retrofit"] + parts["heat_supply"] + parts["pv"])
    assert found.course.bills[:, LAST_ROW] == pytest.approx(by_hand)
    assert found.course.running[:, LAST_ROW] == pytest.approx(sum(float(place.running[lever].sum()) for lever in LEVERS))
    assert draws.price_growth.min() >= -0.01
    assert draws.price_growth.max() <= 0.03
    assert draws.price_growth[0] == 0.0


@pytest.mark.parametrize("key", ["reference", "contract", "vision2050", "late"])
def test_running_cost_and_bills_of_payers_sum_to_those_of_the_place(key):
    found = outcome(fixed_programmes()[key])
    years = years_of(found).set_index("year").loc[FIRST:]
    by_year = payers_of(found).groupby("year")[["running_cost_a", "bills_saved_a"]].sum()
    for name in by_year:
        assert by_year[name].to_numpy() == pytest.approx(years[name].to_numpy()), name
    # the course counts running cost of owners; the heat company's upkeep comes on top
    owners = found.course.running[0, FIRST - BASE_YEAR :]
    assert years["running_cost_a"].to_numpy() - owners == pytest.approx(0.015 * np.cumsum(found.network_plant())[FIRST - BASE_YEAR :])
    for name in ("investment", "bills_saved_a"):
        low, high = (years[name.replace("_a", f"_{end}_a") if name.endswith("_a") else f"{name}_{end}"] for end in ("low", "high"))
        assert (low <= high + 1e-9).all(), name
    told = summary_of(years_of(found), found)
    assert told["investment"] == pytest.approx(years["investment"].sum())
    assert told["bills_saved"] == pytest.approx(years["bills_saved_a"].sum())
    assert told["social_cost_low"] <= told["social_cost_high"]


def test_dearer_energy_saves_more_and_costs_society_less():
    """The same course under the low and the high end of energy prices."""
    place, draws = stock(), drawn(STUDY, 5)
    ends = [outcome(at_once(), place, replace(draws, price_growth=np.full(5, growth))) for growth in (-0.01, 0.0, 0.03)]
    saved, cost = ([float(summary_of(years_of(one), one)[name]) for one in ends] for name in ("bills_saved", "social_cost"))
    assert saved[0] < saved[1] < saved[2]
    assert cost[0] > cost[1] > cost[2]
    assert all(one.emissions == pytest.approx(ends[0].emissions) for one in ends)


@pytest.mark.parametrize("key", ["reference", "vision2050"])
def test_what_lighter_works_bind_is_what_the_furthest_would_save_on_the_same_course(key):
    """An independent way: the place with the furthest package everywhere, led through the same years."""
    place = stock()
    furthest = replace(place, works_before=place.works_before + place.deeper_before, works_after=place.works_after + place.deeper_after)
    found, further = (outcome(fixed_programmes()[key], one) for one in (place, furthest))
    years = years_of(found).set_index("year")
    assert further.course.done["retrofit"] == pytest.approx(found.course.done["retrofit"])
    gain = found.emissions[0] - further.emissions[0]
    assert years["co2_locked_t_a"].to_numpy() == pytest.approx(gain, abs=1e-9)
    light = np.arange(len(place)) % 3 == 0
    floor = found.course.done["retrofit"][:, light] @ place.area[light]
    assert years["area_locked_m2"].to_numpy() == pytest.approx(floor)
    assert (years["area_locked_m2"] <= years["area_usual_m2"] + years["area_further_m2"] + 1e-9).all()


def test_works_are_free_again_when_their_cycle_ends():
    """With envelopes that last ten years, what was done by 2040 binds nothing in 2050."""
    brief = Study(name="x", country="PL", overrides={"roadmap.envelope_life": 10})
    found = outcome(at_once(rate=0.05, first=2027))
    short = Outcome(**{**vars(found), "study": brief})
    share = short.locked()[0][LAST_ROW]
    done = found.course.done["retrofit"]
    light = np.arange(len(found.stock)) % 3 == 0
    assert share[light] == pytest.approx((done[LAST_ROW] - done[2040 - BASE_YEAR])[light])
    assert not share[~light].any()
    assert found.locked()[0][LAST_ROW][light] == pytest.approx(done[LAST_ROW][light])


def test_running_costs_of_actions_are_those_of_the_payers_in_the_last_year():
    found = outcome(fixed_programmes()["vision2050"])
    plan = action_plan(found, np.zeros(len(found.stock), dtype=bool))
    paid = payers_of(found)
    last = paid[paid["year"] == YEARS[-1]]["running_cost_a"].sum()
    assert plan["running_cost_a"].sum() == pytest.approx(last)
    assert (plan.loc[plan["lever"] == "retrofit", "running_cost_a"] == 0).all()
