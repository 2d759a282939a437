"""Building models, surface models and the joining of sources: hand-made cases first, then the real files."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources._conflation import match_footprints, with_tags_of
from ped_geo.sources._surface_window import surface_window
from ped_geo.sources.citygml import read_citygml
from ped_geo.sources.elevation import heights_above_ground, model_records, open_model, read_raster
from ped_geo.study import Study

X, Y = 567_000.0, 246_000.0
SPACES = (
    'xmlns:core="http://www.opengis.net/citygml/{v}" xmlns:bldg="http://www.opengis.net/citygml/building/{v}" '
    'xmlns:gml="http://www.opengis.net/gml" xmlns:gen="http://www.opengis.net/citygml/generics/{v}"'
)
SRS = "urn:ogc:def:crs,crs:EPSG::2180,crs:PL-KRON86-NH"


def face(*corners, hole=(), turned=False):
    def ring(points):
        numbers = " ".join(f"{(y, x, z)[i]}" if turned else f"{(x, y, z)[i]}" for x, y, z in [*points, points[0]] for i in range(3))
        return f"<gml:LinearRing><gml:posList>{numbers}</gml:posList></gml:LinearRing>"

    inner = f"<gml:interior>{ring(hole)}</gml:interior>" if hole else ""
    return f"<gml:surfaceMember><gml:Polygon><gml:exterior>{ring(corners)}</gml:exterior>{inner}</gml:Polygon></gml:surfaceMember>"


def gabled_house(name="h1", *, x=X, y=Y, turned=False):
    """10 m by 8 m, eaves at 6 m and ridge at 9 m above a ground at 200 m; walls left out but one."""
    (a, b, g) = ((x, y), (x + 10, y + 8), 200.0)
    ground = face((*a, g), (b[0], a[1], g), (*b, g), (a[0], b[1], g), turned=turned)
    south = face((*a, 206), (b[0], a[1], 206), (b[0], y + 4, 209), (a[0], y + 4, 209), turned=turned)
    north = face((a[0], y + 4, 209), (b[0], y + 4, 209), (*b, 206), (a[0], b[1], 206), turned=turned)
    wall = face((*a, g), (b[0], a[1], g), (b[0], a[1], 206), (*a, 206), turned=turned)
    parts = [("GroundSurface", ground), ("RoofSurface", south), ("RoofSurface", north), ("WallSurface", wall)]
    bounded = "".join(
        f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface><gml:MultiSurface>{shape}</gml:MultiSurface></bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"
        for kind, shape in parts
    )
    return f'<core:cityObjectMember><bldg:Building gml:id="{name}"><bldg:roofType>1030</bldg:roofType>{bounded}</bldg:Building></core:cityObjectMember>'


def box_house(name="b1"):
    """LoD1: 10 m by 8 m by 12 m."""
    low, high = ([(X, Y, z), (X + 10, Y, z), (X + 10, Y + 8, z), (X, Y + 8, z)] for z in (200.0, 212.0))
    walls = "".join(face(low[i], low[(i + 1) % 4], high[(i + 1) % 4], high[i]) for i in range(4))
    solid = f"<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{face(*low)}{face(*high)}{walls}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>"
    return f'<core:cityObjectMember><bldg:Building gml:id="{name}">{solid}</bldg:Building></core:cityObjectMember>'


def city(*members, srs=SRS, version="2.0", head=""):
    envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs}"/></gml:boundedBy>' if srs else ""
    return f'<?xml version="1.0"?>{head}<core:CityModel {SPACES.format(v=version)}>{envelope}{"".join(members)}</core:CityModel>'


def models_of(tmp_path, text, *, near=None, name="x.gml"):
    path = tmp_path / name
    path.write_text(text)
    return read_citygml(path, near=near)


# CityGML --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_gabled_house_has_the_heights_of_its_drawing(tmp_path, version):
    found = models_of(tmp_path, city(gabled_house(), version=version))
    row = found.models.loc["h1"]
    assert (row["height_m"], row["eaves_height_m"], row["ground_m"], row["lod"]) == (9.0, 6.0, 200.0, 2)
    assert row["roof_shape"] == "gabled"
    assert found.models.geometry["h1"].equals(shapely.box(X, Y, X + 10, Y + 8))
    assert len(found.surfaces) == 2
    assert found.vertical_datum == "PL-KRON86-NH"
    assert found.models.crs.to_epsg() == 2180


def test_roof_surfaces_become_planes_of_the_right_tilt(tmp_path):
    from ped_geo.roofs import planes_of_surfaces

    surfaces = models_of(tmp_path, city(gabled_house())).surfaces.assign(building_id="h1")
    planes = planes_of_surfaces(surfaces)
    np.testing.assert_allclose(planes["surface_tilt"], math.degrees(math.atan2(3, 4)))
    assert sorted(planes["surface_azimuth"].round(6)) == [0.0, 180.0]
    np.testing.assert_allclose(planes["area_m2"], 50.0)


def test_a_block_of_lod1_has_one_height_and_no_roof_surfaces(tmp_path):
    found = models_of(tmp_path, city(box_house()))
    row = found.models.loc["b1"]
    assert (row["height_m"], row["eaves_height_m"], row["lod"]) == (12.0, 12.0, 1)
    assert row.geometry.area == pytest.approx(80.0)
    assert found.surfaces.empty


def test_a_court_stays_open(tmp_path):
    low = [(X, Y, 200), (X + 30, Y, 200), (X + 30, Y + 30, 200), (X, Y + 30, 200)]
    court = [(X + 10, Y + 10, 200), (X + 20, Y + 10, 200), (X + 20, Y + 20, 200), (X + 10, Y + 20, 200)]
    roof, hole = ([(x, y, 215) for x, y, _ in ring] for ring in (low, court))
    parts = "".join(
        f"<bldg:boundedBy><bldg:{kind}>{face(*ring, hole=inner)}</bldg:{kind}></bldg:boundedBy>"
        for kind, ring, inner in (("GroundSurface", low, court), ("RoofSurface", roof, hole))
    )
    found = models_of(tmp_path, city(f'<core:cityObjectMember><bldg:Building gml:id="c">{parts}</bldg:Building></core:cityObjectMember>'))
    assert found.models.geometry["c"].area == pytest.approx(800.0)


def test_of_several_levels_of_detail_the_second_speaks_alone(tmp_path):
    """A block of 12 m (LoD1) and an outline of the roof (LoD0) stand in the file beside the gabled house of 9 m."""
    edge = [(X - 1, Y - 1, 230.0), (X + 11, Y - 1, 230.0), (X + 11, Y + 9, 230.0), (X - 1, Y + 9, 230.0)]
    outline = f"<bldg:lod0RoofEdge><gml:MultiSurface>{face(*edge)}</gml:MultiSurface></bldg:lod0RoofEdge>"
    block = re.search("<bldg:lod1Solid>.*</bldg:lod1Solid>", box_house())[0]
    house = gabled_house().replace("<bldg:boundedBy>", f"{outline}{block}<bldg:boundedBy>", 1)
    found = models_of(tmp_path, city(house))
    assert found.models.loc["h1", ["height_m", "eaves_height_m", "lod"]].tolist() == [9.0, 6.0, 2]
    assert found.models.geometry["h1"].equals(shapely.box(X, Y, X + 10, Y + 8))
    assert len(found.surfaces) == 2


def test_a_low_annexe_does_not_speak_for_the_eaves(tmp_path):
    annexe = face((X + 10, Y, 203), (X + 12, Y, 203), (X + 12, Y + 8, 203), (X + 10, Y + 8, 203))
    more = f"<bldg:boundedBy><bldg:RoofSurface><bldg:lod2MultiSurface>{annexe}</bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy>"
    found = models_of(tmp_path, city(gabled_house().replace("</bldg:Building>", f"{more}</bldg:Building>")))
    assert found.models.loc["h1", ["height_m", "eaves_height_m"]].tolist() == [9.0, 6.0]


@pytest.mark.parametrize("turned", [False, True])
def test_buildings_elsewhere_are_counted_and_passed_over(tmp_path, turned):
    members = [gabled_house(f"h{number}", x=X + 3_000 * number, turned=turned) for number in range(5)]
    west, south = gpd.GeoSeries([shapely.Point(X - 100, Y - 100)], crs=2180).to_crs(4326)[0].coords[0]
    east, north = gpd.GeoSeries([shapely.Point(X + 3_100, Y + 100)], crs=2180).to_crs(4326)[0].coords[0]
    found = models_of(tmp_path, city(*members), near=(west, south, east, north))
    assert found.models.index.tolist() == ["h0", "h1"]
    assert found.elsewhere == 3
    assert found.models.geometry["h0"].equals(shapely.box(X, Y, X + 10, Y + 8))
    with pytest.raises(SourceError, match="holds 5 buildings but none of this place"):
        models_of(tmp_path, city(*members), near=(21.0, 52.0, 21.1, 52.1))


def test_easting_comes_first_although_the_code_says_otherwise(tmp_path):
    west, south, east, north = models_of(tmp_path, city(gabled_house())).models.to_crs(4326).total_bounds
    assert 19 < west < east < 21
    assert 50 < south < north < 51


def test_northing_first_is_known_by_the_place_of_interest(tmp_path):
    near = (19.9, 50.0, 20.0, 50.1)
    found = models_of(tmp_path, city(gabled_house(turned=True)), near=near)
    assert found.models.geometry["h1"].equals(shapely.box(X, Y, X + 10, Y + 8))
    assert shapely.get_coordinates(found.surfaces.geometry.iloc[0], include_z=True)[:, 2].max() == 209.0


def test_northing_first_is_known_by_the_systems_own_area(tmp_path):
    x, y, srs = 7_430_000.0, 5_550_000.0, "urn:ogc:def:crs:EPSG::2178"
    found = models_of(tmp_path, city(gabled_house(x=x, y=y, turned=True), srs=srs))
    assert found.models.geometry["h1"].equals(shapely.box(x, y, x + 10, y + 8))


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (city(gabled_house(), head=BOMB), "declares a document type"),
        (city(gabled_house(), head='<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">'), "declares a document type"),
        (city(gabled_house(), head=f"<!--{' ' * 200_000}-->{BOMB}"), "declares a document type"),
        (city(gabled_house(), srs=""), "names no EPSG"),
        (city(gabled_house(), srs="urn:ogc:def:crs:EPSG::999999"), "EPSG::999999', no coordinate system that is known"),
        (city(), "holds no building"),
        (city(gabled_house())[:-400], "not whole CityGML"),
        ("", "holds no XML"),
        ("not xml at all", "not well-formed"),
        (city(gabled_house()).replace("206", "north"), "holds no building|names no|not whole"),
        ("<a>" * 100_000, "not whole CityGML"),
    ],
    ids=["bomb", "external", "bomb after a comment", "no srs", "strange srs", "empty", "cut off", "nothing", "text", "words", "depth"],
)
def test_a_damaged_or_hostile_model_is_refused(tmp_path, text, told):
    with pytest.raises(SourceError, match=told) as error:
        models_of(tmp_path, text)
    assert len(str(error.value)) < 300


def test_a_building_without_geometry_is_named_and_the_rest_is_read(tmp_path):
    empty = '<core:cityObjectMember><bldg:Building gml:id="ghost"/></core:cityObjectMember>'
    nan = gabled_house("nan").replace("200.0", "NaN").replace("206", "inf")
    found = models_of(tmp_path, city(empty, nan, gabled_house()))
    assert list(found.models.index) == ["h1"]
    assert found.rejected == {"ghost": "no_geometry", "nan": "no_geometry"}


def city_json(**changed):
    corners = [(0, 0, 0), (10, 0, 0), (10, 8, 0), (0, 8, 0), (0, 0, 6), (10, 0, 6), (10, 8, 6), (0, 8, 6)]
    shell = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], *[[[i, (i + 1) % 4, 4 + (i + 1) % 4, 4 + i]] for i in range(4)]]
    shape = {
        "type": "Solid",
        "lod": "2.2",
        "boundaries": [shell],
        "semantics": {
            "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
            "values": [[0, 1, 2, 2, 2, 2]],
        },
    }
    return {
        "type": "CityJSON",
        "version": "1.1",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "transform": {"scale": [1, 1, 1], "translate": [85_000, 447_000, 2]},
        "vertices": corners,
        "CityObjects": {"NL.1": {"type": "Building", "attributes": {"storeysAboveGround": 2}, "geometry": [shape]}},
    } | changed


def test_city_json_is_read_with_its_transform_and_compound_system(tmp_path):
    found = models_of(tmp_path, json.dumps(city_json()), name="x.json")
    row = found.models.loc["NL.1"]
    assert (row["height_m"], row["ground_m"], row["storeys"], row["lod"]) == (6.0, 2.0, 2, 2)
    assert found.models.geometry["NL.1"].equals(shapely.box(85_000, 447_000, 85_010, 447_008))
    assert found.models.crs.to_epsg() == 28992
    assert "NAP" in found.vertical_datum
    assert len(found.surfaces) == 1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"type": "CityJSON"}', '{"type": "FeatureCollection"}', json.dumps(city_json(vertices=[[0, 0, 0]])), "[" * 100_000],
)
def test_damaged_city_json_is_refused(tmp_path, text):
    with pytest.raises(SourceError, match="CityJSON"):
        models_of(tmp_path, text, name="x.json")


PEAK = """
import resource, sys
from pathlib import Path
import geopandas, lxml.etree, shapely
from ped_geo.sources.citygml import read_citygml

west, north = float(sys.argv[2]), float(sys.argv[3])
square = geopandas.GeoSeries([shapely.box(west, north, west + 1000, north + 1000)], crs=2180).to_crs(4326)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = read_citygml(Path(sys.argv[1]), near=tuple(square.total_bounds))
print(len(found.models), len(found.surfaces), found.elsewhere, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("wrapper", "megabytes"), [("core:cityObjectMember", 150), ("gml:featureMembers", 30)])
def test_a_county_of_models_needs_the_memory_of_a_district(tmp_path, wrapper, megabytes):
    """Measured: 19 MB beside a file of 150 MB, of which a square of 1 km is wanted; one wrapper around all is no way round it."""
    path, count = tmp_path / "large.gml", 0
    one_wrapper = wrapper.endswith("s")
    with path.open("w") as file:
        file.write(city().removesuffix("</core:CityModel>") + f"<{wrapper}>" * one_wrapper)
        while file.tell() < megabytes * 2**20:
            house = gabled_house(f"h{count}", x=X + 20 * (count % 300), y=Y + 20 * (count // 300))
            file.write(re.sub("</?core:cityObjectMember>", "", house) if one_wrapper else house)
            count += 1
        file.write(f"</{wrapper}>" * one_wrapper + "</core:CityModel>")
    ended = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), str(X), str(Y)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    models, surfaces, elsewhere, grown = map(float, ended.stdout.split())
    # a grid of 20 m in a square of 1 km, a little larger in degrees
    assert 50 * 50 <= models <= 53 * 53
    assert surfaces == 2 * models
    assert models + elsewhere == count
    assert grown < 40


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "surfaces", "datum"),
    [
        ("2476_M-34-62-B-b-1-2_lod2.gml", 6, 78, "PL-KRON86-NH"),
        ("2862_N-34-77-D-b-1-1_lod2.gml", 3, 5, "PL-KRON86-NH"),
        ("0464_wloclawek_lod1.gml", 6, 0, "PL-EVRF2007-NH"),
    ],
)
def test_the_national_models_parse(shared_data, name, count, surfaces, datum):
    found = read_citygml(shared_data / "gugik_citygml" / name)
    assert (len(found.models), len(found.surfaces), found.vertical_datum, found.rejected) == (count, surfaces, datum, {})
    west, south, east, north = found.models.to_crs(4326).total_bounds
    assert {"2476": 18.92, "2862": 20.40, "0464": 19.07}[name[:4]] == pytest.approx((west + east) / 2, abs=0.02)
    assert {"2476": 50.31, "2862": 53.82, "0464": 52.66}[name[:4]] == pytest.approx((south + north) / 2, abs=0.02)


@pytest.mark.shared
def test_swietochlowice_models_join_the_topographic_footprints(shared_data):
    sources = {
        "buildings": "bdot10k",
        "files": [shared_data / "swietochlowice_bdot10k" / "swietochlowice_bdot10k.gpkg"],
        "citygml_files": [shared_data / "gugik_citygml" / "2476_M-34-62-B-b-1-2_lod2.gml"],
    }
    place = load_place(Study(name="x", title="X", sources=sources), Path("unused"))
    joined = place.conflation
    assert joined["state"].tolist() == ["matched"] * 6
    # the register's own ids confirm what the areas say
    assert (joined["building_id"] == joined["other_id"]).all()
    rows = place.footprints.loc[joined["building_id"]]
    tags = [json.loads(text) for text in rows["tags"]]
    found = sorted((round(area), tag["building:levels"], tag["height"]) for area, tag in zip(rows.to_crs(2180).area, tags, strict=True))
    assert [row[1:] for row in found] == [("2", "8.4"), ("3", "11.2"), ("3", "11.2"), ("3", "14.3"), ("1", "5.3"), ("2", "10.3")]
    assert [row[0] for row in found] == pytest.approx([55, 67, 69, 402, 945, 1952], abs=170)
    assert all(json.loads(text)["height"] == "lod2" for text in rows["tag_sources"])
    assert len(place.surfaces) == 78
    assert (place.footprints["tag_sources"] == "{}").sum() == 3_505 - 6


# joining --------------------------------------------------------------------------------------------------------------


def boxes(index, *bounds):
    return gpd.GeoDataFrame(geometry=[shapely.box(*b) for b in bounds], index=list(index), crs=2180)


def states(pairs):
    return {(row.building_id, row.other_id): row.state for row in pairs.itertuples()}


def test_outlines_that_share_most_of_the_smaller_one_are_the_same_building():
    mine = boxes("abc", (0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10))
    theirs = boxes("xyz", (1, 0, 11, 10), (26, 0, 36, 10), (100, 0, 110, 10))
    pairs = match_footprints(mine, theirs, min_share=0.5)
    assert states(pairs) == {("a", "x"): "matched", ("b", ""): "left", ("c", ""): "left", ("", "y"): "left", ("", "z"): "left"}
    assert pairs.set_index("building_id").loc["a", "share_of_building"] == pytest.approx(0.9)


def test_one_outline_drawn_as_two_is_split():
    pairs = match_footprints(boxes("a", (0, 0, 20, 10)), boxes("xy", (0, 0, 10, 10), (10, 0, 20, 10)), min_share=0.5)
    assert states(pairs) == {("a", "x"): "split", ("a", "y"): "split"}
    turned = match_footprints(boxes("xy", (0, 0, 10, 10), (10, 0, 20, 10)), boxes("a", (0, 0, 20, 10)), min_share=0.5)
    assert states(turned) == {("x", "a"): "split", ("y", "a"): "split"}


@pytest.mark.parametrize("empty", ["mine", "theirs"])
def test_nothing_joins_nothing(empty):
    full = boxes("a", (0, 0, 1, 1))
    none = full.iloc[:0]
    pairs = match_footprints(*((none, full) if empty == "mine" else (full, none)), min_share=0.5)
    assert pairs["state"].tolist() == ["left"]


def footprint(tags, source="osm"):
    frame = boxes("a", (0, 0, 10, 10))
    return frame.assign(source=source, tags=[json.dumps(tags)], tag_sources="{}")


def joined(tags, other, *, own="osm", source="lod2"):
    base = footprint(tags, own)
    pairs = match_footprints(base, boxes("x", (0, 0, 10, 10)), min_share=0.5)
    out = with_tags_of(base, pairs, {"x": other}, source=source)
    assert json.loads(base["tag_sources"]["a"]) == {}
    return json.loads(out["tags"]["a"]), json.loads(out["tag_sources"]["a"])


def test_a_measured_height_wins_over_a_mapped_one_and_says_so():
    assert joined({"height": "10"}, {"height": "12.3"}) == ({"height": "12.3"}, {"height": "lod2"})


def test_a_mapped_height_wins_over_a_modelled_one():
    assert joined({"height": "10"}, {"height": "12.3"}, source="overture") == ({"height": "10"}, {})


def test_a_gap_is_filled_by_any_source():
    assert joined({}, {"building:levels": "3"}, source="eubucco") == ({"building:levels": "3"}, {"building:levels": "eubucco"})


@pytest.mark.parametrize(
    ("mine", "theirs", "wins"), [("yes", "school", "school"), ("school", "yes", "school"), ("school", "office", "school")]
)
def test_a_plain_building_never_wins_over_a_said_use(mine, theirs, wins):
    assert joined({"building": mine}, {"building": theirs}, source="bdot10k")[0]["building"] == wins


def test_ranks_of_the_table_are_unique_per_key():
    table = assumptions.table("source_precedence")
    assert not table.duplicated(["key", "rank"]).any()
    assert not table.duplicated(["key", "provider"]).any()


# surface models -------------------------------------------------------------------------------------------------------

WEST, NORTH = 7_430_000.0, 5_550_100.0


def write_raster(path, values, *, crs="EPSG:2178", west=WEST, north=NORTH, pixel=1.0, nodata=None):
    import rasterio
    from rasterio.transform import from_origin

    driver = "AAIGrid" if path.suffix == ".asc" else "GTiff"
    options = {"driver": driver, "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "float32", "nodata": nodata}
    with rasterio.open(path, "w", crs=crs, transform=from_origin(west, north, pixel, pixel), **options) as out:
        out.write(values.astype("float32"), 1)
    return path


def town():
    """100 m by 100 m on ground at 220 m: a slab of 15 m with a chimney, a hall of 8 m, a tree beside."""
    surface = np.full((100, 100), 220.0)
    surface[10:20, 10:50] = 235.0
    surface[12, 12] = 250.0
    surface[60:80, 60:90] = 228.0
    surface[24:28, 20:24] = 232.0
    shapes = [shapely.box(WEST + 10, NORTH - 20, WEST + 50, NORTH - 10), shapely.box(WEST + 60, NORTH - 80, WEST + 90, NORTH - 60)]
    far = shapely.box(WEST + 500, NORTH - 500, WEST + 510, NORTH - 490)
    frame = gpd.GeoDataFrame(geometry=[*shapes, far], crs=2178, index=["slab", "hall", "far"])
    return surface, frame


def study_with(surface, terrain=None):
    return Study(name="x", title="Town", sources={"surface_model": surface, "terrain_model": terrain})


def test_heights_are_those_of_the_town_without_chimneys(tmp_path):
    surface, frame = town()
    heights = heights_above_ground(frame, study_with(write_raster(tmp_path / "dsm.tif", surface)))
    assert heights[["slab", "hall"]].tolist() == [15.0, 8.0]
    assert math.isnan(heights["far"])


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.5, 0.9])
def test_a_taller_neighbour_wall_to_wall_raises_no_roof(tmp_path, shift):
    """A house of 6 m by 40 m of floor and 8 m, all along one of 30 m, mapped up to a metre off the picture."""
    surface = np.full((100, 100), 220.0)
    surface[20:26, 10:50] = 228.0
    surface[26:40, 10:50] = 250.0
    low = shapely.box(WEST + 10, NORTH - 26 - shift, WEST + 50, NORTH - 20 - shift)
    frame = gpd.GeoDataFrame(geometry=[low], crs=2178, index=["low"])
    heights = heights_above_ground(frame, study_with(write_raster(tmp_path / "dsm.tif", surface)))
    assert heights["low"] == 8.0


@pytest.mark.parametrize("part", [0.25, 0.5])
def test_a_grid_that_starts_between_two_pixels_of_the_working_grid_is_not_shifted(tmp_path, part):
    surface, _ = town()
    path = write_raster(tmp_path / "dsm.tif", surface, west=WEST + part, north=NORTH - part)
    found = read_raster(open_model(path, study_with(path)), (WEST + 5.1, NORTH - 30.7, WEST + 60.3, NORTH - 4.9), study_with(path))
    column, row = ~found.transform * (WEST + part + 10.5, NORTH - part - 10.5)
    assert (column % 1, row % 1) == pytest.approx((0.5, 0.5))
    # the slab begins at the eleventh pixel of either axis
    assert found.values[int(row), int(column)] == 235.0
    assert found.values[int(row) - 1, int(column)] == found.values[int(row), int(column) - 1] == 220.0


def test_the_terrain_model_gives_the_ground_on_a_slope(tmp_path):
    surface, frame = town()
    slope = np.linspace(0, 30, 100)[:, None] * np.ones(100)
    terrain = write_raster(tmp_path / "dtm.tif", 220.0 + slope)
    heights = heights_above_ground(frame, study_with(write_raster(tmp_path / "dsm.tif", surface + slope), terrain))
    # the roof follows the slope in this town: 95 % of it lie below a height between the mean and the top of the slope
    assert heights["slab"] == pytest.approx(15.0 + 0.45 * 3.0, abs=0.3)
    assert heights["hall"] == pytest.approx(8.0 + 0.45 * 6.0, abs=0.3)


def test_tiles_of_a_folder_are_one_model(tmp_path):
    surface, frame = town()
    whole = heights_above_ground(frame, study_with(write_raster(tmp_path / "whole.tif", surface)))
    folder = tmp_path / "tiles"
    folder.mkdir()
    for row in range(2):
        for column in range(2):
            part = surface[50 * row : 50 * row + 50, 30 * column : (100 if column else 30)]
            write_raster(folder / f"{row}{column}.tif", part, west=WEST + 30 * column, north=NORTH - 50 * row)
    pieces = heights_above_ground(frame, study_with(folder))
    assert pieces.equals(whole)
    assert [record["name"] for record in model_records(study_with(folder))] == ["00.tif", "01.tif", "10.tif", "11.tif"]


def test_an_ascii_grid_is_read_as_a_geotiff(tmp_path):
    surface, frame = town()
    path = write_raster(tmp_path / "dsm.asc", surface, nodata=-9999.0)
    heights = heights_above_ground(frame, study_with(path))
    assert heights[["slab", "hall"]].tolist() == [15.0, 8.0]


# PL-1992 with PL-EVRF2007-NH, with PL-KRON86-NH
EVRF, KRON = "EPSG:2180+9651", "EPSG:2180+9650"


def sheets(folder, surface, *, crs=None):
    """The town as four ARC/INFO ASCII grids in PL-1992, as the geoportal hands them out: without a coordinate system."""
    folder.mkdir()
    for row in range(2):
        for column in range(2):
            part = surface[50 * row : 50 * row + 50, 50 * column : 50 * column + 50]
            path = folder / f"{row}{column}.asc"
            write_raster(path, part, crs=crs, west=X + 50 * column, north=Y - 50 * row, nodata=-9999.0)
    return folder


def town_in_1992():
    surface, frame = town()
    frame.geometry = frame.geometry.translate(X - WEST, Y - NORTH)
    return surface, frame.set_crs(2180, allow_override=True)


def study_of(**sources):
    return Study(name="x", title="Town", sources=sources)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_ascii_sheets_without_a_system_are_read_in_the_stated_one_and_joined(tmp_path):
    surface, frame = town_in_1992()
    folder = sheets(tmp_path / "nmpt", surface)
    assert not list(folder.glob("*.prj"))
    study = study_of(surface_model=folder, elevation_crs=EVRF)
    # the slab lies on two sheets, the hall on two others
    assert heights_above_ground(frame, study)[["slab", "hall"]].tolist() == [15.0, 8.0]
    assert {record["vertical_datum"] for record in model_records(study)} == {"EVRF2007-PL height"}
    window = surface_window(folder, (X, Y - 100, X + 100, Y), 2180, 1.0, stated=EVRF)
    np.testing.assert_array_equal(window.to_numpy(), surface)
    with pytest.raises(SourceError, match=r"00\.asc has no coordinate system; name it in \[sources\] elevation_crs"):
        heights_above_ground(frame, study_of(surface_model=folder))


@pytest.mark.parametrize("stated", ["EPSG:999999", "nonsense", "EPSG:4326"])
def test_a_stated_system_that_cannot_serve_is_told(tmp_path, stated):
    surface, frame = town_in_1992()
    folder = sheets(tmp_path / "nmpt", surface)
    with pytest.raises(SourceError, match="no known coordinate system|degrees"):
        heights_above_ground(frame, study_of(surface_model=folder, elevation_crs=stated))


@pytest.mark.parametrize("suffix", ["tif", "asc"])
def test_the_datum_is_that_of_the_file_before_that_of_the_study(tmp_path, suffix):
    path = write_raster(tmp_path / f"dsm.{suffix}", town()[0], crs=KRON)
    for stated in ("", EVRF):
        (record,) = model_records(study_of(surface_model=path, elevation_crs=stated))
        assert "1986" in record["vertical_datum"]
    unnamed = write_raster(tmp_path / "plain.tif", town()[0], crs="EPSG:2180")
    assert model_records(study_of(surface_model=unnamed))[0]["vertical_datum"] == "not named"
    assert model_records(study_of(surface_model=unnamed, elevation_crs=EVRF))[0]["vertical_datum"] == "EVRF2007-PL height"


def test_two_vertical_datums_are_an_error(tmp_path):
    surface, frame = town_in_1992()
    dsm = write_raster(tmp_path / "dsm.tif", surface, crs=EVRF, west=X, north=Y)
    dtm = write_raster(tmp_path / "dtm.tif", np.full_like(surface, 220.0), crs=KRON, west=X, north=Y)
    with pytest.raises(SourceError, match="surface_model is in EVRF2007-PL height and terrain_model in Baltic 1986 height"):
        heights_above_ground(frame, study_of(surface_model=dsm, terrain_model=dtm))
    folder = tmp_path / "tiles"
    folder.mkdir()
    for number, crs in enumerate((EVRF, KRON, "EPSG:2180")):
        write_raster(folder / f"{number}.tif", surface, crs=crs, west=X + 100 * number, north=Y)
    with pytest.raises(SourceError, match=r"vertical datum \(Baltic 1986 height and EVRF2007-PL height and none named\)"):
        heights_above_ground(frame, study_of(surface_model=folder))


def test_one_datum_written_by_two_formats_is_one(tmp_path):
    surface, frame = town_in_1992()
    dsm = write_raster(tmp_path / "dsm.tif", surface, crs=EVRF, west=X, north=Y)
    dtm = write_raster(tmp_path / "dtm.asc", np.full_like(surface, 220.0), crs=EVRF, west=X, north=Y)
    assert heights_above_ground(frame, study_of(surface_model=dsm, terrain_model=dtm))[["slab", "hall"]].tolist() == [15.0, 8.0]


def test_a_terrain_model_in_another_system_lies_under_the_right_buildings(tmp_path):
    surface, frame = town_in_1992()
    surface = surface + np.linspace(0, 3, 100)
    dsm = write_raster(tmp_path / "dsm.tif", surface, crs="EPSG:2180", west=X, north=Y)
    # the same slope to the east over a wider square of PL-2000, 220 m at the town's western edge
    middle = gpd.GeoSeries([shapely.Point(X, Y)], crs=2180).to_crs(2178).iloc[0]
    ground = 220.0 + (np.arange(600) + 0.5 - 300.0) * 0.03 * np.ones((600, 1))
    dtm = write_raster(tmp_path / "dtm.tif", ground, crs="EPSG:2178", west=middle.x - 300, north=middle.y + 300)
    heights = heights_above_ground(frame, study_of(surface_model=dsm, terrain_model=dtm))
    # 95 % of the eastern slope across 38 m and 28 m within the walls lie below a height 0.45 of it above the middle
    assert heights["slab"] == pytest.approx(15.0 + 0.45 * 38 * 0.03, abs=0.15)
    assert heights["hall"] == pytest.approx(8.0 + 0.45 * 28 * 0.03, abs=0.15)


def test_heights_in_feet_are_refused(tmp_path):
    path = write_raster(tmp_path / "dsm.tif", town()[0], crs="EPSG:26918+6360")
    with pytest.raises(SourceError, match="gives heights in US survey foot"):
        model_records(study_of(surface_model=path))


def test_unknown_pixels_are_left_out(tmp_path):
    surface, frame = town()
    surface[10:20, 30:50] = -3.4e38
    surface[60:80, 60:90] = np.nan
    heights = heights_above_ground(frame, study_with(write_raster(tmp_path / "dsm.tif", surface)))
    assert heights["slab"] == 15.0
    assert math.isnan(heights["hall"])


def test_a_footprint_in_other_coordinates_gets_the_same_height(tmp_path):
    surface, frame = town()
    study = study_with(write_raster(tmp_path / "dsm.tif", surface))
    assert heights_above_ground(frame.to_crs(4326), study)[["slab", "hall"]].tolist() == [15.0, 8.0]


def test_flat_ground_is_no_building(tmp_path):
    surface, frame = town()
    heights = heights_above_ground(frame, study_with(write_raster(tmp_path / "dsm.tif", np.full_like(surface, 220.0))))
    assert heights.isna().all()


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: write_raster(path / "a.tif", town()[0], west=WEST + 5_000), "does not reach Town"),
        (lambda path: write_raster(path / "a.tif", town()[0], crs=None), "no coordinate system"),
        (lambda path: write_raster(path / "a.tif", town()[0], crs="EPSG:4326", west=20.0, north=50.0, pixel=1e-5), "degrees"),
        (lambda path: path / "nowhere.tif", "holds no raster"),
        (lambda path: path, "holds no raster"),
    ],
)
def test_a_raster_that_cannot_serve_is_told(tmp_path, make, told):
    with pytest.raises(SourceError, match=told):
        heights_above_ground(town()[1], study_with(make(tmp_path)))


def test_garbage_is_no_raster(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\x00garbage" * 20)
    with pytest.raises(SourceError, match="cannot be read as a raster"):
        heights_above_ground(town()[1], study_with(tmp_path / "a.tif"))


def test_a_part_too_large_to_hold_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ped_geo.sources.elevation.LARGEST_PIXELS", 100)
    path = write_raster(tmp_path / "dsm.tif", town()[0])
    with pytest.raises(SourceError, match="more than 100 pixels"):
        read_raster(open_model(path, study_with(path)), (WEST, NORTH - 50, WEST + 50, NORTH), study_with(path))


@pytest.mark.shared
def test_goteborg_rasters_give_heights_of_buildings(shared_data):
    folder = shared_data / "dsm_goteborg"
    sources = {"buildings": "footprints_file", "files": [folder / "buildings.gpkg"]}
    models = {"surface_model": folder / "DSM_KRbig.tif", "terrain_model": folder / "DEM_KRbig.tif"}
    place = load_place(Study(name="x", title="X", country="SE", sources=sources | models), Path("unused"))
    measured = [json.loads(text) for text in place.footprints["tags"]]
    heights = np.array([float(tag["height"]) for tag in measured if "height" in tag])
    # two more lie on the raster: one is open ground between tall walls, one 1.3 m high, which is no building
    assert len(heights) == 38
    assert 12 < np.median(heights) < 20
    # the church of the picture is the tallest, its tower reaches 58 m above the datum
    assert heights.max() < 58.1
    assert (place.footprints["tag_sources"] == '{"height": "dsm"}').sum() == 38
    assert {record["name"] for record in place.provenance["files"]} == {"buildings.gpkg", "DSM_KRbig.tif", "DEM_KRbig.tif"}
    # without the terrain model the lowest surface around serves: the same within a storey for nearly all
    study = Study(name="x", title="X", country="SE", sources=sources | {"surface_model": models["surface_model"]})
    with_terrain = heights_above_ground(place.footprints, Study(name="x", title="X", sources=sources | models))
    without = heights_above_ground(place.footprints, study)
    assert ((without - with_terrain).abs().dropna() < 3.0).mean() > 0.9
