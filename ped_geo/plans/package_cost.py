"""What packages cost, part by part, with the years for which each part lasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.errors import LayerError
from ped_geo.finance.annuity import annuity_factor
from ped_geo.finance.grants import owners, package_grants
from ped_geo.language.sentences import Sentence
from ped_geo.retrofit import PARTS, measures, meets_wt2021
from ped_geo.study import Study

__all__ = ["measure_costs", "package_cost"]


def measure_costs(before: pd.DataFrame, after: pd.DataFrame, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Cost of each measure that leads from one thermal state to another.

    Parameters
    ----------
    before, after : DataFrame, shape (n, 12)
        Elements.
    buildings, envelope : DataFrame, shape (n, …)
        Layers of the same buildings, in the same order.
    study : Study
        Gives the prices.

    Returns
    -------
    DataFrame, shape (n, measures)
        One column per measure. [money]
    """
    columns = {}
    for key, each in measures().items():
        same = np.array_equal(before[each.changes].to_numpy(), after[each.changes].to_numpy())
        columns[key] = np.zeros(len(before)) if same else each.cost(before, after, buildings, envelope, study).to_numpy()
    return pd.DataFrame(columns, index=before.index)


def _row_block(rows: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[rows.index.get_level_values("building_id")].set_axis(rows.index)


def package_cost(buildings: pd.DataFrame, envelope: pd.DataFrame, thermal_state: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Investment of each package, part by part, with grant and yearly cost of the money.

    Parameters
    ----------
    buildings, envelope : DataFrame, shape (n, …)
        Layers of the same names.
    thermal_state : DataFrame
        Layer ``thermal_state`` with package ``existing``.
    study : Study
        Its ``finance`` section and the prices.

    Returns
    -------
    DataFrame
        Layer ``packages_cost``, index as `thermal_state`: ``investment``, its parts ``investment_<part>``, ``grant`` (0
        where the study counts no grants), ``own`` [money] and ``annual_cost_a``, the annuity of what is left to pay,
        each part over its own life [money/a]. Without heat supply and PV, whose cost stands in the layer ``economics``.

    Raises
    ------
    LayerError
        If the package ``existing`` is missing.
    """
    if "existing" not in thermal_state.index.get_level_values("package"):
        raise LayerError(Sentence("error.layer_thermal_state_lacks_package_existing_from"))
    ids = thermal_state.index.get_level_values("building_id")
    before = pd.DataFrame(thermal_state.xs("existing", level="package")).loc[ids].set_axis(thermal_state.index)
    costs = measure_costs(before, thermal_state, _row_block(thermal_state, buildings), _row_block(thermal_state, envelope), study)
    parts = {part: [key for key, each in measures().items() if each.part == part] for part in PARTS}
    found = pd.DataFrame({f"investment_{part}": costs[keys].sum(axis=1) for part, keys in parts.items()}, index=thermal_state.index)
    total = costs.sum(axis=1)
    owner = owners(buildings, study.country)
    deep = meets_wt2021(thermal_state)
    grant = package_grants(
        total,
        pd.Series(0.0, index=total.index),
        owner.loc[ids].tolist(),
        deep,
        buildings["heat_supply"].loc[ids].astype("str").tolist(),
        study,
    )
    yearly = sum(costs[key] * annuity_factor(study.finance.discount_rate, each.lifetime_a) for key, each in measures().items())
    left = 1 - np.divide(grant, total, out=np.zeros(len(total)), where=total > 0)
    found.insert(0, "investment", total)
    return found.assign(grant=grant, own=total - grant, annual_cost_a=np.asarray(yearly) * left)
