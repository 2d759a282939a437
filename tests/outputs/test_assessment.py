"""A drawn or chosen group of blocks: the whole is the district, a candidate's blocks are the candidate, whatever the file's system."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ped_geo.errors import StudyError
from ped_geo.figures.amounts import CHOSEN
from ped_geo.language import money_of
from ped_geo.outputs.assessment import assessment_sentences, write_assessment
from ped_geo.pipeline.assess import assessment, chosen_blocks


@pytest.fixture(scope="module")
def results(products):
    from ped_geo.cli import read_study
    from ped_geo.pipeline.run import compute

    return compute(read_study("sample-estate", products.root), products.root, passing=())


def values(table: pd.DataFrame, scope: str, identity: str) -> pd.Series:
    return table.xs((scope, identity), level=("scope", "group_id"))["value"].sort_index()


def around(results, blocks, grow_m: float = 1.0) -> gpd.GeoDataFrame:
    """What a hand draws around blocks."""
    shape = results.layers["blocks"].loc[list(blocks)].union_all().buffer(grow_m)
    return gpd.GeoDataFrame({"name": ["a"]}, geometry=[shape], crs=results.layers["blocks"].crs)


def test_all_blocks_are_the_district(results):
    found = assessment(results, chosen_blocks(results, ",".join(results.layers["blocks"].index)))
    group, district = values(found.figures, "group", "group"), values(results.layers["figures"], "district", "district")
    common = group.index.intersection(district.index)
    assert len(common) > 100
    assert {"balance", "investment", "grant", "payback", "co2_total", "heat"} <= set(common.get_level_values("figure"))
    assert group[common].to_numpy() == pytest.approx(district[common].to_numpy(), rel=1e-6, abs=1e-6)
    own = results.layers["verdicts"].xs("district", level="group_id")
    mine = found.verdicts.xs("group", level="group_id")
    assert mine.index.tolist() == own.index.tolist()
    assert mine["positive"].tolist() == own["positive"].tolist()
    assert mine["margin_kwh_m2a"].to_numpy(float) == pytest.approx(own["margin_kwh_m2a"].to_numpy(float), rel=1e-9)


def test_the_blocks_of_a_candidate_are_the_candidate(results, tmp_path):
    name = str(results.layers["candidates"].index[0])
    choice = json.loads(str(results.layers["candidates"].at[name, "choices"]))
    file = tmp_path / "choice.csv"
    file.write_text("block_id,variant\n" + "".join(f"{block},{variant}\n" for block, variant in choice.items()), encoding="utf-8")
    candidate = values(results.layers["figures"], "candidate", name).xs(CHOSEN, level="variant")
    for part in (name, str(file)):
        found = assessment(results, chosen_blocks(results, part))
        group = values(found.figures, "group", "group").xs(CHOSEN, level="variant")
        common = group.index.intersection(candidate.index)
        assert {"balance", "investment", "grant", "payback", "co2_total"} <= set(common)
        assert group[common].to_numpy() == pytest.approx(candidate[common].to_numpy(), rel=1e-6)
        own = results.layers["verdicts"].xs(name, level="group_id")["margin_kwh_a"]
        assert found.verdicts.xs("group", level="group_id")["margin_kwh_a"].to_numpy(float) == pytest.approx(own.to_numpy(float), rel=1e-9)


@pytest.mark.parametrize("system", [2180, 4326, 2178, None])
def test_a_polygon_is_placed_in_whatever_system_it_is_drawn(results, tmp_path, system):
    blocks = list(results.layers["blocks"].index[:3])
    drawn = around(results, blocks).to_crs(system or 2180)
    path = tmp_path / "a.shp"
    drawn.to_file(path)
    if system is None:
        path.with_suffix(".prj").unlink()
    chosen = chosen_blocks(results, str(path))
    assert sorted(chosen.blocks) == sorted(blocks)
    assert chosen.system == ("" if system else "EPSG:2180")


def test_a_block_is_in_by_half_of_its_area_and_the_cut_ones_are_told(results, tmp_path):
    blocks = results.layers["blocks"]
    whole, cut = blocks.index[0], blocks.index[1]
    west, south, east, north = blocks.geometry[cut].bounds

    def share_up_to(x: float) -> float:
        return blocks.geometry[cut].intersection(shapely.box(west, south, x, north)).area / blocks.geometry[cut].area

    for share, taken in ((0.4, False), (0.6, True)):
        low, high = west, east
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if share_up_to(middle) < share else (low, middle)
        part = blocks.geometry[cut].intersection(shapely.box(west, south, low, north))
        path = tmp_path / f"{taken}.gpkg"
        gpd.GeoDataFrame(geometry=[blocks.geometry[whole], part], crs=blocks.crs).to_file(path)
        chosen = chosen_blocks(results, str(path))
        assert (cut in chosen.blocks) == taken
        assert chosen.shares[cut] == pytest.approx(share, abs=1e-6)


def test_what_is_no_group_is_refused_in_a_sentence(results, tmp_path):
    far = gpd.GeoDataFrame(geometry=[shapely.box(15.0, 52.0, 15.1, 52.1)], crs=4326)
    far.to_file(tmp_path / "far.gpkg")
    with pytest.raises(StudyError, match="holds at least half of none of the"):
        chosen_blocks(results, str(tmp_path / "far.gpkg"))
    with pytest.raises(StudyError, match="has no block or candidate 'b1'; its candidates are"):
        chosen_blocks(results, "b1,b2")
    (tmp_path / "choice.csv").write_text("block_id,variant\nb1,deep\n", encoding="utf-8")
    with pytest.raises(StudyError) as error:
        chosen_blocks(results, str(tmp_path / "choice.csv"))
    assert any("no block 'b1'" in problem for problem in error.value.problems)
    assert any("no variant 'deep'" in problem for problem in error.value.problems)


def test_the_report_is_there_in_both_languages_without_a_hole(results, tmp_path):
    with money_of(results.study.country):
        found = assessment(results, chosen_blocks(results, ",".join(results.layers["blocks"].index[:3])))
        files = write_assessment(results, found, tmp_path)
        said = {lang: assessment_sentences(results, found, lang) for lang in ("pl", "en")}
    assert [path.name for path in files] == ["assessment.html", "assessment.en.html", "figures.csv", "verdicts.csv", "blocks.csv"]
    for path in files[:2]:
        page = path.read_text(encoding="utf-8")
        assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).lower().split()
        assert page.count("<tr>") >= len(results.study.variants)
    assert said["pl"][0] != said["en"][0]
    assert any("kWh/(m²·rok)" in sentence for sentence in said["pl"])
