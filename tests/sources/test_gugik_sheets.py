"""Sheets of the national terrain and surface models, from a server that answers as the geoportal's index does, and that fails."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from ped_geo.errors import ChecksumError, SourceError
from ped_geo.sources import gugik_sheets, load_place
from ped_geo.sources._providers import with_elevation
from ped_geo.sources._surface_window import surface_window
from ped_geo.sources.elevation import open_model
from ped_geo.sources.gugik_sheets import Sheet, chosen_sheets, sheets_of_answer
from ped_geo.study import Study
from tests.servers import FAULTS, FAULTS_OF_ANY_SERVICE

INDEX = {"NMT": "/wss/nmt", "NMPT": "/wss/nmpt"}
HAMLET = gpd.GeoSeries([shapely.box(20.0, 50.09, 20.0022, 50.0922)], crs=4326).to_crs(2180).total_bounds


def grid(west, south, columns, rows, height, pixel=10.0):
    """An ARC/INFO ASCII grid, as the sheets are."""
    head = f"ncols {columns}\nnrows {rows}\nxllcorner {west}\nyllcorner {south}\ncellsize {pixel}\nNODATA_value -9999\n"
    return (head + "\n".join(" ".join([f"{height:.2f}"] * columns) for _ in range(rows)) + "\n").encode()


def feature(name, url, box, *, layer="SkorowidzNMT2023", **other):
    west, south, east, north = box
    # the order of axes of EPSG:2180: northing first
    corners = [(south, west), (south, east), (north, east), (north, west), (south, west)]
    told = {
        "godlo": name, "akt_rok": "2023", "format": "ARC/INFO ASCII GRID", "char_przestrz": "1.00 m", "uklad_xy": "PL-1992",
        "uklad_h": "PL-EVRF2007-NH", "czy_ark_wypelniony": "TAK", "url_do_pobrania": url,
    } | other  # fmt: skip
    fields = "".join(f"<gugik:{key}>{value}</gugik:{key}>" for key, value in told.items())
    ring = " ".join(f"{a} {b}" for a, b in corners)
    return (
        f'<wfs:member><gugik:{layer} gml:id="{layer}.1">{fields}<gugik:msGeometry><gml:Polygon srsName="urn:ogc:def:crs:EPSG::2180">'
        f"<gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
        f"</gugik:msGeometry></gugik:{layer}></wfs:member>"
    )


SPACES = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gugik="http://www.gugik.gov.pl" xmlns:gml="http://www.opengis.net/gml/3.2"'


def collection(*members):
    return f'<?xml version="1.0"?><wfs:FeatureCollection {SPACES}>{"".join(members)}</wfs:FeatureCollection>'.encode()


def capabilities(*names):
    layers = "".join(f"<wfs:FeatureType><wfs:Name>{name}</wfs:Name></wfs:FeatureType>" for name in names)
    return f"<wfs:WFS_Capabilities {SPACES}><wfs:Name>WFS</wfs:Name>{layers}</wfs:WFS_Capabilities>".encode()


@pytest.fixture
def study(osm):
    """A hamlet whose sheets lie on the server: ground at 220 m, surface at 232 m, an older ground at 200 m that nobody needs."""
    west, south, east, north = HAMLET
    box = (west - 500, south - 500, east + 500, north + 500)
    size = int((east - west + 1000) / 10) + 1, int((north - south + 1000) / 10) + 1
    for product, height in (("NMT", 220.0), ("NMPT", 232.0)):
        files = {2023: (f"/NumDaneWys/{product}/new.asc", height), 2019: (f"/NumDaneWys/{product}/old.asc", height - 20.0)}
        for path, level in files.values():
            osm.files[path] = grid(box[0], box[1], *size, level)
        answers = {
            f"gugik:Skorowidz{product}{year}": collection(feature("M-34-64/b", osm.url + path, box)) for year, (path, _) in files.items()
        }

        def answer(query, product=product, answers=answers):
            if query["REQUEST"] == "GetCapabilities":
                return capabilities(f"gugik:Skorowidz{product}2019", f"gugik:Skorowidz{product}2023", "gugik:SkorowidzLidar2024")
            return answers[query["TYPENAMES"]]

        osm.files[INDEX[product]] = answer

    def make(**more):
        sources = {"timeout_s": 5.0, "longest_wait_s": 0.0, "attempts": 3, "elevation": "gugik", "geoportal_url": osm.url}
        sources |= osm.sources | {"terrain_index_url": osm.url + INDEX["NMT"], "surface_index_url": osm.url + INDEX["NMPT"]} | more
        # the surface of these sheets is as high beside the houses as on them
        level = {"elevation.ground_gap": 15.0}
        return Study(name="hamlet", title="Hamlet", place={"bbox": [20.0, 50.09, 20.0022, 50.0922]}, sources=sources, overrides=level)

    return make


def test_heights_of_buildings_come_from_the_newest_sheets(osm, study, tmp_path):
    place = load_place(study(), tmp_path / "raw")
    heights = place.footprints["tags"].map(lambda tags: json.loads(tags).get("height"))
    # 232 m of surface over 220 m of ground; the garage's tag says 2.5 m and the model cannot see so small a roof
    assert set(heights.dropna()) <= {"12.0", "2.5 m"}
    assert (heights == "12.0").sum() >= 3
    assert "GUGiK, NMT, NMPT" in place.provenance["attribution"]
    asked = [form.get("TYPENAMES") for service, form in osm.asked if service == "files"]
    assert "gugik:SkorowidzNMT2023" in asked
    assert "gugik:SkorowidzNMT2019" not in asked, "the newest year already covers the place"


def test_frozen_sheets_name_both_systems_and_serve_without_network(osm, study, tmp_path):
    boundary = load_place(study(), tmp_path / "raw").boundary
    asked = len(osm.asked)
    found = with_elevation(study(), boundary, tmp_path / "raw")
    assert len(osm.asked) == asked
    model = open_model(found.sources.terrain_model, found)
    assert model.crs.to_epsg() == 2180
    assert "EVRF2007" in model.datum
    x, y = (HAMLET[0] + HAMLET[2]) / 2, (HAMLET[1] + HAMLET[3]) / 2
    window = surface_window(found.sources.terrain_model, (x - 20, y - 20, x + 20, y + 20), 2180, 1.0)
    assert np.unique(window.to_numpy()).tolist() == [220.0]


def test_a_file_that_the_study_names_goes_before_the_sheets(osm, study, tmp_path):
    west, south = HAMLET[:2] - 500
    own = tmp_path / "own.tif"
    with rasterio.open(
        own, "w", driver="GTiff", width=200, height=200, count=1, dtype="float32", crs=2180,
        transform=rasterio.Affine(10, 0, west, 0, -10, south + 2000),
    ) as out:  # fmt: skip
        out.write(np.full((200, 200), 100.0, np.float32), 1)
    boundary = load_place(study(elevation=""), tmp_path / "raw").boundary
    found = with_elevation(study(terrain_model=own), boundary, tmp_path / "raw")
    assert found.sources.terrain_model == own
    assert found.sources.surface_model == tmp_path / "raw" / "hamlet" / "nmpt"
    assert not [form for _, form in osm.asked if form.get("TYPENAMES", "").startswith("gugik:SkorowidzNMT2")]


def test_the_index_is_asked_northing_first(osm, study, tmp_path):
    load_place(study(), tmp_path / "raw")
    box = next(form["BBOX"] for _, form in osm.asked if form.get("TYPENAMES") == "gugik:SkorowidzNMT2023")
    south, west, north, east = (float(part) for part in box.split(",")[:4])
    assert south < HAMLET[1] < HAMLET[3] < north
    assert west < HAMLET[0] < HAMLET[2] < east


AREA = shapely.box(500_000, 240_000, 501_000, 241_000)


def test_outlines_are_read_in_the_order_that_meets_the_place():
    swapped = feature("A", "https://x.pl/a.asc", (240_000, 500_000, 242_000, 502_000))
    for member in (feature("A", "https://x.pl/a.asc", (500_000, 240_000, 502_000, 242_000)), swapped):
        sheet = sheets_of_answer(collection(member), 2023, AREA, allowed="https://x.pl")[0]
        assert sheet.outline.bounds == (500_000, 240_000, 502_000, 242_000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"uklad_h": "PL-KRON86-NH"},
        {"uklad_xy": "PL-1965"},
        {"format": "LAZ"},
        {"format": "ASCII TBD"},
        {"format": "ASCII XYZ GRID"},
        {"format": "XYZ"},
        {"char_przestrz": "dense"},
        {"url_do_pobrania": "https://elsewhere.example/a.asc"},
        {"url_do_pobrania": "https://x.pl.evil.example/a.asc"},
        {"url_do_pobrania": "file:///etc/passwd"},
    ],
)
def test_sheets_of_other_systems_formats_and_addresses_are_left_out(wrong):
    box = (500_000, 240_000, 502_000, 242_000)
    answer = collection(feature("A", "https://x.pl/a.asc", box), feature("B", "https://x.pl/b.asc", box, **wrong))
    assert [sheet.name for sheet in sheets_of_answer(answer, 2023, AREA, allowed="https://x.pl/")] == ["A"]


def sheet(name, year, box, epsg=2180, pixel=1.0):
    return Sheet(name, year, f"https://x.pl/{name}", epsg, pixel, shapely.box(*box))


def test_older_sheets_fill_what_newer_ones_leave_and_no_more_is_asked():
    asked = []

    def years():
        for year, found in (
            (2025, [sheet("new half", 2025, (500_000, 240_000, 500_500, 241_000))]),
            (
                2023,
                [sheet("old whole", 2023, (499_000, 239_000, 502_000, 242_000)), sheet("same", 2023, (500_000, 240_000, 500_400, 241_000))],
            ),
            (2019, [sheet("oldest", 2019, (499_000, 239_000, 502_000, 242_000))]),
        ):
            asked.append(year)
            yield found

    assert [one.name for one in chosen_sheets(years(), AREA)] == ["new half", "old whole"]
    assert asked == [2025, 2023]


def test_sheets_of_one_system_are_taken_the_one_that_covers_most():
    half, whole = (500_000, 240_000, 500_600, 241_000), (499_000, 239_000, 502_000, 242_000)
    years = [[sheet("zone", 2025, half, epsg=2178)], [sheet("country", 2020, whole)]]
    assert [one.name for one in chosen_sheets(iter(years), AREA)] == ["country"]
    assert [one.name for one in chosen_sheets(iter(years[:1]), AREA)] == ["zone"]
    assert chosen_sheets(iter([[]]), AREA) == []


def test_the_finer_sheet_of_a_year_is_taken():
    box = (499_000, 239_000, 502_000, 242_000)
    found = chosen_sheets(iter([[sheet("coarse", 2025, box), dataclasses.replace(sheet("fine", 2025, box), pixel_m=0.5)]]), AREA)
    assert [one.name for one in found] == ["fine"]


@pytest.mark.parametrize("name", [name for name in FAULTS_OF_ANY_SERVICE if "drip" not in name])
def test_faults_that_pass_are_ridden_out(osm, study, tmp_path, name):
    osm.faults["files"] = [FAULTS[name]]
    place = load_place(study(timeout_s=3.0), tmp_path / "raw")
    assert "GUGiK, NMT, NMPT" in place.provenance["attribution"]


LASTING = {
    "no XML": (b"busy", "no well-formed XML"),
    "an exception": (
        b"<ows:ExceptionReport xmlns:ows='o'><ows:Exception>down</ows:Exception></ows:ExceptionReport>",
        "ExceptionReport.*down",
    ),
    "a document type": (b'<!DOCTYPE x [<!ENTITY a "b">]><WFS_Capabilities>&a;</WFS_Capabilities>', "document type"),
    "no layers": (capabilities("gugik:SkorowidzNMPT2023"), "lists no layer SkorowidzNMT"),
}


@pytest.mark.parametrize("name", list(LASTING))
def test_a_fault_of_the_index_that_lasts_is_one_sentence_and_nothing_is_frozen(osm, study, tmp_path, name):
    content, words = LASTING[name]
    osm.files[INDEX["NMT"]] = content
    with pytest.raises(SourceError, match=words) as told:
        load_place(study(), tmp_path / "raw")
    assert "\n" not in str(told.value)
    assert not list((tmp_path / "raw" / "hamlet").glob("nm*/*"))


VRT = b"""<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>
<SourceFilename>/vsicurl/http://127.0.0.1:1/x.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"""
POINTS = "".join(f"{560_000 + x}.00 {245_000 - y}.00 220.00\n" for y in range(9) for x in range(9)).encode()


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>busy</html>", grid(0, 0, 30, 30, 1.0)[:200], VRT, POINTS],
    ids=["empty", "a page", "cut off", "a file that leads elsewhere", "a list of points"],
)
def test_a_sheet_that_is_not_whole_is_one_sentence_and_nothing_is_frozen(osm, study, tmp_path, content):
    osm.files["/NumDaneWys/NMT/new.asc"] = content
    with pytest.raises(SourceError, match=r"none of the 1 sheets of NMT can be used.*tried 3 times") as told:
        load_place(study(), tmp_path / "raw")
    assert "\n" not in str(told.value)
    assert not list((tmp_path / "raw" / "hamlet").glob("nm*/*"))


def test_one_bad_sheet_costs_its_own_ground_only_and_is_told(osm, study, tmp_path):
    west, south, east, north = HAMLET
    middle = (west + east) / 2
    halves = {"W": (west - 500, south - 500, middle, north + 500), "E": (middle, south - 500, east + 500, north + 500)}
    members = [feature(name, f"{osm.url}/NumDaneWys/NMPT/{name}.asc", box) for name, box in halves.items()]
    osm.files[INDEX["NMPT"]] = lambda query: capabilities("gugik:SkorowidzNMPT2023") if "Cap" in query["REQUEST"] else collection(*members)
    osm.files["/NumDaneWys/NMPT/W.asc"] = grid(
        west - 500, south - 500, int((east - west) / 20) + 51, int((north - south + 1000) / 10) + 1, 232.0
    )
    osm.files["/NumDaneWys/NMPT/E.asc"] = POINTS
    place = load_place(study(), tmp_path / "raw")
    heights = place.footprints["tags"].map(lambda tags: json.loads(tags).get("height"))
    assert (heights == "12.0").any()
    assert list(place.provenance["lost_sheets"]) == ["NMPT: E (2023)"]
    again = load_place(study(), tmp_path / "raw")
    assert again.provenance["lost_sheets"] == place.provenance["lost_sheets"]


def test_a_place_without_sheets_is_told(osm, study, tmp_path):
    osm.files[INDEX["NMT"]] = lambda query: capabilities("gugik:SkorowidzNMT2023") if "Cap" in query["REQUEST"] else collection()
    with pytest.raises(SourceError, match=r"no sheet of PL-EVRF2007-NH here; give terrain_model a file"):
        load_place(study(), tmp_path / "raw")


def test_changed_sheets_are_noticed_and_other_places_refused(study, tmp_path):
    place = load_place(study(), tmp_path / "raw")
    elsewhere = place.boundary.translate(0.01).to_frame("geometry")
    with pytest.raises(SourceError, match="of another place or service"):
        with_elevation(study(), elsewhere, tmp_path / "raw")
    frozen = next((tmp_path / "raw" / "hamlet" / "nmt").glob("*.tif"))
    frozen.write_bytes(frozen.read_bytes() + b"x")
    with pytest.raises(ChecksumError, match="has changed since it was frozen"):
        load_place(study(), tmp_path / "raw")


def test_a_part_of_the_sheets_is_not_taken_for_all():
    part = collection(feature("A", "https://x/NumDaneWys/a.asc", AREA.bounds)).replace(
        b"FeatureCollection xmlns", b'FeatureCollection numberMatched="2" xmlns', 1
    )
    with pytest.raises(SourceError, match="it sent 1 of 2 sheets"):
        sheets_of_answer(part, 2023, AREA, allowed="https://x")
    whole = part.replace(b'numberMatched="2"', b'numberMatched="unknown"')
    assert [found.name for found in sheets_of_answer(whole, 2023, AREA, allowed="https://x")] == ["A"]


def test_sheets_of_more_bytes_than_fit_are_refused_and_nothing_is_frozen(study, tmp_path, monkeypatch):
    monkeypatch.setattr(gugik_sheets, "LARGEST_TOTAL", 100)
    with pytest.raises(SourceError, match="hold more than 0 MB; choose a smaller place"):
        load_place(study(), tmp_path / "raw")
    assert not list((tmp_path / "raw").rglob("*.tif"))
