"""
The steps in their order, from the sources to the products.

Read `STEPS` from top to bottom: it is the pipeline. What each takes and gives stands in its signature (`stages`); running, keeping
and resuming are the business of `ped_geo.engine`, fetching and writing of `run`. Steps that do not need each other's layers run
side by side, and every layer passes one door, where it is checked against the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ped_geo import engine, schema
from ped_geo.engine import Progress, SideBySide, Step, Store
from ped_geo.language import money_of
from ped_geo.pipeline import group_stages, reader_stages, stages
from ped_geo.pipeline.whereabouts import refuse_abroad
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

__all__ = ["FORM_STEPS", "MODEL_LAYERS", "PASSING", "RAW_LAYERS", "STEPS", "run_steps"]

RAW_LAYERS = ("boundary", "footprints", "ways", "areas", "points_of_interest", "surfaces")
MODEL_LAYERS = ("surface_model", "terrain_model", "hills")

STEPS: tuple[Step, ...] = (
    stages.buildings,
    stages.check,
    stages.streets,
    reader_stages.surroundings,
    stages.blocks,
    stages.access,
    stages.trees,
    stages.roofs,
    stages.shading,
    stages.solar,
    stages.irradiation,
    stages.beyond_roofs,
    stages.green,
    stages.mobility,
    stages.envelope,
    stages.packages,
    stages.demand,
    stages.heat_profile,
    stages.summer,
    stages.ages,
    stages.heat_routes,
    stages.supply,
    stages.plausibility,
    reader_stages.caveats,
    stages.levers,
    stages.storage,
    stages.finance,
    stages.balance,
    group_stages.balance_spread,
    group_stages.districts,
    group_stages.recommendation,
    group_stages.payers,
    group_stages.verdicts,
    group_stages.gap_measures,
    group_stages.uncertainty,
    group_stages.requests,
    group_stages.ranking,
    group_stages.kpis,
    group_stages.block_types,
    group_stages.public,
    group_stages.lighting,
    group_stages.sharing,
    group_stages.networks,
    group_stages.scorecards,
    group_stages.roadmap,
    group_stages.months,
    group_stages.figures,
)

FORM_STEPS: tuple[Step, ...] = STEPS[: STEPS.index(stages.irradiation) + 1]
"""Steps that ask nothing of a country: form, roofs, shading and sun."""

PASSING: Final = (
    *("elements_listed", "thermal_state", "packages_cost", "period_need", "use_need", "final_energy", "balance_spread"),
    *("buildings_drawn", "module_arrays", "horizons", "heat_hourly", "hot_water_hourly", "heat_profile"),
)
"""Large layers that no product reads: a run lets them go after the last step that needs them."""


def run_steps(
    steps: tuple[Step, ...],
    study: Study,
    site: Site,
    layers: engine.Layers,
    *,
    store: Store | None,
    progress: Progress | None = None,
    side_by_side: SideBySide | None = None,
    passing: Collection[str] = (),
) -> dict[str, pd.DataFrame]:
    """
    Run steps of one place, or take their kept results; every layer is checked against the schema.

    Parameters
    ----------
    steps : tuple of Step
        `STEPS`, or the first of them.
    study : Study
        Settings.
    site : Site
        Where the sun is computed.
    layers : mapping of str to DataFrame
        Layers of the sources.
    store, progress, side_by_side, passing
        As `ped_geo.engine.run_steps` takes them.

    Returns
    -------
    dict of str to DataFrame
        The layers that went in, and all that the steps gave.

    Raises
    ------
    LayerError
        If a layer is missing or not what the schema declares.
    StudyError
        If the study names no country and the site lies abroad.
    """
    refuse_abroad(study, site)
    given: dict[str, engine.Given] = {"study": study, "site": site}
    with money_of(study.country):
        return engine.run_steps(
            steps, given, layers, store=store, check=schema.check_layer, progress=progress, side_by_side=side_by_side, passing=passing
        )
