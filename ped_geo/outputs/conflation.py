"""How the objects of each further source met the footprints: one to one, drawn as several, or without a partner."""

from __future__ import annotations

from pathlib import Path

from ped_geo.language import number, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.escapes import safe_text

__all__ = ["conflation_sentences", "write_conflation"]


def conflation_sentences(results: Results, lang: str) -> list[str]:
    """
    One sentence for each source that was joined to the footprints.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    told = []
    for source, rows in results.layers["conflation"].groupby("source"):
        # an object in several pairs is one object
        counts = rows.groupby("state")["other_id"].nunique()
        shown = {state: number(int(counts.get(state, 0)), lang) for state in ("matched", "split", "left")}
        added = number(len(rows[(rows["state"] == "left") & (rows["building_id"] != "")]), lang)
        told.append(
            text("conflation.sentence", lang, source=str(source), count=number(rows["other_id"].nunique(), lang), added=added, **shown)
        )
    return told


def write_conflation(results: Results, folder: Path) -> list[Path]:
    """
    Write ``conflation.csv``: each object of a further source with its building, the shared area and the result.

    Returns
    -------
    list of Path
        Nothing where the place has one source only.
    """
    table = results.layers["conflation"]
    if table.empty:
        return []
    path = folder / "conflation.csv"
    written = table.assign(**{name: table[name].map(safe_text) for name in ("building_id", "other_id", "source")})
    written.round({"share_of_building": 3, "share_of_other": 3}).to_csv(path, index=False, lineterminator="\n")
    return [path]


OUTPUTS.add("conflation", Output("conflation", "processed", write_conflation, order=60, needs_pack=False))
