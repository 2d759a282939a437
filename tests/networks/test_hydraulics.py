"""
Pressure and temperature of a sized network beside those that pandapipes 0.16.0 solved for it.

pandapipes asks for a pandas below 3, so it cannot stand in the environment of the tests: ``pandapipes_town.csv`` keeps what it found for
the flow side of `town`, with the water of each level, Colebrook's friction, roughness 0.05 mm, soil of 9 °C and the diameters and flows of
`size_pipes` without simultaneity.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ped_geo.networks.pipes import outlet_c, size_pipes, water
from ped_geo.study import Study
from tests.networks.test_pipes import town

STUDY = Study(name="x", overrides={"heat_network.simultaneity_constant": 1.0})
SOLVED = pd.read_csv(Path(__file__).with_name("pandapipes_town.csv")).set_index(["level", "node"])
SOIL_C, WATER_HEAT = 9.0, 4187.0


@pytest.mark.parametrize("level", ["high_temperature", "low_temperature"])
def test_pressure_and_losses_of_a_network_agree_with_pandapipes_within_two_percent(level):
    tree, power = town()
    fluid, theirs = water(level), SOLVED.loc[level].sort_index()
    sized = size_pipes(tree, power, fluid, STUDY)
    drop = tree.from_root(sized["pressure_drop_pa_m"].to_numpy() * tree.lengths, len(power))
    assert drop[1:] == pytest.approx(theirs["pressure_drop_pa"].to_numpy(), rel=0.02)
    flow_c = np.full(len(power), fluid.design_flow_c)
    for section in range(len(tree.lengths))[::-1]:
        row, start = sized.iloc[section], float(flow_c[tree.parents[section]])
        flow_c[tree.children[section]] = outlet_c(start, SOIL_C, tree.lengths[section], row["loss_w_mk"], row["flow_kg_s"], WATER_HEAT)
    cooled = fluid.design_flow_c - flow_c[1:]
    assert cooled == pytest.approx(fluid.design_flow_c - theirs["flow_c"].to_numpy(), rel=0.02)
