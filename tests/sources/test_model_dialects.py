"""Building models as countries and programs write them: names of systems, kinds of surfaces, ids, orders of axes, codes of roofs."""

from __future__ import annotations

import json
import re
import zipfile

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from ped_geo import assumptions, language
from ped_geo.errors import SourceError
from ped_geo.roofs import planes_of_surfaces, roof_planes
from ped_geo.roofs.planes import surface_faults
from ped_geo.sources import load_place
from ped_geo.sources.citygml import read_citygml
from ped_geo.study import Study
from tests.sources.test_official_models import city, city_json, face, gabled_house

EAST, NORTH = 456_000.0, 5_698_000.0
UTM33 = "urn:ogc:def:crs:EPSG::25833"


def boxed(name='gml:id="B0"', *, x=EAST, y=NORTH, top=52.0, low=40.0, code="", more="", points=lambda x, y, z: (x, y, z)):
    """A flat-roofed house of 50 m by 12 m with its walls."""

    def shape(kind, *corners):
        return f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface>{face(*(points(*c) for c in corners))}</bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"

    ring = [(x, y), (x + 50, y), (x + 50, y + 12), (x, y + 12)]
    parts = shape("GroundSurface", *((a, b, low) for a, b in ring[::-1])) + shape("RoofSurface", *((a, b, top) for a, b in ring))
    for (a, b), (c, d) in zip(ring, [*ring[1:], ring[0]], strict=True):
        parts += shape("WallSurface", (a, b, low), (c, d, low), (c, d, top), (a, b, top))
    roof = f"<bldg:roofType>{code}</bldg:roofType>" if code else ""
    return f"<core:cityObjectMember><bldg:Building {name}>{roof}{parts}{more}</bldg:Building></core:cityObjectMember>"


def read(tmp_path, text, *, name="x.gml", near=None, stated=""):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_citygml(path, near=near, stated=stated)


def only(found):
    """Row of the one building."""
    assert (len(found.models), found.given, found.rejected) == (1, 1, {})
    return found.models.iloc[0]


NEAR = (14.36, 51.42, 14.39, 51.44)


# names of systems -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("srs", "epsg", "vertical"),
    [
        ("urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH", 25833, "DE_DHHN2016_NH"),
        ("urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH*GCG2016", 25833, "DE_DHHN2016_NH"),
        ("urn:adv:crs:ETRS89_UTM33", 25833, ""),
        ("ETRS89_UTM33*DE_DHHN92_NH", 25833, "DE_DHHN92_NH"),
        ("urn:ogc:def:crs,crs:EPSG::25833,crs:EPSG::5783", 25833, "DHHN92 height"),
        ("urn:ogc:def:crs,crs:EPSG:6.12:25833,crs:EPSG:6.12:5783", 25833, "DHHN92 height"),
        ("http://www.opengis.net/def/crs/EPSG/0/25833", 25833, ""),
        ("http://www.opengis.net/gml/srs/epsg.xml#25833", 25833, ""),
        ("EPSG:25833", 25833, ""),
        ("epsg:25833", 25833, ""),
        ("EPSG:5555", 25832, "DHHN92 height"),
    ],
)
def test_names_of_systems_are_understood(tmp_path, srs, epsg, vertical):
    found = read(tmp_path, city(boxed(), srs=srs))
    assert (found.models.crs.to_epsg(), found.vertical_datum) == (epsg, vertical)
    assert only(found).geometry.equals(shapely.box(EAST, NORTH, EAST + 50, NORTH + 12))


def test_german_names_are_the_systems_that_they_say():
    """Zone and datum of the name stand in the registry's name of the code."""
    table = assumptions.table("adv_systems")
    for name, code in zip(table["name"], table["epsg"], strict=True):
        registered = pyproj.CRS.from_epsg(int(code)).name
        zone = re.search(r"(?:UTM|3GK)(\d+)$", name)
        if zone:
            assert re.search(rf"zone {zone[1]}N?$", registered)
        datum = (
            re.match(r"(?:DE_)?([\d-]+|[A-Z]+-?\d*)_", name)[1].replace("-", "(", 1)
            if "42-83" in name
            else name.removeprefix("DE_").split("_")[0]
        )
        assert datum.replace("-", "").replace("/", "") in registered.replace("-", "").replace("/", "").replace("1942", "42")


@pytest.mark.parametrize("srs", ["", "urn:adv:crs:MARS_UTM1", "local"])
def test_a_model_without_a_known_system_is_read_in_the_stated_one(tmp_path, srs):
    found = read(tmp_path, city(boxed(), srs=srs), stated="EPSG:25833")
    assert only(found).geometry.equals(shapely.box(EAST, NORTH, EAST + 50, NORTH + 12))
    with pytest.raises(SourceError, match=r"name it in \[sources\] citygml_crs, for example 'EPSG:25833'\.$"):
        read(tmp_path, city(boxed(), srs=srs))
    with pytest.raises(SourceError, match=r"citygml_crs is 'Mars', no known coordinate system"):
        read(tmp_path, city(boxed(), srs=srs), stated="Mars")


def test_the_files_own_system_speaks_before_the_stated_one(tmp_path):
    assert read(tmp_path, city(boxed(), srs=UTM33), stated="EPSG:2180").models.crs.to_epsg() == 25833


def test_two_systems_in_one_file_and_feet_are_refused(tmp_path):
    other = boxed('gml:id="B1"').replace("<gml:Polygon>", '<gml:Polygon srsName="EPSG:2180">')
    with pytest.raises(SourceError, match="names several coordinate systems"):
        read(tmp_path, city(boxed(), other, srs=UTM33))
    with pytest.raises(SourceError, match="counts in US survey foot"):
        read(tmp_path, city(boxed(), srs="EPSG:2263"))


# degrees --------------------------------------------------------------------------------------------------------------


def degrees(order):
    to_degrees = pyproj.Transformer.from_crs(25833, 4979, always_xy=True)

    def turned(x, y, z):
        longitude, latitude = to_degrees.transform(x, y)
        return (latitude, longitude, z) if order == "latitude" else (longitude, latitude, z)

    return turned


@pytest.mark.parametrize("near", [None, NEAR])
@pytest.mark.parametrize(
    ("srs", "order"),
    [
        ("http://www.opengis.net/def/crs/EPSG/0/4979", "latitude"),
        ("urn:ogc:def:crs:EPSG::4326", "latitude"),
        ("urn:ogc:def:crs:EPSG::4937", "latitude"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "longitude"),
    ],
)
def test_a_model_in_degrees_is_as_large_as_in_metres(tmp_path, srs, order, near):
    row = only(read(tmp_path, city(boxed(points=degrees(order)), srs=srs), near=near))
    assert row["height_m"] == 12.0
    assert row.geometry.area == pytest.approx(600.0, rel=1e-6)
    assert row.geometry.symmetric_difference(shapely.box(EAST, NORTH, EAST + 50, NORTH + 12)).area < 0.1


def test_longitude_first_is_known_by_the_place_although_the_code_says_otherwise(tmp_path):
    row = only(read(tmp_path, city(boxed(points=degrees("longitude")), srs="EPSG:4979"), near=NEAR))
    assert row.geometry.symmetric_difference(shapely.box(EAST, NORTH, EAST + 50, NORTH + 12)).area < 0.1


def test_earth_centred_coordinates_are_read(tmp_path):
    to_earth = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    turned = degrees("longitude")
    text = city(boxed(points=lambda x, y, z: to_earth.transform(*turned(x, y, z))), srs="EPSG:4978")
    row = only(read(tmp_path, text, near=NEAR))
    assert row["height_m"] == pytest.approx(12.0, abs=0.01)
    assert row.geometry.area == pytest.approx(600.0, rel=1e-3)
    with pytest.raises(SourceError, match="none of this place"):
        read(tmp_path, text, near=(20.0, 50.0, 20.1, 50.1))


# kinds of surfaces ----------------------------------------------------------------------------------------------------


def loggia(kind):
    ring = [(EAST + 5, NORTH, 46.0), (EAST + 45, NORTH, 46.0), (EAST + 45, NORTH + 2, 46.0), (EAST + 5, NORTH + 2, 46.0)]
    return f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface>{face(*ring)}</bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"


@pytest.mark.parametrize("kind", ["OuterFloorSurface", "OuterCeilingSurface", "ClosureSurface"])
def test_only_roof_surfaces_are_roofs(tmp_path, kind):
    plain = read(tmp_path, city(boxed(), srs=UTM33))
    found = read(tmp_path, city(boxed(more=loggia(kind)), srs=UTM33))
    assert len(found.surfaces) == len(plain.surfaces) == 1
    assert found.models.drop(columns="geometry").equals(plain.models.drop(columns="geometry"))


def test_a_balcony_of_a_building_with_named_roofs_is_no_roof(tmp_path):
    plate = loggia("RoofSurface").replace("bldg:RoofSurface", "bldg:BuildingInstallation").replace("boundedBy", "outerBuildingInstallation")
    assert len(read(tmp_path, city(boxed(more=plate), srs=UTM33)).surfaces) == 1


def test_surfaces_that_are_named_by_a_link_are_what_the_link_says(tmp_path):
    """The solid holds the polygons; the named surfaces only point to them, and one of them is the floor of a loggia."""
    plain = city(boxed(more=loggia("OuterFloorSurface")), srs=UTM33)
    polygons, links = [], []

    def moved(match):
        number = len(polygons)
        polygons.append(match[0].replace("<gml:Polygon>", f'<gml:Polygon gml:id="p{number}">'))
        links.append(number)
        return f'<gml:surfaceMember xlink:href="#p{number}"/>'

    text = re.sub(r"<gml:surfaceMember>.*?</gml:surfaceMember>", moved, plain)
    solid = f"<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{''.join(polygons)}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"
    text = text.replace("<bldg:boundedBy>", f"{solid}<bldg:boundedBy>", 1).replace(
        "<core:CityModel ", '<core:CityModel xmlns:xlink="http://www.w3.org/1999/xlink" '
    )
    found = read(tmp_path, text)
    assert len(found.surfaces) == 1
    assert only(found)["height_m"] == 12.0


# ids ------------------------------------------------------------------------------------------------------------------


def test_buildings_without_ids_stay_buildings(tmp_path):
    found = read(tmp_path, city(*(boxed("", x=EAST + 70 * number, top=50.0 + number) for number in range(6)), srs=UTM33))
    assert found.models["height_m"].tolist() == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]
    assert found.models.index.is_unique
    assert found.surfaces["model_id"].tolist() == found.models.index.tolist() == [f"x.gml#{number}" for number in range(1, 7)]


def test_of_two_buildings_with_one_id_both_are_kept_and_a_copy_is_told(tmp_path):
    twice = [boxed(), boxed(x=EAST + 200), boxed()]
    found = read(tmp_path, city(*twice, srs=UTM33))
    assert found.models.index.tolist() == ["B0", "B0#2"]
    assert found.rejected == {"B0#3": "duplicate"}
    assert found.given == 3


# CityJSON -------------------------------------------------------------------------------------------------------------


def with_shape(kind):
    city_model = city_json()
    (shape,) = city_model["CityObjects"]["NL.1"]["geometry"]
    shell, marks = shape["boundaries"], shape["semantics"]["values"]
    nested = {
        "MultiSurface": (shell[0], marks[0]),
        "CompositeSurface": (shell[0], marks[0]),
        "Solid": (shell, marks),
        "MultiSolid": ([shell], [marks]),
        "CompositeSolid": ([shell], [marks]),
    }
    shape["type"], (shape["boundaries"], shape["semantics"]["values"]) = kind, nested[kind]
    return city_model


@pytest.mark.parametrize("kind", ["MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid"])
def test_every_kind_of_geometry_of_city_json_is_the_same_house(tmp_path, kind):
    found = read(tmp_path, json.dumps(with_shape(kind)), name="x.json")
    row = only(found)
    assert (row["height_m"], row["storeys"], len(found.surfaces)) == (6.0, 2, 1)
    assert row.geometry.equals(shapely.box(85_000, 447_000, 85_010, 447_008))


def test_of_several_solids_all_are_read(tmp_path):
    model = with_shape("MultiSolid")
    (shape,) = model["CityObjects"]["NL.1"]["geometry"]
    model["vertices"] += [(x + 20, y, z) for x, y, z in model["vertices"]]
    second = [[[[index + 8 for index in ring] for ring in one] for one in shell] for shell in shape["boundaries"][0]]
    shape["boundaries"], shape["semantics"]["values"] = [shape["boundaries"][0], second], shape["semantics"]["values"] * 2
    assert only(read(tmp_path, json.dumps(model), name="x.json")).geometry.area == 160.0


def sequence():
    """The house of `city_json` and another 20 m to the east, each feature with points of its own."""
    model = city_json()
    head = model | {"CityObjects": {}, "vertices": []}
    lines = [head]
    for number in range(2):
        thing = {f"NL.{number}": model["CityObjects"]["NL.1"]}
        points = [(x + 20 * number, y, z) for x, y, z in model["vertices"]]
        lines.append({"type": "CityJSONFeature", "id": f"NL.{number}", "CityObjects": thing, "vertices": points})
    return lines


@pytest.mark.parametrize("name", ["x.city.jsonl", "x.jsonl", "x.json", "x.txt"])
def test_a_text_sequence_is_read_line_by_line(tmp_path, name):
    found = read(tmp_path, "\n".join(map(json.dumps, sequence())) + "\n\n", name=name)
    assert found.models.index.tolist() == ["NL.0", "NL.1"]
    assert found.models.geometry["NL.1"].equals(shapely.box(85_020, 447_000, 85_030, 447_008))


@pytest.mark.parametrize(
    "spoil", [lambda lines: lines[1:], lambda lines: [lines[0], {"type": "Feature"}], lambda lines: [*lines[:2], "cut"]]
)
def test_a_damaged_sequence_is_refused_in_one_sentence(tmp_path, spoil):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in spoil(sequence()))
    with pytest.raises(SourceError, match="x.jsonl is (JSON but not|not whole) CityJSON") as error:
        read(tmp_path, text, name="x.jsonl")
    assert len(str(error.value)) < 300


def test_parts_carry_the_attributes_of_their_building_and_its_outline_is_none(tmp_path):
    """As 3DBAG writes: the building has attributes and an outline on the ground, its part the solid."""
    model = city_json()
    house = model["CityObjects"]["NL.1"]
    outline = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    model["CityObjects"] = {
        "NL.1": {
            "type": "Building",
            "attributes": {"b3_dak_type": "multiple horizontal", "b3_bouwlagen": 2},
            "geometry": [outline],
            "children": ["NL.1-0"],
        },
        "NL.1-0": {"type": "BuildingPart", "parents": ["NL.1"], "attributes": {}, "geometry": house["geometry"]},
    }
    row = only(read(tmp_path, json.dumps(model), name="x.json"))
    assert (row.name, row["roof_shape"], row["storeys"], row["height_m"]) == ("NL.1-0", "flat", 2, 6.0)


# roof codes -----------------------------------------------------------------------------------------------------------

ADV = {
    "1000": "flat", "2100": "skillion", "2200": "gabled", "3100": "gabled", "3200": "hipped", "3300": "half-hipped", "3400": "mansard",
    "3500": "pyramidal", "3600": "pyramidal", "3700": "dome", "3800": "saltbox", "3900": "round", "4000": "pyramidal", "5000": "many",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        *ADV.items(),
        ("1030", "gabled"),
        ("1130", "many"),
        ("http://inspire.ec.europa.eu/codelist/RoofTypeValue/halfHippedRoof", "half-hipped"),
        ("Gabled", "gabled"),
    ],
)
def test_codes_of_the_lists_name_the_form(tmp_path, code, shape):
    found = read(tmp_path, city(boxed(code=code), srs=UTM33))
    assert only(found)["roof_shape"] == shape
    assert found.unknown_roof_types == {}


def test_shapes_of_the_table_are_understood_further_on():
    """No code ends in a word that the buildings' own vocabulary does not know."""
    from ped_geo.buildings.words import roof_shapes, word

    assert {word(shape) for shape in assumptions.table("citygml_roof_types")["roof_shape"].dropna()} <= set(roof_shapes())


@pytest.mark.parametrize(
    ("code", "unknown"), [("9999", {}), ("0", {}), ("", {}), ("7777", {"7777": 1}), ("Tonnendach <b>", {"Tonnendach <b>": 1})]
)
def test_where_the_code_says_nothing_the_surfaces_do(tmp_path, code, unknown):
    found = read(tmp_path, city(boxed(code=code.replace("<", "&lt;")), srs=UTM33))
    assert (only(found)["roof_shape"], found.unknown_roof_types) == ("flat", unknown)
    pitched = read(tmp_path, city(gabled_house().replace("1030", code.replace("<", "&lt;"))))
    assert (only(pitched)["roof_shape"], pitched.unknown_roof_types) == ("many", unknown)


def test_parts_under_different_roofs_are_a_roof_of_several_forms(tmp_path):
    part = re.search("<bldg:boundedBy>.*</bldg:boundedBy>", boxed(x=EAST + 50))[0]
    more = f"<bldg:consistsOfBuildingPart><bldg:BuildingPart><bldg:roofType>3100</bldg:roofType>{part}</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    row = only(read(tmp_path, city(boxed(code="1000", more=more), srs=UTM33)))
    assert row["roof_shape"] == "many"
    assert row.geometry.area == pytest.approx(1_200.0)


@pytest.mark.shared
def test_every_roof_of_goerlitz_has_its_form_from_the_model(shared_data, tmp_path):
    """The surfaces of Saxony's LoD2 written as CityGML: no roof stays guessed, and codes are what the surfaces look like."""
    with zipfile.ZipFile(shared_data / "cities" / "city_models" / "goerlitz_de_lod2_surfaces.gpkg.zip") as packed:
        packed.extractall(tmp_path)
    given = gpd.read_file(next(tmp_path.glob("*.gpkg")))
    kinds = {"Roof": "RoofSurface", "Ground": "GroundSurface", "Wall": "WallSurface"}
    members = []
    for name, rows in given[given["Geometr_3D"].isin(kinds)].groupby("ID"):
        parts = "".join(
            f"<bldg:boundedBy><bldg:{kinds[row.Geometr_3D]}><bldg:lod2MultiSurface>"
            + "".join(face(*part.exterior.coords[:-1]) for part in row.geometry.geoms)
            + f"</bldg:lod2MultiSurface></bldg:{kinds[row.Geometr_3D]}></bldg:boundedBy>"
            for row in rows.itertuples()
        )
        codes = "".join(f"<bldg:roofType>{code}</bldg:roofType>" for code in sorted(set(rows["Dachtyp"])))
        members.append(f'<core:cityObjectMember><bldg:Building gml:id="{name}">{codes}{parts}</bldg:Building></core:cityObjectMember>')
    found = read(tmp_path, city(*members, srs="urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH"))
    assert found.given == len(members)
    assert len(found.models) > 540
    assert found.unknown_roof_types == {}
    assert (found.models["roof_shape"] != "").all()
    # more than half were named by codes of the AdV that were not known
    assert (~found.models["roof_shape"].isin(["flat"])).sum() > 250
    planes = planes_of_surfaces(found.surfaces.assign(building_id=found.surfaces["model_id"]))
    tilt = (
        planes["surface_tilt"].mul(planes["area_m2"]).groupby(planes["building_id"]).sum()
        / planes["area_m2"].groupby(planes["building_id"]).sum()
    )
    shapes = found.models["roof_shape"].reindex(tilt.index)
    assert tilt[shapes == "flat"].median() < 5.0
    assert tilt[shapes == "gabled"].median() > 30.0


# what became of all of it ---------------------------------------------------------------------------------------------


def place_of(tmp_path, shapes, **sources):
    gpd.GeoDataFrame({"building": "yes"}, index=range(len(shapes)), geometry=shapes, crs=25833).to_file(tmp_path / "f.gpkg")
    study = Study(name="x", title="X", country="DE", sources={"buildings": "footprints_file", "files": [tmp_path / "f.gpkg"], **sources})
    return load_place(study, tmp_path)


def test_given_models_are_used_elsewhere_or_rejected_and_told(tmp_path):
    flat = boxed('gml:id="flat"', x=EAST + 400, top=40.0).replace("RoofSurface", "FloorSurface").replace("WallSurface", "FloorSurface")
    ghost = '<core:cityObjectMember><bldg:Building gml:id="ghost"/></core:cityObjectMember>'
    torn = "NaN".join(boxed('gml:id="torn"', x=EAST + 200, code="7777").rsplit("52.0", 1))
    far = boxed('gml:id="far"', x=EAST + 90_000)
    (tmp_path / "m.gml").write_text(city(boxed(), boxed(), torn, flat, ghost, far, srs=UTM33))
    shapes = [shapely.box(EAST + 200 * number, NORTH, EAST + 200 * number + 50, NORTH + 12) for number in range(3)]
    place = place_of(tmp_path, shapes, citygml_files=[tmp_path / "m.gml"])
    record = next(record for record in place.provenance["files"] if record["name"] == "m.gml")
    counted = {"given": 6, "used": 2, "elsewhere": 1, "rejected": 3}
    assert {name: record[f"buildings_{name}"] for name in ("given", "used", "elsewhere", "rejected")} == counted
    aside = place.rejected[place.rejected["layer"] == "building_models"]
    assert dict(zip(aside["object_id"], aside["reason"], strict=True)) == {"B0#2": "duplicate", "flat": "no_height", "ghost": "no_geometry"}
    told = {remark.key: remark.values for remark in place.remarks}
    assert set(told) == {"models_rejected", "models_faces", "models_roof_types"}
    assert told["models_faces"]["count"] == 1
    assert told["models_roof_types"]["objects"] == "7777 (1)"
    for lang in language.LANGUAGES:
        for remark in place.remarks:
            assert "m.gml" in language.text(f"check.{remark.key}", lang, **remark.values)


def test_a_building_whose_surfaces_are_no_roofs_gets_one_by_rule():
    """Only a sliver and a wall stand in its model; it had no roof at all, and no modules."""
    from tests.test_roofs import house

    building = house("gabled")
    sliver = shapely.Polygon([(0, 0, 9), (0.5, 0, 9), (0.5, 0.5, 9)])
    wall = shapely.Polygon([(0, 0, 0), (60, 0, 0), (60, 0.1, 9), (0, 0.1, 9)])
    line = shapely.Polygon([(0, 0, 9), (5, 5, 9), (9, 9, 9), (0, 0, 9)])
    surfaces = gpd.GeoDataFrame({"building_id": ["way/1"] * 3, "ground_m": 0.0}, geometry=[sliver, wall, line], crs=2178)
    assert surface_faults(surfaces) == {"used": 0, "steep": 1, "broken": 1, "small": 1}
    planes = roof_planes(building, surfaces)
    assert planes.area.sum() == pytest.approx(720.0)
    assert not (planes["source"] == "lod2").any()
    used = roof_planes(building, gpd.GeoDataFrame(pd_concat(surfaces, building), crs=2178))
    assert set(used["source"]) == {"lod2"}


def pd_concat(surfaces, building):
    """The surfaces and a level roof."""
    import pandas as pd

    level = shapely.force_3d(building.geometry.iloc[0], 15.0)
    return pd.concat(
        [surfaces, gpd.GeoDataFrame({"building_id": ["way/1"], "ground_m": 0.0}, geometry=[level], crs=2178)], ignore_index=True
    )


def test_a_surface_that_crosses_itself_is_mended_to_its_area():
    bow = shapely.Polygon([(0, 0, 9), (10, 10, 9), (10, 0, 9), (0, 10, 9)])
    planes = planes_of_surfaces(gpd.GeoDataFrame({"building_id": ["a"], "ground_m": 0.0}, geometry=[bow], crs=2178))
    assert shapely.is_valid(planes.geometry.to_numpy()).all()
    assert np.isfinite(planes["surface_tilt"]).all()
