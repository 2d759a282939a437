"""
Which weather a run uses, and it says so.

A file that the user names comes first, for naming it is a choice; then the frozen PVGIS year, PVGIS itself, and the built-in
climate where PVGIS cannot serve. A frozen year that is damaged is told, never passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.site import Site
from ped_geo.sources._providers import WEATHERS
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AUTO", "load_weather"]

AUTO = "auto"


def load_weather(study: Study, site: Site, raw_root: Path, *, refresh: bool = False) -> pd.DataFrame:
    """
    The hourly weather of a study.

    Parameters
    ----------
    study : Study
        ``[sources] weather`` names the source; ``auto`` asks those that have a turn, one after the other.
    site : Site
        Where the sun is computed.
    raw_root : Path
        ``data/raw``.
    refresh : bool
        Fetch again.

    Returns
    -------
    DataFrame, shape (8760, 5)
        See `ped_geo.sources.climate.hourly_year`; ``attrs["source"]`` says which source it was, ``attrs["instead_of"]`` why
        those before it were not, ``attrs["remarks"]`` what a user should be told of it, as keys of the catalogue and their values.

    Raises
    ------
    SourceError
        If a source that was named cannot serve, its place is too far from the district, or a frozen year is damaged.
    StudyError
        If ``weather`` is ``epw`` and no file is named, or no source is called so.
    """
    choice = study.sources.weather
    named = [WEATHERS[choice]] if choice != AUTO else []
    asked = named or sorted(
        (source for source in WEATHERS.load().values() if source.turn is not None and source.serves(study)),
        key=lambda source: source.turn or 0,
    )
    refused: list[SourceError] = []
    for source in asked:
        kept = None if refresh else source.kept(study, site, raw_root)
        if kept is not None:
            return kept
        try:
            year = source.fetch(study, site, raw_root)
        except SourceError as error:
            if named or source.decisive or source is asked[-1]:
                raise
            refused.append(error)
            continue
        if refused:
            year.attrs["instead_of"] = " ".join(map(str, refused))
        return year
    raise SourceError(Sentence("error.no_source_weather_serves_name", study=study.title, names=", ".join(WEATHERS.load())))
