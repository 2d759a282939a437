"""A group of blocks that somebody drew or chose: a short page in each language, figures and verdicts as CSV, and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ped_geo.blocks import block_name
from ped_geo.figures.amounts import CHOSEN
from ped_geo.figures.groups import GROUP
from ped_geo.figures.reader import FigureReader
from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.figures import FIGURES, written_unit
from ped_geo.outputs.tables import variant_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from ped_geo.outputs import Results

__all__ = ["Assessment", "ChosenBlocks", "assessment_sentences", "write_assessment"]

COLUMNS: Final = ("balance", "heat", "co2_total", "investment", "grant", "payback")
"""Figures of the table of variants."""


@dataclass(frozen=True)
class ChosenBlocks:
    """
    Blocks that somebody chose.

    Attributes
    ----------
    blocks : tuple of str
        ``block_id``.
    choice : mapping
        Block → variant; empty where none was chosen.
    shares : Series
        Share of each block that a drawn area touches but does not hold whole, by ``block_id`` [0-1].
    system : str
        Coordinate system that was taken for a file that names none; "" otherwise.
    """

    blocks: tuple[str, ...]
    choice: Mapping[str, str]
    shares: pd.Series
    system: str = ""


@dataclass(frozen=True)
class Assessment:
    """
    What a group comes to.

    Attributes
    ----------
    chosen : ChosenBlocks
        Its blocks.
    figures : DataFrame
        As `ped_geo.figures.groups.group_figures` gives them.
    ways : DataFrame
        Every variant with its part in the recommendation, as the layer ``recommendation``.
    verdicts : DataFrame
        As the layer ``verdicts``.
    judged : str
        Variant that the verdicts are about; ``chosen`` where each block has its own.
    """

    chosen: ChosenBlocks
    figures: pd.DataFrame
    ways: pd.DataFrame
    verdicts: pd.DataFrame
    judged: str


def _reader(found: Assessment) -> FigureReader:
    return FigureReader(found.figures.assign(low=np.nan, high=np.nan))


def _words(reader: FigureReader, name: str, lang: str, variant: str = "") -> str:
    """A figure of the group with its unit."""
    value = reader.words(name, lang, variant, GROUP, GROUP)
    unit = written_unit(FIGURES[name].unit, lang)
    return value if not unit else f"{value}{unit}" if unit == "%" else f"{value}\u00a0{unit}"


def _names(results: Results, lang: str) -> dict[str, str]:
    return {variant.key: variant_name(variant, lang) for variant in results.study.variants} | {CHOSEN: text("assess.chosen", lang)}


def assessment_sentences(results: Results, found: Assessment, lang: str) -> list[str]:
    """
    What the group comes to, in one language.

    Parameters
    ----------
    results : Results
        The run of its district.
    found : Assessment
        The group.
    lang : str
        ``pl`` or ``en``.
    """
    reader, names = _reader(found), _names(results, lang)
    facts = {name: _words(reader, name, lang) for name in ("block_count", "buildings", "residents", "area")}
    said = [text("assess.what", lang, place=results.study.title, **facts)]
    balance = reader.value("balance", found.judged, GROUP, GROUP)
    key = "nothing" if not np.isfinite(balance) else "positive" if balance >= 0 else "negative"
    value = FIGURES["balance"].words(abs(balance), lang)
    said.append(text(f"assess.{key}", lang, variant=names[found.judged], value=value))
    shown = CHOSEN if found.chosen.choice else _recommended(found)
    if shown:
        money = {name: _words(reader, name, lang, shown) for name in ("balance", "investment", "grant", "payback")}
        said.append(text("assess.money_chosen" if shown == CHOSEN else "assess.money", lang, variant=names[shown], **money))
    met = len(found.verdicts[found.verdicts["positive"]])
    said.append(text("assess.met", lang, met=number(met, lang), of=number(len(found.verdicts), lang)))
    if found.chosen.system:
        said.append(text("assess.system", lang, system=found.chosen.system))
    if len(found.chosen.shares):
        left = len(set(found.chosen.shares.index).difference(found.chosen.blocks))
        said.append(text("assess.touched", lang, count=number(len(found.chosen.shares), lang), left=number(left, lang)))
    return said


def _recommended(found: Assessment) -> str:
    rows = found.ways[found.ways["recommended"]]
    return str(rows["variant"].iloc[0]) if len(rows) else ""


def _rows(results: Results, found: Assessment, lang: str) -> Iterator[dict[str, Any]]:
    """Variants with their figures; the recommended one is named so."""
    reader, names, best = _reader(found), _names(results, lang), _recommended(found)
    keys = [variant.key for variant in results.study.variants]
    for key in [CHOSEN, *keys] if found.chosen.choice else keys:
        name = f"{names[key]} ({text('assess.recommended', lang)})" if key == best else names[key]
        yield {"name": name, "cells": [reader.words(figure, lang, key, GROUP, GROUP) for figure in COLUMNS]}


def _definitions(verdicts: pd.DataFrame, lang: str) -> Iterator[dict[str, str]]:
    for definition, row in verdicts.droplevel("group_id").iterrows():
        margin = FIGURES["margin"].words(abs(row["margin_kwh_m2a"]), lang)
        key = "verdicts.positive" if row["positive"] else "verdicts.negative"
        yield {"name": text(f"verdicts.{definition}", lang), "verdict": text(key, lang, margin=margin)}


def _page(results: Results, found: Assessment, lang: str) -> str:
    import jinja2

    place = resources.files("ped_geo.outputs")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((place / "assessment.html.j2").read_text(encoding="utf-8"))
    labels = {str(block): block_name(str(label), lang) for block, label in results.layers["blocks"]["label"].items()}
    taken = set(found.chosen.blocks)
    touched = [
        {
            "name": labels[block],
            "share": f"{FIGURES['known'].words(FIGURES['known'].told(float(share)), lang)}%",
            "taken": text(f"assess.{'in' if block in taken else 'out'}", lang),
        }
        for block, share in found.chosen.shares.items()
    ]
    return template.render(
        lang=lang,
        title=text("assess.title", lang, place=results.study.title),
        style=(place / "report" / "report.css").read_text(encoding="utf-8"),
        sentences=assessment_sentences(results, found, lang),
        heads=[{"name": FIGURES[name].label(lang), "unit": written_unit(FIGURES[name].unit, lang)} for name in COLUMNS],
        variants=list(_rows(results, found, lang)),
        judged=text("assess.judged", lang, variant=_names(results, lang)[found.judged]),
        definitions=list(_definitions(found.verdicts, lang)),
        blocks="; ".join(labels[block] for block in found.chosen.blocks),
        touched=touched,
        attribution=str(results.provenance.get("place", {}).get("attribution", "")),
        say=lambda key: text(f"assess.{key}", lang),
    )


def write_assessment(results: Results, found: Assessment, folder: Path) -> list[Path]:
    """
    Write the page in each language, ``figures.csv``, ``verdicts.csv`` and ``blocks.csv``.

    Parameters
    ----------
    results : Results
        The run of its district.
    found : Assessment
        The group.
    folder : Path
        Where the files go.

    Returns
    -------
    list of Path
        The pages first.
    """
    files = []
    for lang in LANGUAGES:
        page = folder / f"assessment{'' if lang == 'pl' else f'.{lang}'}.html"
        page.write_text(_page(results, found, lang), encoding="utf-8")
        files.append(page)
    for name, table in (("figures", found.figures), ("verdicts", found.verdicts)):
        path = folder / f"{name}.csv"
        table.round(6).to_csv(path, lineterminator="\n")
        files.append(path)
    labels = results.layers["blocks"].loc[list(found.chosen.blocks), "label"].map(safe_text)
    path = folder / "blocks.csv"
    labels.to_frame().assign(variant=[found.chosen.choice.get(block, "") for block in found.chosen.blocks]).to_csv(
        path, lineterminator="\n"
    )
    return [*files, path]
