"""Types of blocks in products, and the products of a comparison, on the sample estate."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pyogrio
import pytest

from ped_geo import schema
from ped_geo.cli import read_study
from ped_geo.errors import StudyError
from ped_geo.language import LANGUAGES
from ped_geo.outputs.themes import themes
from ped_geo.outputs.web_map.content import map_content
from ped_geo.pipeline.replication import replicate


def test_the_estate_is_called_what_was_drawn(products):
    """Slabs and towers of the seventies, a school, houses and a market, by the streets on which they were drawn."""
    layers = products.run.results.layers
    types = layers["block_types"]["block_type"].astype(str)
    labels = layers["blocks"]["label"].reindex(types.index)
    assert types.value_counts()[["slab_estate", "detached_houses", "panel_estate", "campus", "retail_boxes"]].tolist() == [4, 3, 1, 1, 1]
    assert set(types[labels.str.contains("Ogrodowa")]) == {"detached_houses"}
    assert set(types[labels.str.contains("Spacerowa")]) == {"campus"}


def test_types_stand_on_maps_and_among_the_columns(products):
    results = products.run.results
    blocks = pyogrio.read_dataframe(products.processed / "sample-estate.gpkg", layer="blocks")
    assert set(blocks["block_type"]) <= set(schema.columns("block_types")["block_type"].values)
    assert blocks["type_reason_pl"].str.len().min() > 10
    assert any(theme.key == "block_type" for theme in themes(results))
    shown = next(one for one in map_content(results)["indicators"] if one["key"] == "type")
    assert len(shown["names"]["en"]) == len(shown["colours"]) == len(shown["limits"]) - 1
    kinds = results.layers["block_types"]["block_type"].reindex(results.layers["blocks"].index)
    for value, kind in zip(shown["values"][0], kinds, strict=True):
        assert shown["colours"][value] == shown["colours"][shown["values"][0][list(kinds).index(kind)]]


@pytest.mark.slow
def test_a_pilot_of_one_slab_quarter_finds_the_others(products):
    root = products.root
    study = read_study("sample-estate", root)
    types = products.run.results.layers["block_types"]["block_type"].astype(str)
    slabs = sorted(types.index[types == "slab_estate"])
    told = replicate(study, [study], root, "en", part=",".join(slabs[:2]))
    try:
        assert set(slabs[2:]) <= {block for row in told["quarters"] for block in row["blocks"].split(";")}
        houses = set(types.index[types == "detached_houses"])
        assert not houses & {block for row in told["quarters"] for block in row["blocks"].split(";")}
        files = {Path(path).name: Path(path) for path in told["files"]}
        rows = list(csv.DictReader(files["quarters.csv"].read_text(encoding="utf-8").splitlines()))
        assert [row["rank"] for row in rows] == [str(number + 1) for number in range(len(told["quarters"]))]
        assert {name for name, _ in pyogrio.list_layers(files["replication.gpkg"])} >= {"replicas", "replica_blocks"}
        frozen = json.loads(files["scaling.json"].read_text(encoding="utf-8"))
        assert {one["name"] for one in frozen["variables"]} >= {"fsi", "age", "use"}
        for lang in LANGUAGES:
            page = files[f"replication{'' if lang == 'pl' else '.en'}.html"].read_text(encoding="utf-8")
            assert f'lang="{lang}"' in page
            assert "{" not in page.partition("<body>")[2]
        with pytest.raises(StudyError, match="no block or candidate 'nowhere'"):
            replicate(study, [study], root, "en", part="nowhere")
    finally:
        shutil.rmtree(root / "data" / "processed" / "replicate-sample-estate-sample-estate")
