"""What European law asks of public buildings in each year: renovation, energy and solar power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["YEARS", "duties", "solar_year"]

YEARS: Final = tuple(range(2025, 2036))
SOLAR: Final = ((2000.0, 2027), (750.0, 2028), (250.0, 2030))
"""Floor [m²] above which an existing public building needs solar power, and by the end of which year; Directive (EU) 2024/1275, art. 10."""
NEVER: Final = 0
LEAST_FLOOR_M2: Final = 250.0
"""Public buildings up to this floor are free of the duty to renovate."""
BASE_RENOVATION, BASE_ENERGY = 2024, 2021


def solar_year(floor_m2: pd.Series) -> pd.Series:
    """
    Year by whose end solar power is due; 0 for never. Feasible only where technique, money and function allow it.

    Examples
    --------
    >>> import pandas as pd
    >>> solar_year(pd.Series([2400.0, 800.0, 300.0, 200.0])).tolist()
    [2027, 2028, 2030, 0]
    """
    import pandas as pd

    due = np.select([floor_m2 > least for least, _ in SOLAR], [year for _, year in SOLAR], NEVER)
    return pd.Series(due.astype("int64"), index=floor_m2.index)


def duties(buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Duties of all public buildings by year.

    Parameters
    ----------
    buildings : DataFrame
        Layer ``public_buildings``.
    study : Study
        Assumptions ``public.renovation_duty`` and ``public.energy_duty``.

    Returns
    -------
    DataFrame, index ``year``
        Layer ``public_duties``; the fall of energy counts against 2021, each year the same part of the value of 2021.
    """
    import pandas as pd

    year = pd.Index(YEARS, dtype="int64", name="year")
    floor = buildings["reference_area_m2"]
    renovated = np.clip(study.assumed("public.renovation_duty") * (year - BASE_RENOVATION), 0.0, 1.0)
    fall = np.clip(study.assumed("public.energy_duty") * (year - BASE_ENERGY), 0.0, 1.0)
    energy = float(buildings[["heat_final_kwh_a", "electricity_kwh_a"]].sum().sum())
    due = buildings["solar_duty_year"].to_numpy()
    obliged = (due[None, :] > 0) & (due[None, :] <= np.array(YEARS)[:, None])
    return pd.DataFrame(
        {
            "renovated_m2": renovated * float(floor[floor > LEAST_FLOOR_M2].sum()),
            "renovated_share": renovated,
            "energy_fall_share": fall,
            "energy_fall_mwh_a": fall * energy / 1000.0,
            "solar_buildings": obliged.sum(axis=1).astype("int64"),
            "solar_kwp": obliged @ buildings["pv_kwp"].to_numpy(dtype="float64"),
        },
        index=year,
    )
