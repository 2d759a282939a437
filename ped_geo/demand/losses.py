"""What a building loses and what sun it lets in: the coefficients that the seasonal and the hourly method share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions, typology
from ped_geo.demand.envelope import APERTURES, ORIENTATIONS
from ped_geo.demand.state_elements import STATE_ELEMENTS
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["Shells", "design_load", "further_losses", "loss_coefficients", "losses_of", "partial_heating_factor"]

_ELEMENTS: Final = (
    *("u_wall", "u_roof", "u_floor", "u_window", "u_door", "g_window"),
    *("thermal_bridge_surcharge", "infiltration_ach", "ventilation_ach", "heat_recovery"),
)


def design_load(coefficients: pd.DataFrame, study: Study) -> NDArray[np.float64]:
    """
    Heat load at the design temperature of the place, without gains, shape (n,) [W].

    Parameters
    ----------
    coefficients : DataFrame, shape (n, …)
        `loss_coefficients`.
    study : Study
        Gives room and design temperature.
    """
    lost = coefficients[["h_opaque", "h_glazed", "h_ventilation"]].sum(axis=1).to_numpy(dtype=float)
    return np.asarray(lost * max(study.assumed("building.t_internal") - study.assumed("climate.t_design"), 0.0))


def loss_coefficients(
    thermal_state: pd.DataFrame,
    envelope: pd.DataFrame,
    buildings: pd.DataFrame,
    study: Study,
    *,
    window_shading: pd.Series | None = None,
) -> pd.DataFrame:
    """
    Heat-transfer coefficients and solar apertures of each building in each state.

    Parameters
    ----------
    thermal_state : DataFrame, index (building_id, package)
        U-values [W/(m²K)], ``thermal_bridge_surcharge`` [W/(m²K)], ``infiltration_ach``, ``ventilation_ach`` [1/h],
        ``heat_recovery`` [0–1] and ``g_window`` [-] of each state.
    envelope : DataFrame, index building_id
        Areas of `ped_geo.demand.envelope` [m²] and heated air volume [m³]; optionally ``window_area_horizontal_m2``, the part of
        ``window_area_m2`` that lies in the roof.
    buildings : DataFrame, index building_id
        ``reference_area_m2`` and ``tabula_code``.
    study : Study
        Gives the assumptions.
    window_shading : Series, index building_id, optional
        Share of the sun that reaches the windows of the facades [0–1]; default: TABULA's constant.

    Returns
    -------
    DataFrame, index as `thermal_state`
        ``h_opaque``, ``h_glazed`` (windows and doors), ``h_ventilation`` [W/K], ``aperture_north`` … ``aperture_west``
        and ``aperture_horizontal`` [m²], ``reference_area_m2`` [m²], ``single_unit`` (bool).

    Raises
    ------
    LayerError
        If a building of `thermal_state` is missing elsewhere, or a value is missing, infinite or negative.

    Notes
    -----
    The surcharge for thermal bridges applies to all areas and is not weighted with the factor of the ground [1]_. Heat recovery
    acts on the ventilation for use, not on infiltration.

    References
    ----------
    .. [1] IWU, "TABULA Common Calculation Method", Darmstadt 2013.
    """
    shells = Shells.of(thermal_state.index.get_level_values(0), envelope, buildings, study, window_shading=window_shading)
    return losses_of(thermal_state, shells, study)


@dataclass(frozen=True)
class Shells:
    """
    What losses ask of buildings whatever their state, row by row: worked out once where many states of the same buildings are tried.

    Attributes
    ----------
    rows : DataFrame, shape (n, …)
        Layer ``envelope``.
    area : mapping of str to ndarray, shape (n,)
        Area of each element [m²].
    lit : mapping of str to ndarray, shape (n,)
        Area of windows by side and in the roof, as far as the sun reaches them [m²].
    reference_area_m2 : ndarray, shape (n,)
    single_unit : ndarray of bool, shape (n,)
    lost : tuple of str
        Buildings without envelope, as a problem of the table.
    """

    rows: pd.DataFrame
    area: dict[str, NDArray[np.float64]]
    lit: dict[str, NDArray[np.float64]]
    reference_area_m2: NDArray[np.float64]
    single_unit: NDArray[np.bool_]
    lost: tuple[str, ...]

    @classmethod
    def of(
        cls, ids: pd.Index, envelope: pd.DataFrame, buildings: pd.DataFrame, study: Study, *, window_shading: pd.Series | None = None
    ) -> Shells:
        """
        Shells of buildings, each as often as it is named.

        Parameters
        ----------
        ids : Index
            Names of buildings.
        envelope, buildings, study, window_shading
            As `loss_coefficients` takes them.
        """
        rows = envelope.reindex(ids)
        plain = buildings[["reference_area_m2", "tabula_code"]].reindex(ids)
        missing = rows.index[rows.isna().all(axis=1).to_numpy() | plain["reference_area_m2"].isna().to_numpy()]
        lost = (f"{len(missing)} rows belong to buildings without envelope (first: {missing[0]})",) if len(missing) else ()
        seen = window_shading.reindex(ids).to_numpy(dtype=float) if window_shading is not None else np.full(len(ids), np.nan)
        seen = np.where(np.isnan(seen), study.assumed("demand.window_shading"), seen)
        in_roof = rows.get("window_area_horizontal_m2", pd.Series(0.0, index=rows.index)).to_numpy(dtype=float)
        lit = {side: rows[f"window_area_{side}_m2"].to_numpy() * seen for side in ORIENTATIONS}
        return cls(
            rows,
            {name: rows[f"{name}_area_m2"].to_numpy() for name in ("wall", "roof", "floor", "window", "door")},
            lit | {APERTURES[-1]: in_roof * study.assumed("demand.roof_window_shading")},
            plain["reference_area_m2"].to_numpy(dtype=float),
            np.zeros(len(ids), dtype=bool) if lost else typology.is_single_unit(plain["tabula_code"]),
            lost,
        )


def losses_of(thermal_state: pd.DataFrame, shells: Shells, study: Study) -> pd.DataFrame:
    """
    `loss_coefficients` of states of known shells.

    Parameters
    ----------
    thermal_state : DataFrame, shape (n, …)
        States, in the order of the shells.
    shells : Shells
    study : Study
        Gives the assumptions.
    """
    _check(thermal_state, shells)
    area = shells.area
    part = {name: thermal_state[name].to_numpy(dtype=float) for name in _ELEMENTS}
    opaque = (
        area["wall"] * part["u_wall"]
        + area["roof"] * part["u_roof"]
        + area["floor"] * part["u_floor"] * study.assumed("demand.ground_factor")
        + sum(area.values()) * part["thermal_bridge_surcharge"]
    )
    further = further_losses(thermal_state, shells.rows, study)
    change = part["ventilation_ach"] * (1.0 - part["heat_recovery"]) + part["infiltration_ach"]
    glass = part["g_window"] * (1.0 - study.assumed("demand.frame_share")) * study.assumed("demand.incidence_factor")
    columns = {
        "h_opaque": opaque + further[0],
        "h_glazed": area["window"] * part["u_window"] + area["door"] * part["u_door"],
        "h_ventilation": study.assumed("demand.air_heat_capacity") * change * shells.rows["volume_m3"].to_numpy() + further[1],
        **{f"aperture_{side}": lit * glass for side, lit in shells.lit.items()},
        "reference_area_m2": shells.reference_area_m2,
        "single_unit": shells.single_unit,
    }
    return pd.DataFrame(columns, index=thermal_state.index)


def further_losses(thermal_state: pd.DataFrame, envelope: pd.DataFrame, study: Study) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Losses of the elements that measures bring along, by transmission and by air without heat recovery.

    Parameters
    ----------
    thermal_state, envelope : DataFrame, shape (n, …)
        Layers, row by row.
    study : Study
        Gives the assumptions.

    Returns
    -------
    tuple of ndarray, shape (n,)
        [W/K]
    """
    transmission, air = np.zeros(len(thermal_state)), np.zeros(len(thermal_state))
    # the states of a typology know none of them, and the schema asks for them in the layer
    for one in (element for element in STATE_ELEMENTS.load().values() if element.column in thermal_state):
        value = thermal_state[one.column].to_numpy(dtype=float)
        for added, loss in ((transmission, one.transmission_w_k), (air, one.ventilation_w_k)):
            added += 0.0 if loss is None else loss(value, envelope, study)
    return transmission, air


def _check(thermal_state: pd.DataFrame, shells: Shells) -> None:
    """Refuse missing columns, buildings without envelope and values that are missing, infinite or negative."""
    problems: list[str] = [Sentence("error.column_is_missing", name=name) for name in _ELEMENTS if name not in thermal_state]
    if not problems:
        values = thermal_state[list(_ELEMENTS)].to_numpy(dtype=float)
        wrong = ~(np.isfinite(values) & (values >= 0))
        for row, column in np.argwhere(wrong)[:3]:
            problems.append(
                Sentence("error.has_must_be_0_more", index=thermal_state.index[row], element=_ELEMENTS[column], values=values[row, column])
            )
    problems += shells.lost
    if problems:
        raise LayerError(Sentence("error.table_thermal_state"), problems)


def partial_heating_factor(h_transmission: NDArray[np.float64], single_unit: NDArray[np.bool_]) -> NDArray[np.float64]:
    r"""
    Ratio of the mean indoor temperature to the set-point, above outdoors (TABULA ``F_red,temp``) [-].

    Parameters
    ----------
    h_transmission : array, shape (n,)
        Transmission loss per reference area [W/(m²K)].
    single_unit : array of bool, shape (n,)
        Houses for one family are heated less evenly than flats.

    Returns
    -------
    array, shape (n,)
        Below 1 where rooms and hours that are heated less lower the mean, above 1 in well insulated houses, whose unused rooms
        and nights stay warm.

    Notes
    -----
    With the values :math:`F_1` and :math:`F_4` of ``tables/tabula_boundary.csv`` at 1 and at 4 W/(m²K), linear between them,
    constant above, and below

    .. math:: F = F_1 + (1 - F_1) \frac{1 - h}{0.5}

    which is 1 at 0.5 W/(m²K) and goes on rising: the published results of the typology do so [1]_, for example 1.0018625 at
    0.4906874 W/(m²K) of DE.N.TH.12.

    References
    ----------
    .. [1] IWU, "TABULA Common Calculation Method", Darmstadt 2013; results of the TABULA workbook.

    Examples
    --------
    >>> partial_heating_factor(np.array([0.25, 0.5, 1.0, 4.0, 9.0]), np.array([True] * 5)).tolist()
    [1.05, 1.0, 0.9, 0.8, 0.8]
    """
    table = assumptions.table("tabula_boundary").set_index("set")[["f_red_at_1", "f_red_at_4"]].astype("float64")
    one, four = np.where(single_unit[:, None], table.loc["single_unit"].to_numpy(), table.loc["multi_unit"].to_numpy()).T
    below = one + (1.0 - one) * (1.0 - h_transmission) / 0.5
    above = one + (four - one) * (np.minimum(h_transmission, 4.0) - 1.0) / 3.0
    return np.where(h_transmission <= 1.0, below, above)
