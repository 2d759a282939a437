"""Which print layouts a project has: the main map on each paper, one for each theme, and atlases, all of them in both languages."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element

from ped_geo._version import __version__
from ped_geo.language import text
from ped_geo.outputs.cartography import number_expression
from ped_geo.outputs.credits import credit, data_date, reference_system
from ped_geo.outputs.escapes import qgis_text
from ped_geo.outputs.figures import column_decimals, is_heated, written_unit
from ped_geo.outputs.layout import PAGES, PrintedSheet, is_tall, layout_element
from ped_geo.outputs.tables import shown_variant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ped_geo.outputs import Results
    from ped_geo.outputs.documented import DocumentedLayer
    from ped_geo.outputs.qml import LayerStyle
    from ped_geo.outputs.themes import Theme

__all__ = ["print_layouts"]

LEGEND_LETTERS: Final = 38

FIGURES_OF: Final = {
    "blocks": ("reference_area_m2", "residents", "buildings"),
    "candidates": ("block_count", "reference_area_m2", "residents", "balance_kwh_m2a", "investment"),
}
"""Columns that the page of a block or a candidate names."""


def _in(title: str, lang: str) -> str:
    """One language of words in both."""
    parts = title.split(" | ")
    return parts[0] if lang == "pl" else parts[-1]


def _wrapped(words: str) -> str:
    """A title of a legend in lines that fit beside the map."""
    return "\n".join(textwrap.wrap(words, LEGEND_LETTERS, break_long_words=False))


def _labels(style: LayerStyle, lang: str) -> list[str]:
    """Words of the classes of a style in one language."""
    if style.kind == "graduated" and style.classes is not None:
        said = [words[0 if lang == "pl" else 1] for words in (style.withheld, style.nothing) if words]
        return [*style.classes.labels(lang), *said]
    return [_in(label, lang) for _, label, _ in style.categories]


def _period(theme: Theme, layer: DocumentedLayer) -> tuple[str, str] | tuple[()]:
    """First and last day of the last state of a theme that goes through time."""
    if not theme.style.period:
        return ()
    start, end = (layer.frame[name].max() for name in theme.style.period)
    return f"{start:%Y-%m-%dT00:00:00Z}", f"{end:%Y-%m-%dT00:00:00Z}"


def _figures(name: str, layer: DocumentedLayer, also: str, lang: str) -> str:
    """A label of an atlas: figures of the page's block or candidate, as QGIS computes them from its columns."""
    rows = []
    for column in [*FIGURES_OF[name], also]:
        if column not in layer.frame or column not in layer.columns:
            continue
        told = layer.columns[column]
        words = told.label_pl if lang == "pl" else told.label_en
        # the variant of a figure stands in the subtitle
        words = words.partition(" – ")[0] if "__" in column else words
        shown = number_expression(f'"{column}"', column_decimals(told) or 0, lang)
        rows.append(f"{words}: [% coalesce({shown}, '–') %] {written_unit(told.unit, lang)}".rstrip())
    return "\n".join(rows)


@dataclass(frozen=True)
class _Book:
    """
    The layouts of a project in one language.

    Attributes
    ----------
    results : Results
        The run.
    layers : mapping
        Layers of the GeoPackage with their styles, by name.
    identities : mapping of str to str
        Of those that lie over every theme.
    lang : str
        ``pl`` or ``en``.
    """

    results: Results
    layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]]
    identities: Mapping[str, str]
    lang: str

    @cached_property
    def words(self) -> dict[str, str]:
        """What stands on every page."""
        told = {"credit": credit(self.results, self.lang), "date": data_date(self.results) or text("layout.no_date", self.lang)}
        told |= {"crs": reference_system(self.results), "version": __version__}
        return {
            "legend": text("layout.legend", self.lang),
            "sources": qgis_text(text("layout.sources", self.lang, **told)),
            "office": text("layout.office", self.lang),
            "author": text("layout.author", self.lang),
        }

    def legend(self, theme: Theme) -> list[tuple[str, str, list[str]]]:
        """Classes of the theme, the lines above it and the ground below it."""
        beside = [
            (self.identities[name], text(f"layer.{name}", self.lang), name)
            for name in ("candidates", "boundary", "water_and_green")
            if name in self.identities
        ]
        others = [(identity, words, _labels(self.layers[name][1], self.lang)) for identity, words, name in beside]
        return [(theme.identity, _wrapped(qgis_text(_in(theme.title, self.lang))), _labels(theme.style, self.lang)), *others]

    def sheet(self, theme: Theme, paper: str, **more: Any) -> PrintedSheet:
        """One theme on one paper."""
        subtitle, period = _in(theme.title, self.lang), _period(theme, self.layers[theme.layer][0])
        if period:
            subtitle = text("layout.year", self.lang, theme=subtitle, year=period[0][:4])
        if not is_heated(self.results):
            subtitle = text("figure.nothing_heated", self.lang)
        told = {
            "name": f"{self.lang.upper()} · {text(f'layout.page.{paper}', self.lang)} · {_in(theme.title, self.lang)}",
            "title": qgis_text(text("layout.title", self.lang, title=self.results.study.title)),
            "subtitle": qgis_text(subtitle),
            "lang": self.lang,
            "page": paper,
            "layers": [*self.identities.values(), theme.identity],
            "legend": self.legend(theme),
            "words": self.words,
            "locator": [self.identities[name] for name in ("boundary", "streets", "outlines") if name in self.identities],
            "period": period,
        }
        return PrintedSheet(**told | more)

    def atlas(self, name: str, theme: Theme, paper: str, source: str) -> PrintedSheet:
        """A page for each block or candidate, with its name and figures."""
        identity = theme.identity if name == "blocks" else self.identities[name]
        called = text(f"layout.atlas.{name}", self.lang)
        also = theme.style.column if name == "blocks" else ""
        figures = _figures(name, self.layers[name][0], also, self.lang)
        return self.sheet(
            theme,
            paper,
            name=f"{self.lang.upper()} · {called}",
            title='[% "label" %]',
            subtitle=qgis_text(f"{called}. {_in(theme.title, self.lang)}"),
            atlas=(identity, source, called),
            words=self.words | {"figures": figures},
        )


def print_layouts(
    results: Results,
    extent: tuple[float, float, float, float],
    shown: list[Theme],
    layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]],
    identities: Mapping[str, str],
) -> list[Element]:
    """
    ``Layout`` elements of the project.

    Parameters
    ----------
    results : Results
        The run.
    extent : tuple of float
        West, south, east, north of the map, m.
    shown : list of Theme
        Themes of the project.
    layers : mapping
        Layers of the GeoPackage with their styles, by name.
    identities : mapping of str to str
        Layers that lie over each theme, by name.
    """
    main = next(theme for theme in shown if theme.key == f"balance_{shown_variant(results).key}")
    paper = "a4_portrait" if is_tall(extent) else "a4_landscape"
    package = f"./{results.study.name}.gpkg|layername="
    found = []
    for lang in ("pl", "en"):
        book = _Book(results, layers, identities, lang)
        found += [book.sheet(main, one) for one in PAGES]
        found += [book.sheet(theme, paper) for theme in shown if theme is not main]
        found += [book.atlas(name, main, paper, f"{package}{name}") for name in FIGURES_OF if len(layers[name][0].frame)]
    return [layout_element(one, extent) for one in found]
