"""
Works that were done on windows, walls and roof since a building was built, where nobody recorded them: odds by age and owner.

Works of a building come together, and in the order in which most owners do them: whoever insulated the walls mostly has new windows. What is
done is so nested: the commonest work first, then the next. Means do not ask for this, and bands are the widest that the
same shares can give.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo.countries import HOME, pack, pack_or_form, shared_years
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = ["ELEMENTS", "STEPS", "chance_of_works", "done_after", "element_shares", "state_open"]

ELEMENTS: Final = {
    "windows": ("u_window", "g_window", "u_door", "infiltration_ach"),
    "walls": ("u_wall", "thermal_bridge_surcharge"),
    "roof": ("u_roof",),
}
"""Properties of the thermal state that the works on each element change."""

STEPS: Final = tuple(range(len(ELEMENTS) + 1))
"""How many of the elements may have been worked on."""


def state_open(buildings: pd.DataFrame, study: Study) -> NDArray[np.bool_]:
    """Which buildings of the layer ``buildings`` have a state that neither a register nor the study tells."""
    if study.buildings.refurbishment_state:
        return np.zeros(len(buildings), dtype=bool)
    return buildings["refurbishment_state_source"].astype("str").str.startswith("inferred").to_numpy(dtype=bool)


@cache
def _shares_of_uses(country: str) -> pd.DataFrame:
    """Shares of the works by use, through its owner, and construction period of the country."""
    own = pack_or_form(country)
    works = _works_of(country).reset_index().set_index("owner")
    owners = (own if own.has("element_works") else pack(HOME)).table("owners")[["use", "owner"]]
    found = owners.merge(works, left_on="owner", right_index=True)
    return found.set_index(["use", "construction_period"])[list(ELEMENTS)].astype("float64")


def element_shares(period: NDArray[np.object_], use: NDArray[np.object_], listed: NDArray[np.bool_], country: str = HOME) -> Floats:
    """
    Chance that the works on each element were done.

    Parameters
    ----------
    period, use : array of str, shape (n,)
        Construction period and use; the use tells the owner.
    listed : array of bool, shape (n,)
        Whether a building is protected: its walls get no outside insulation.
    country : str
        Whose periods and owners they are. A pack without ``element_works`` takes the shares of `HOME`, year by year: the works
        themselves are of all Central Europe, and no survey of that country was read.

    Returns
    -------
    array, shape (n, 3)
        In the order of `ELEMENTS`. [0-1]

    Raises
    ------
    LayerError
        If the tables know no owner of a use or no such period: no other row stands in.

    Examples
    --------
    >>> element_shares(np.array(["PL.03", "PL.03"]), np.array(["residential_multi"] * 2), np.array([False, True])).tolist()
    [[0.9, 0.8, 0.75], [0.9, 0.0, 0.75]]
    """
    table = _shares_of_uses(country)
    wanted = table.index.get_indexer(pd.MultiIndex.from_arrays([use, period]))
    if (wanted < 0).any():
        row = int(np.argmax(wanted < 0))
        raise LayerError(Sentence("error.table_element_works_knows_no_use", use=use[row], period=period[row]))
    shares = table.to_numpy(copy=True)[wanted]
    shares[np.asarray(listed, dtype=bool), list(ELEMENTS).index("walls")] = 0.0
    return shares


def _works_of(country: str) -> pd.DataFrame:
    """Shares of the works, index (owner, construction period of the country)."""
    own = pack_or_form(country)
    source = own.code if own.has("element_works") else HOME
    table = assumptions.table("element_works", source).set_index(["owner", "construction_period"])[list(ELEMENTS)].astype("float64")
    if source == own.code:
        return table
    years = shared_years(country)
    learnt = pack(HOME).period_codes
    parts = {
        owner: pd.DataFrame(years.T @ rows.droplevel(0).loc[list(learnt)].to_numpy(), list(own.period_codes), list(ELEMENTS))
        for owner, rows in table.groupby(level="owner")
    }
    return pd.concat(parts, names=["owner", "construction_period"])


def chance_of_works(shares: Floats) -> Floats:
    """
    Chance that none, one, two or all of the elements were worked on, shape (n, 4).

    Examples
    --------
    >>> chance_of_works(np.array([[0.9, 0.5, 0.7]])).round(6).tolist()
    [[0.1, 0.2, 0.2, 0.5]]
    """
    falling = -np.sort(-shares, axis=1)
    at_least = np.hstack([np.ones((len(shares), 1)), falling, np.zeros((len(shares), 1))])
    return at_least[:, :-1] - at_least[:, 1:]


def done_after(shares: Floats, works: int) -> NDArray[np.bool_]:
    """
    Which elements have been worked on when so many have, shape (n, 3): the commonest.

    Examples
    --------
    >>> done_after(np.array([[0.9, 0.5, 0.7]]), 2).tolist()
    [[True, False, True]]
    """
    place = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1, kind="stable")
    return place < works
