"""What people correct in the file of a run: buildings, blocks, new buildings, totals; each row is used or rejected with a reason."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from ped_geo.block_corrections import correct_blocks, name_blocks
from ped_geo.blocks import describe_blocks
from ped_geo.buildings import build_buildings
from ped_geo.cli import read_study
from ped_geo.errors import SourceError, StudyError
from ped_geo.outputs.corrections import write_empty_corrections
from ped_geo.outputs.tables import variant_name
from ped_geo.registers import apply_registers, with_block_report
from ped_geo.sources.corrections import LAYERS, correction_rows, has_corrections, with_corrections, with_new_buildings
from ped_geo.sources.registers import no_rows, with_rows
from ped_geo.streets import build_streets
from ped_geo.study import Study
from tests.hamlet import CRS, assigned, box, line, make_areas, make_blocks, make_boundary, make_footprints, make_places, make_ways
from tests.whole_runs import NAME, finish, fresh, products

STUDY = Study(name="hamlet", country="PL")
WHO = {"who": "Anna", "date": pd.Timestamp("2026-01-15")}


def filled(path: Path, **layers: list[dict[str, object]]) -> Study:
    """The file of corrections with rows, as QGIS would add them, and a study that names it."""
    if not path.exists():
        write_empty_corrections(path, make_boundary().crs)
    for name, rows in layers.items():
        kind = LAYERS[name]
        full = [dict.fromkeys(kind.columns) | WHO | row for row in rows]
        frame = pd.DataFrame(full)
        for column, dtype in kind.columns.items():
            frame[column] = frame[column].astype({"int": "Int32", "float": "float64", "bool": "boolean"}.get(dtype, frame[column].dtype))
        shapes = [row.pop("geometry", None) for row in full]
        if kind.geometry:
            frame = gpd.GeoDataFrame(frame.drop(columns="geometry", errors="ignore"), geometry=shapes, crs=CRS)
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=True, geometry_type=kind.geometry or None)
    return STUDY.model_copy(update={"sources": STUDY.sources.model_copy(update={"corrections": path})})


def rows_of(study: Study) -> pd.DataFrame:
    return with_rows(no_rows(), correction_rows(study, make_footprints()))


def registered(**told: object) -> pd.DataFrame:
    """One row of a register."""
    empty = {name: 0.0 if name == "kwh_a" else 1 if name == "row" else "" for name in no_rows()}
    return pd.DataFrame([empty | {"file": "r.csv", "source": "register"} | told])


def built(study: Study, rows: pd.DataFrame | None = None) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    rows = rows_of(study) if rows is None else rows
    return build_buildings(with_new_buildings(study, make_footprints()), make_boundary(), make_areas(), make_places(), study, rows)[:2]


def report_of(study: Study) -> pd.DataFrame:
    rows = rows_of(study)
    shapes, corrected = correct_blocks(make_blocks(make_ways(), built(study, rows)[0]), rows)
    inside = assigned(built(study, rows)[0], shapes)
    described = describe_blocks(shapes, inside, build_streets(make_ways(), make_boundary()), make_areas())
    report = apply_registers(inside, described, rows, study)[2]
    return with_block_report(report, rows, corrected).set_index("kind")


def test_the_empty_file_has_all_layers_with_forms_and_changes_nothing(tmp_path):
    path = tmp_path / "corrections.gpkg"
    study = filled(path)
    assert [name for name, _ in pyogrio.list_layers(path)][: len(LAYERS)] == list(LAYERS)
    assert not has_corrections(path)
    assert correction_rows(study, make_footprints()).empty
    with sqlite3.connect(path) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    base.close()
    assert set(styles) == set(LAYERS)
    form = styles["correct_buildings"]
    assert 'type="ValueMap"' in form
    assert 'value="district_heat"' in form
    assert "Źródło ciepła | Heat supply" in form or "Heat supply | Źródło ciepła" in form


def test_two_empty_files_are_equal_to_the_byte(tmp_path):
    for name in ("a.gpkg", "b.gpkg"):
        write_empty_corrections(tmp_path / name, make_boundary().crs)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_each_attribute_of_a_building_is_corrected_and_says_by_whom(tmp_path):
    row = {
        "building_id": "way/2", "storeys_above_ground": 9, "construction_year": 1988, "use": "office", "heat_supply": "gas",
        "refurbishment_state": "advanced", "heated_share": 0.5,
    }  # fmt: skip
    study = filled(tmp_path / "corrections.gpkg", correct_buildings=[row])
    plain, _ = built(STUDY, no_rows())
    found, _ = built(study)
    rows = rows_of(study)
    found = apply_registers(assigned(found, make_blocks(make_ways(), found)), _blocks(found), rows, study)[0]
    one = found.loc["way/2"]
    assert (one["storeys_above_ground"], one["construction_year"], one["use"], one["heat_supply"]) == (9, 1988.0, "office", "gas")
    assert one["refurbishment_state"] == "advanced"
    for name in ("storeys_above_ground", "construction_year", "use", "heat_supply", "refurbishment_state"):
        assert one[f"{name}_source"] == "corrected: Anna, 2026-01-15", name
    # half of nine storeys of 60 m by 10 m, of whose gross area the share of the assumption is heated
    assert one["reference_area_m2"] == pytest.approx(0.5 * 9 * 600.0 * STUDY.assumed("building.reference_area_share"))
    others = plain.index.difference(["way/2"])
    assert found.loc[others, "reference_area_m2"].tolist() == pytest.approx(plain.loc[others, "reference_area_m2"].tolist())


def _blocks(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = make_blocks(make_ways(), buildings)
    return describe_blocks(shapes, assigned(buildings, shapes), build_streets(make_ways(), make_boundary()), make_areas())


def test_a_point_without_an_identifier_means_the_building_under_it(tmp_path):
    row = {"storeys_above_ground": 8, "geometry": box(25, 22, 26, 23).centroid}
    found, _ = built(filled(tmp_path / "c.gpkg", correct_buildings=[row]))
    assert found.at["way/1", "storeys_above_ground"] == 8


def test_of_two_corrections_of_one_building_the_later_counts(tmp_path):
    later = {"building_id": "way/1", "storeys_above_ground": 7, "date": pd.Timestamp("2026-02-01")}
    earlier = {"building_id": "way/1", "storeys_above_ground": 11}
    found, _ = built(filled(tmp_path / "c.gpkg", correct_buildings=[later, earlier]))
    assert found.at["way/1", "storeys_above_ground"] == 7


def test_a_correction_goes_before_a_register(tmp_path):
    study = filled(tmp_path / "c.gpkg", correct_buildings=[{"building_id": "way/1", "construction_year": 1961}])
    register = registered(kind="years", building_id="way/1", year="1990")
    rows = with_rows(register, correction_rows(study, make_footprints()))
    assert built(study, rows)[0].at["way/1", "construction_year"] == 1961.0


def test_an_excluded_building_is_set_aside_and_a_new_one_stands(tmp_path):
    new = {"storeys_above_ground": 3, "use": "residential_multi", "street": "Nowa", "housenumber": "1", "geometry": box(120, 20, 150, 40)}
    study = filled(tmp_path / "c.gpkg", correct_buildings=[{"building_id": "way/9", "exclude": True}], new_buildings=[new])
    found, aside = built(study)
    assert "way/9" not in found.index
    assert aside.set_index("object_id").at["way/9", "reason"] == "excluded_by_correction"
    one = found.loc["new/1"]
    assert (one["use"], one["storeys_above_ground"], one["street"]) == ("residential_multi", 3, "Nowa")
    assert one["storeys_above_ground_source"] == "corrected: Anna, 2026-01-15"
    assert one["footprint_area_m2"] == pytest.approx(600.0)
    report = report_of(study)
    assert report.loc["exclude", "result"] == "matched"
    assert report.loc["new_building", "result"] == "matched"


def test_rejected_rows_say_why(tmp_path):
    rows = [
        {"building_id": "way/77", "storeys_above_ground": 3},
        {"building_id": "way/1", "storeys_above_ground": 900},
        {"building_id": "way/1", "heated_share": 1.5},
        {"building_id": "way/1", "use": "igloo"},
        {"building_id": "way/10", "heat_supply": "gas"},
    ]
    study = filled(tmp_path / "c.gpkg", correct_buildings=rows)
    report = report_of(study)
    assert sorted(report.loc["storeys", "result"]) == ["not_found", "unreadable_storeys"]
    assert report.loc["heated_share", "result"] == "unreadable_heated_share"
    assert report.loc["building_uses", "result"] == "unknown_use"
    assert report.loc["heat_supply", "result"] == "not_heated"


def test_a_line_divides_a_block_and_blocks_are_joined_and_named(tmp_path):
    plain = make_blocks(make_ways(), built(STUDY, no_rows())[0])
    south_west = next(name for name, shape in plain.geometry.items() if shape.contains(box(50, 50, 51, 51)))
    south_east = next(name for name, shape in plain.geometry.items() if shape.contains(box(250, 50, 251, 51)))
    north_west = next(name for name, shape in plain.geometry.items() if shape.contains(box(50, 250, 51, 251)))
    study = filled(
        tmp_path / "c.gpkg",
        split_blocks=[{"geometry": line((-10, 90), (210, 90))}, {"geometry": line((20, 250), (60, 250))}],
        correct_blocks=[
            {"block_id": north_west, "merge_into": "nowhere"},
            {"block_id": south_west, "name": "Zachód", "geometry": None},
            {"name": "Szkoła", "geometry": box(250, 50, 252, 52).centroid},
        ],
    )
    rows = rows_of(study)
    shapes, report = correct_blocks(plain, rows)
    assert shapes.geometry.area.sum() == pytest.approx(plain.geometry.area.sum())
    assert len(shapes) == len(plain) + 1
    # 200 m by 90 m stay, 200 m by 60 m are new
    assert shapes.loc[south_west].geometry.area == pytest.approx(18_000.0)
    results = report["result"].groupby(rows["kind"]).apply(list).to_dict()
    assert sorted(results["block_split"]) == ["matched", "no_cut"]
    assert results["block_merge"] == ["not_found"]
    named = name_blocks(_blocks(built(study)[0]).reindex(plain.index), rows, report)
    assert named.at[south_west, "label"].endswith(". Zachód")
    assert named.at[south_east, "label"].endswith(". Szkoła")


def test_a_block_joined_to_a_neighbour_keeps_the_neighbours_identifier(tmp_path):
    plain = make_blocks(make_ways(), built(STUDY, no_rows())[0])
    at = {name: shape.centroid for name, shape in plain.geometry.items()}
    west = sorted((name for name in at if at[name].x < make_boundary().centroid.x[0]), key=lambda name: at[name].y)
    east_north = next(name for name in at if name not in west and at[name].y > make_boundary().centroid.y[0])
    study = filled(
        tmp_path / "c.gpkg", correct_blocks=[{"block_id": west[0], "merge_into": west[1]}, {"block_id": east_north, "merge_into": west[0]}]
    )
    shapes, report = correct_blocks(plain, rows_of(study))
    assert set(report["result"]) == {"matched"}
    assert west[0] not in shapes.index
    assert shapes.loc[west[1]].geometry.area == pytest.approx(plain.loc[[*west, east_north]].geometry.area.sum())


def test_a_measured_total_stands_instead_of_the_registers(tmp_path):
    study = filled(
        tmp_path / "c.gpkg", measured_totals=[{"level": "building", "id": "way/1", "carrier": "heat", "value": 100.0, "unit": "MWh"}]
    )
    meter = {"kind": "metered", "building_id": "way/1", "level": "building", "carrier": "heat"}
    register = pd.concat([registered(**meter, kwh_a=amount) for amount in (1.0, 2.0)], ignore_index=True)
    rows = with_rows(register, correction_rows(study, make_footprints()))
    found, _ = built(study, rows)
    inside = assigned(found, make_blocks(make_ways(), found))
    both, alone = (apply_registers(inside, _blocks(found), some, study)[1] for some in (rows, rows[:2]))
    assert both["kwh_a"].tolist() == [100_000.0]
    assert alone["kwh_a"].tolist() == [3.0]


def test_a_file_that_lacks_columns_is_refused(tmp_path):
    gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[shapely.Point(0, 0)], crs=CRS).to_file(
        tmp_path / "c.gpkg", layer="correct_buildings"
    )
    study = STUDY.model_copy(update={"sources": STUDY.sources.model_copy(update={"corrections": tmp_path / "c.gpkg"})})
    with pytest.raises(SourceError, match="lacks storeys_above_ground"):
        rows_of(study)


def test_the_file_is_found_beside_the_district_or_among_the_products_but_not_in_both(tmp_path):
    study = STUDY.model_copy()
    study._folder = tmp_path / "districts"
    own = tmp_path / "data" / "processed" / "hamlet"
    for folder in (study._folder, own):
        folder.mkdir(parents=True)
    write_empty_corrections(own / "corrections.gpkg", make_boundary().crs)
    assert with_corrections(study, tmp_path).sources.corrections is None
    filled(own / "corrections.gpkg", correct_buildings=[{"building_id": "way/1", "storeys_above_ground": 3}])
    assert with_corrections(study, tmp_path).sources.corrections == own / "corrections.gpkg"
    filled(study._folder / "hamlet.corrections.gpkg", correct_buildings=[{"building_id": "way/1", "storeys_above_ground": 3}])
    with pytest.raises(StudyError, match="two files hold corrections of 'hamlet'"):
        with_corrections(study, tmp_path)


FEW_WAYS = """
[retrofit]
packages = ["existing", "usual"]
[uncertainty]
draws = 100
[[variants]]
key = "today"
package = "existing"
[[variants]]
key = "usual_pv"
package = "usual"
pv = true
"""
"""Every step and product, with two ways in place of nine: what a way costs is paid four times here."""


@pytest.mark.slow
def test_corrections_change_what_they_touch_and_undoing_them_gives_the_first_bytes_again(tmp_path):
    root = fresh(tmp_path)
    with (root / "districts" / f"{NAME}.toml").open("a", encoding="utf-8") as file:
        file.write(FEW_WAYS)
    said = [finish(root)[1]]
    folder = root / "data" / "processed" / NAME
    first, empty = products(root), (folder / "corrections.gpkg").read_bytes()
    balances, figures = [pd.read_csv(folder / "balance.csv")], [pd.read_csv(folder / "figures.csv")]
    before = gpd.read_parquet(folder / "buildings.parquet")
    heated = before[before["heated"] & (before["use"] == "residential_multi")].head(20)
    storeys = heated["storeys_above_ground"] + 1
    rows = [{"building_id": name, "storeys_above_ground": int(count)} for name, count in storeys.items()]
    filled(folder / "corrections.gpkg", correct_buildings=[*rows, {"building_id": "way/0", "construction_year": 1970}])
    code, out, _ = finish(root)
    assert code == 0
    said.append(out)
    assert f"{len(rows)} of {len(rows) + 1} rows were used" in out
    after = gpd.read_parquet(folder / "buildings.parquet").loc[before.index]
    changed = after.index[(after["storeys_above_ground"] != before["storeys_above_ground"])]
    assert sorted(changed) == sorted(heated.index)
    untouched = before.index.difference(heated.index)
    # a neighbour's walls may stand against a higher house now, but its own attributes stay
    for column in ("use", "construction_year", "reference_area_m2", "heat_supply", "residents"):
        pd.testing.assert_series_equal(after.loc[untouched, column], before.loc[untouched, column])
    report = pd.read_csv(folder / "corrections.csv")
    used = report[report["result"] == "matched"].set_index("building_id")
    assert used["before"].astype(int).to_dict() == heated["storeys_above_ground"].astype(int).to_dict()
    assert used["after"].astype(int).to_dict() == storeys.astype(int).to_dict()
    assert (used["heat_after_kwh_a"] > used["heat_before_kwh_a"]).all()
    assert report.loc[report["result"] != "matched", "result"].tolist() == ["not_found"]
    balances.append(pd.read_csv(folder / "balance.csv"))
    figures.append(pd.read_csv(folder / "figures.csv"))
    block_of = after["block_id"].astype("str")
    for state, balance in zip(("before", "after"), balances, strict=True):
        today = balance[balance["variant"] == "today"].set_index("block_id")
        column = "primary_energy_balance_kwh_a"
        told = used[f"block_balance_{state}_kwh_a"]
        # both tables are rounded
        assert told.tolist() == pytest.approx(today[column].reindex(block_of[told.index]).tolist(), rel=1e-5), state
        assert used[f"place_balance_{state}_kwh_a"].tolist() == pytest.approx([today[column].sum()] * len(used), rel=1e-5), state
    assert (used["block_balance_after_kwh_a"] < used["block_balance_before_kwh_a"]).all()
    names = {variant.key: variant_name(variant, "en") for variant in read_study(NAME, root).variants}
    for state, words, balance, figure in zip(("before", "after"), said, balances, figures, strict=True):
        (way,) = set(used[f"way_{state}"])
        assert names[way] in words
        paid = balance[balance["variant"] == way].set_index("block_id")["investment"]
        assert used[f"block_investment_{state}"].tolist() == pytest.approx(paid.reindex(block_of[used.index]).tolist(), rel=1e-5)
        of_place = figure[(figure["scope"] == "district") & (figure["variant"] == way)].set_index("figure")["value"] * 1e6
        for column, key in (("investment", "investment"), ("value", "npv")):
            assert used[f"place_{column}_{state}"].tolist() == pytest.approx([of_place[key]] * len(used), rel=1e-5), (state, key)
    assert (used["place_investment_after"] > used["place_investment_before"]).all(), "higher houses ask for more"
    corrected = products(root)
    assert list((folder / ".steps" / ".uncorrected").glob("*/step.json"))
    assert finish(root, "--quiet")[0] == 0
    assert products(root) == corrected
    (folder / "corrections.gpkg").write_bytes(empty)
    assert finish(root, "--quiet")[0] == 0
    assert products(root) == first
    assert not list((folder / ".steps").glob(".*")), "steps without corrections are kept twice"
