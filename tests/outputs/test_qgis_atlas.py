"""What the print layouts say in the real QGIS, in whatever locale it runs, and the ground on each page of the atlases."""

from __future__ import annotations

import json
import os
import re
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import geopandas as gpd
import pytest

from ped_geo.outputs.tables import shown_variant

pytestmark = pytest.mark.qgis
SCRIPT = Path(__file__).with_name("qgis_atlas_check.py")
LOCALES = ("C", "pl_PL.UTF-8", "en_US.UTF-8")

ENGLISH_NUMBER = re.compile(r"\d,\d{3}(?!\d)|\d\.\d|(?<![\w–])-\d")
"""Thousands after a comma, a decimal point, a hyphen for a minus."""


def printed(place, folder, locale):
    """What QGIS prints when it runs in a locale, and the locale that it took."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PROJ", "GDAL", "LC_"))
    }
    environment |= {"LC_ALL": locale, "LANG": locale, "QT_QPA_PLATFORM": "offscreen"}
    command = ["/usr/bin/python3", str(SCRIPT), str(place / "sample-estate.qgz"), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=600)
    line = next((line for line in ended.stdout.splitlines() if line.startswith("JSON:")), None)
    assert line, ended.stderr[-2000:]
    return json.loads(line.removeprefix("JSON:"))


@pytest.fixture(scope="module")
def by_locale(products, tmp_path_factory):
    return {locale: printed(products.processed, tmp_path_factory.mktemp("pages"), locale) for locale in LOCALES}


@pytest.fixture(scope="module")
def rows(products):
    """Blocks and candidates as pyogrio reads them."""
    package = products.processed / "sample-estate.gpkg"
    return {
        "blocks": gpd.read_file(package, layer="blocks").set_index("block_id"),
        "candidates": gpd.read_file(package, layer="candidates").set_index("candidate_id"),
    }


def by_hand(value, digits, lang):
    """A number as people of the language write it."""
    step = Decimal(1).scaleb(-digits)
    # what is stored is a binary fraction
    written = f"{Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP):,}".replace("-", "−")
    return written.translate(str.maketrans(",.", "\u00a0,")) if lang == "pl" else written


def layer_of(name):
    return "blocks" if "kwarta" in name or "blocks" in name else "candidates"


def test_layouts_say_the_same_in_every_locale(by_locale):
    assert [seen["locale"] for seen in by_locale.values()] == ["C", "pl_PL", "en_US"]
    first, *others = ({key: value for key, value in seen.items() if key != "locale"} for seen in by_locale.values())
    assert all(other == first for other in others)


def test_polish_layouts_hold_no_number_of_the_english_way_and_english_ones_none_of_the_polish(by_locale):
    for locale, seen in by_locale.items():
        pages = {(name, ""): words for name, words in seen["layouts"].items()}
        pages |= {(name, row): words for name, found in seen["atlases"].items() for row, words in found.items()}
        assert len({name[:2] for name, _ in pages}) == 2
        for (name, row), words in pages.items():
            # the number of the release is none of the language
            told = {key: value for key, value in words.items() if isinstance(value, str) and key != "sources"}
            for key, value in told.items():
                if name.startswith("PL"):
                    assert not ENGLISH_NUMBER.search(value), (locale, name, row, key, value)
                else:
                    assert not re.search(r"\d\u00a0\d|\d,\d(?!\d\d)|(?<![\w–])-\d", value), (locale, name, row, key, value)
            assert words["bar"] == by_hand(1234.5, 1, name[:2].lower())
            assert re.fullmatch(r"1 : \d{3}|1 : [\d\u00a0]+" if name.startswith("PL") else r"1 : [\d,]+", words["scale_ratio"])


def test_pages_of_the_atlases_tell_the_figures_of_the_geopackage(by_locale, rows, products):
    """Heated floor, people and balance, written by hand from what pyogrio reads."""
    shown = shown_variant(products.run.results).key
    balance = {"blocks": f"primary_energy_balance_kwh_m2a__{shown}", "candidates": "balance_kwh_m2a"}
    words = {
        "pl": ("Powierzchnia ogrzewana", "Mieszkańcy", "kWh/(m²·rok)", "zł"),
        "en": ("Heated floor area", "Residents", "kWh/(m²·a)", "PLN"),
    }
    negative = 0
    for seen in by_locale.values():
        assert len(seen["atlases"]) == 4
        for name, pages in seen["atlases"].items():
            lang, table = name[:2].lower(), rows[layer_of(name)]
            area, people, unit, money = words[lang]
            assert sorted(pages) == sorted(table.index), name
            for row, page in pages.items():
                told, one = page["figures"].splitlines(), table.loc[row]
                assert f"{area}: {by_hand(one['reference_area_m2'], 0, lang)} m²" in told
                assert f"{people}: {by_hand(one['residents'], 0, lang)}" in told
                assert any(line.endswith(f": {by_hand(one[balance[layer_of(name)]], 1, lang)} {unit}") for line in told), told
                assert "investment" not in one or any(line.endswith(f": {by_hand(one['investment'], 0, lang)} {money}") for line in told), (
                    told
                )
                negative += "−" in page["figures"]
                assert page["title"] == one["label"]
    assert negative, "no number below zero was seen"


def test_pages_of_the_atlases_show_their_own_block_or_candidate_at_a_round_scale(by_locale, rows):
    """The row with a margin on every side, in the middle of the map, and not much more ground than the next finer scale would show."""
    for seen in by_locale.values():
        for name, pages in seen["atlases"].items():
            bounds = rows[layer_of(name)].bounds
            for row, page in pages.items():
                west, south, east, north = page["ground"]
                box = bounds.loc[row]
                assert (west + east) / 2 == pytest.approx((box.minx + box.maxx) / 2, abs=0.5), name
                assert (south + north) / 2 == pytest.approx((box.miny + box.maxy) / 2, abs=0.5), name
                share = max((box.maxx - box.minx) / (east - west), (box.maxy - box.miny) / (north - south))
                assert share <= 1 / 1.3, (name, row, share)
                # scales lie at most by a factor of two apart
                assert share > 0.3 or round(page["scale"]) == 250, (name, row, share)
                printed_scale = int(re.sub(r"[\u00a0,]", "", page["scale_ratio"].removeprefix("1 : ")))
                assert printed_scale == pytest.approx(page["scale"], rel=1e-6)
                assert printed_scale % 250 == 0
                assert page["bar_mm"] < 60, "the bar reaches the north arrow"
                # two segments in metres on paper
                assert 20 <= 2 * page["step"] / page["scale"] * 1e3 <= 50.1
        # before a page is chosen, the window shows the district: 610 m on 193 mm
        assert all(scale == pytest.approx(5_000, rel=1e-3) for scale in seen["unpaged"].values()), seen["unpaged"]
        scales = {round(page["scale"]) for pages in seen["atlases"].values() for page in pages.values()}
        assert len(scales) > 1, "the scale does not follow the size of the row"
