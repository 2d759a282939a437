"""Figures of green, water and heat in each group of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import fact, place_figure, told

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts, Layers
    from ped_geo.study import Study

told("heat_island", unit="K", digits=1, label=("Heat island, hint", "Wyspa ciepła, wskazówka"))
told("retention", unit="m³/a", label=("Rain held", "Zatrzymany deszcz"))


def _share(amounts: Amounts, name: str) -> pd.Series:
    """An amount by the area of the group; none where the layer is missing."""
    return amounts[name] / amounts["area_m2"].where(amounts["area_m2"] > 0.0)


@fact("active_share", unit="%", label=("Biologically active share", "Powierzchnia biologicznie czynna"), times=100.0)
def active_share(amounts: Amounts) -> pd.Series:
    """Biologically active ground by area [-]."""
    return _share(amounts, "active_m2")


@fact("biotope_factor", unit="", digits=2, label=("Biotope area factor", "Wskaźnik powierzchni biotopu"))
def biotope_factor(amounts: Amounts) -> pd.Series:
    """Biotope area factor [-]."""
    return _share(amounts, "biotope_m2")


@fact("runoff_share", unit="%", label=("Runoff", "Spływ"), times=100.0)
def runoff_share(amounts: Amounts) -> pd.Series:
    """Mean runoff coefficient [-]."""
    return _share(amounts, "runoff_m2")


@fact("sealed_share", unit="%", label=("Sealed ground", "Teren uszczelniony"), times=100.0)
def sealed_share(amounts: Amounts) -> pd.Series:
    """Sealed ground without buildings by area [-]."""
    return _share(amounts, "sealed_m2")


@fact("unmapped_share", unit="%", label=("Ground on no map", "Teren nieopisany"), times=100.0)
def unmapped_share(amounts: Amounts) -> pd.Series:
    """Ground that no source tells by area [-]."""
    return _share(amounts, "unmapped_m2")


@fact("crown_share", unit="%", label=("Ground under trees", "Teren pod drzewami"), times=100.0)
def crown_share(amounts: Amounts) -> pd.Series:
    """Ground under mapped trees by area [-]."""
    return _share(amounts, "crowns_m2")


@fact("sky_view", unit="", digits=2, label=("Sky view", "Widoczność nieba"))
def sky_view(amounts: Amounts) -> pd.Series:
    """Sky that open ground sees [-]."""
    return _share(amounts, "sky_m2")


@place_figure("active_below", unit="", label=("Blocks below the least active share", "Kwartały poniżej minimum biologicznie czynnego"))
def active_below(layers: Layers, study: Study) -> float:
    """Blocks whose biologically active share is less than the least."""
    del study
    table = layers.get("green_blocks")
    return float("nan") if table is None else float((~table["active_kept"].astype(bool)).sum())
