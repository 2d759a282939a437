"""Heat networks that were asked for, as a table of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ped_geo.language import number, text
from ped_geo.outputs.figures import written_unit
from ped_geo.schema import columns

if TYPE_CHECKING:
    from ped_geo.scan.routes import ScanRoutes

__all__ = ["network_table"]

SHOWN: Final = {
    "place": 0,
    "labels": 0,
    "connections": 0,
    "length_m": 0,
    "linear_density_mwh_m_a": 2,
    "linear_density_estimated_mwh_m_a": 2,
    "density_class": 0,
    "dn_most": 0,
    "investment": 0,
    "distribution_cost_per_mwh": 0,
    "currency": 0,
    "feed_in": 0,
}
"""Columns of the table of networks, and digits of numbers."""


def network_table(routes: ScanRoutes | None, lang: str) -> dict[str, Any]:
    """
    Head and rows of the networks; nothing where none was asked for.

    Parameters
    ----------
    routes : ScanRoutes or None
        Networks of the scan.
    lang : str
        ``pl`` or ``en``.
    """
    if routes is None or routes.networks.empty:
        return {}
    declared = columns("scan_networks")
    rows = routes.networks[list(SHOWN)].itertuples(index=False)
    return {
        "head": [_headed(declared[name].label(lang), declared[name].unit, lang) for name in SHOWN],
        "rows": [[_cell(name, value, lang) for name, value in zip(SHOWN, row, strict=True)] for row in rows],
    }


def _headed(label: str, unit: str, lang: str) -> str:
    """Label with its unit; of which currency money is, a column of its own tells."""
    currency = columns("scan_networks")["currency"].label(lang).lower()
    written = unit.replace("¤", currency) if "¤" in unit else written_unit(unit, lang)
    return f"{label} [{written}]" if written else label


def _cell(name: str, value: object, lang: str) -> str:
    if name in {"density_class", "feed_in"}:
        return text(f"code.{value}", lang)
    if isinstance(value, str):
        return value
    found = float(value)  # type: ignore[arg-type] # a number
    return number(found, lang, SHOWN[name]) if np.isfinite(found) else "–"
