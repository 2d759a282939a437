"""Words that people see: terms of the field in both languages, and no word that an editor has struck out."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from ped_geo.figures import FIGURES
from ped_geo.language import catalogue
from ped_geo.outputs.figures import written_unit

PACKAGE = Path(__file__).resolve().parents[1] / "ped_geo"

STRUCK_OUT = {
    "pl": {
        r"dzielnic\w* dodatni": "dystrykt dodatni energetycznie",
        r"\b[Pp]rąd": "energia elektryczna",
        r"[Ee]nergi\w+ pierwotn\w+ nieodnawialn": "nieodnawialna energia pierwotna",
        r"[Cc]iepł\w+ użytkow": "energia użytkowa do ogrzewania",
        r"[Zz]amk\w+ lukę|\bLukę\b": "do zrównoważenia bilansu potrzeba",
        r"jest (to )?dowiedzion": "nie ma korzystniejszego zestawu",
        r"[Oo]dłożon\w+ obiekt|[Oo]biekt\w+ odłożon": "obiekty wyłączone z analizy",
        r"kwartał\w* w liczbie": "liczba kwartałów",
        r"Dz\.U\. \d{4} poz": "Dz.U. z … r. poz.",
        r"PM2\.5": "PM2,5",
        r"według prawa z dnia": "według stanu prawnego na",
        r"·a\)|/a\b": "rok",
        r"(?<=[\d}])[ \u00a0]%": "the sign at the number",
        r"r\.\.": "one full stop",
        r"[Pp]rzegląd potencjału": "wstępna ocena potencjału",
        r"\bPLN\b": "zł",
        r"polskie świadectwa": "jak w świadectwach charakterystyki energetycznej",
        r"% potrzeby": "% potrzebnej mocy",
        r"wszystko w zasięgu": "najdalej",
        r"dziewięć z dziesięciu losowań": "w 90% losowań",
        r"\bKandydat:": "obszar",
        r"^Pytanie$": "kryterium",
        r"\bSzansa\b": "prawdopodobieństwo",
        r"^Zapas\b": "nadwyżka (+) / niedobór (−)",
        r"tylko instalacje budynku": "tylko systemy techniczne budynku",
        r"kwartały odpadły": "dlaczego nie włączono",
        r"niemal zeroenergetyczn(a|ą|ej)\b": "do standardu niemal zeroenergetycznego",
        r"[Nn]ajdalej idący wariant": "name of the variant",
        r"[Ss]półdzielnia lub wspólnota": "spółdzielnie i wspólnoty mieszkaniowe",
        r"[Cc]zas\w* zwrotu": "prosty okres zwrotu",
        r"zawiera kilka wartości": "podano kilka liczb kondygnacji",
        r"^Liczba mieszkańców\.$|^Dotacje dostępne dla wariantu\.$": "how it is estimated, which programmes",
    },
    "en": {
        r"\bguessed\b": "estimated",
        r"\bgoes first\b": "takes precedence",
        r"\b[Hh]eat need\b": "space-heating demand",
        r"\b[Uu]sual retrofit": "standard retrofit",
        r"\b[Tt]enants\b": "residents",
        r"kWh\S* (a year )?are missing": "falls short by",
        r"(?<=[\d}])[ \u00a0]%": "the sign at the number",
    },
}


def shown():
    """Every text by its place: catalogue, columns and what is assumed."""
    for key, words in catalogue().items():
        yield from ((key, lang, words[lang]) for lang in STRUCK_OUT)
    for path in sorted(PACKAGE.rglob("*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for column, words in row.items():
                    if column and column[-3:] in {"_pl", "_en"} and isinstance(words, str):
                        yield f"{path.name} {column}", column[-2:], words
    for name, figure in FIGURES.load().items():
        yield from ((name, lang, figure.label(lang)) for lang in STRUCK_OUT)


@pytest.mark.parametrize("lang", STRUCK_OUT)
def test_no_text_holds_a_word_that_was_struck_out(lang):
    found = [
        (place, words, better)
        for place, spoken, words in shown()
        if spoken == lang
        for pattern, better in STRUCK_OUT[lang].items()
        if re.search(pattern, words)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("report.asked.text", "Czy obszar „{title}” może"),
        ("report.asked", "Kryterium"),
        ("report.margin", "Nadwyżka (+) / niedobór (−)"),
        ("report.flip.none", "żaden pojedynczy parametr"),
        ("report.communities.text", "według stanu prawnego na {date}"),
        ("report.candidate.chance", "w 90% losowań wynik mieści się między"),
        ("report.verdict.no", "do zrównoważenia bilansu brakuje"),
    ],
)
def test_a_text_has_the_words_that_an_editor_gave_it(key, words):
    assert words in catalogue()[key]["pl"]


def test_units_of_figures_are_words_in_polish():
    told = {written_unit(figure.unit, "pl") for figure in FIGURES.load().values()}
    assert [unit for unit in told if re.search(r"[/·]a\b|PLN|^1000 ", unit)] == []
    assert {"kWh/(m²·rok)", "mln zł"} <= told
