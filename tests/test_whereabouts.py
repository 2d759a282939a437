"""Where a place lies decides its country, clock, coordinate system and altitude; what contradicts it is refused or told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from ped_geo.crs import map_scale, to_working_crs, working_epsg
from ped_geo.errors import SourceError, StudyError
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.preflight import preflight
from ped_geo.pipeline.run import inputs
from ped_geo.pipeline.whereabouts import country_remarks
from ped_geo.remarks import sentences
from ped_geo.site import Site
from ped_geo.sources import RawPlace
from ped_geo.sources._whereabouts import altitude_at, countries_at, zone_at
from ped_geo.sources.climate import nearest_station
from ped_geo.study import Study
from tests import hamlet
from tests.sources.test_epw import HEAD, rows

CITIES = {
    "Kraków": (50.06, 19.94, "PL", "Europe/Warsaw"),
    "Görlitz": (51.155, 14.987, "DE", "Europe/Berlin"),
    "Zgorzelec": (51.153, 15.005, "PL", "Europe/Warsaw"),
    "Lisboa": (38.72, -9.14, "PT", "Europe/Lisbon"),
    "Rīga": (56.95, 24.1, "LV", "Europe/Riga"),
    "Vaduz": (47.14, 9.52, "LI", "Europe/Vaduz"),
    "Bratislava": (48.14, 17.11, "SK", "Europe/Bratislava"),
    "Santa Cruz de Tenerife": (28.46, -16.25, "ES", "Atlantic/Canary"),
    "Kotka": (60.47, 26.94, "FI", "Europe/Helsinki"),
    "Sydney": (-33.95, 151.18, "AU", "Australia/Sydney"),
    "Palmas": (-10.19, -48.33, "BR", "America/Araguaina"),
    "Mumbai": (19.07, 72.88, "IN", "Asia/Kolkata"),
}


@pytest.mark.parametrize("city", CITIES)
def test_a_city_lies_in_its_country_and_keeps_its_clock(city):
    latitude, longitude, country, zone = CITIES[city]
    assert countries_at(latitude, longitude)[0] == country
    assert zone_at(latitude, longitude) == zone


@pytest.mark.parametrize("city", CITIES)
def test_lengths_and_areas_are_true_in_the_system_of_every_city_whatever_country_is_named(city):
    latitude, longitude, country, _ = CITIES[city]
    square = shapely.box(longitude, latitude, longitude + 0.001, latitude + 0.001)
    ground = abs(Geod(ellps="WGS84").geometry_area_perimeter(square)[0])
    for named in (country, "PL", ""):
        frame = gpd.GeoDataFrame(geometry=[square], crs=4326)
        drawn = to_working_crs(frame, working_epsg(longitude, latitude, named), layer="square").area.iloc[0]
        assert drawn == pytest.approx(ground, rel=0.003), named


def place_at(latitude, longitude):
    """One slab of 60 m by 10 m at a point, in degrees as files give it."""
    here = gpd.GeoSeries([shapely.Point(longitude, latitude)], crs=4326)
    plane = here.estimate_utm_crs()
    x, y = here.to_crs(plane).iloc[0].coords[0]

    def frame(rows, index, shapes):
        return gpd.GeoDataFrame(rows, geometry=shapes, crs=plane, index=pd.Index(index, dtype="str")).to_crs(4326)

    text = {"source": ["osm"], "tags": ['{"building": "apartments", "building:levels": "5"}'], "tag_sources": ["{}"]}
    empty = frame({name: pd.array([], dtype="str") for name in text}, [], [])
    ring = shapely.box(x - 100, y - 100, x + 160, y + 110)
    return RawPlace(
        boundary=frame({"name": ["here"], "origin": ["file"]}, ["0"], [ring]),
        footprints=frame(text, ["way/1"], [shapely.box(x, y, x + 60, y + 10)]),
        ways=empty,
        areas=empty,
        points_of_interest=empty,
        rejected=pd.DataFrame(columns=["object_id", "layer", "reason"]),
        surfaces=gpd.GeoDataFrame({"building_id": pd.array([], dtype="str"), "ground_m": []}, geometry=[], crs=plane),
    )


def year_at(folder, latitude, longitude, *, zone=1, altitude=422):
    path = folder / "year.epw"
    head = HEAD.format(zone=zone).replace(f"50.00,20.00,{zone},200.0", f"{latitude},{longitude},{zone},{altitude}")
    path.write_text(head + "\n".join(",".join(row) for row in rows()) + "\n", encoding="utf-8")
    return path


def taken(folder, latitude, longitude, *, weather=None, **settings):
    """Site, layers and provenance of a place whose weather was measured beside it, unless said otherwise."""
    file = year_at(folder, *(weather or (latitude, longitude)))
    sources = {"weather": "epw", "weather_file": file} | settings.pop("sources", {})
    return inputs(Study(name="here", sources=sources, **settings), place_at(latitude, longitude), folder, refresh=False)


@pytest.mark.parametrize("city", ["Kraków", "Lisboa", "Sydney", "Mumbai"])
def test_a_place_without_a_country_gets_the_system_the_clock_and_the_altitude_of_its_own(tmp_path, city):
    latitude, longitude, country, zone = CITIES[city]
    site, layers, _ = taken(tmp_path, latitude, longitude)
    assert site.tz == zone
    assert (site.altitude_m, site.altitude_source) == (422.0, "weather")
    assert layers["footprints"].crs.to_epsg() == working_epsg(longitude, latitude, country)
    assert layers["footprints"].area.iloc[0] == pytest.approx(600.0, rel=0.003)


def test_a_report_takes_the_country_of_the_place_and_keeps_one_that_is_named():
    from ped_geo.pipeline.whereabouts import settled

    lisbon = place_at(38.72, -9.14)
    assert settled(Study(name="x"), lisbon).country == "PT"
    assert settled(Study(name="x", country="PL"), lisbon).country == "PL"


def test_a_study_without_country_is_never_given_polish_numbers_abroad():
    from ped_geo.pipeline.whereabouts import refuse_abroad

    with pytest.raises(StudyError, match=r"'x' names no country and lies at 38.72° N, 9.14° W, in PT, .* set country = 'PT'"):
        run_steps(STEPS, Study(name="x"), Site(38.72, -9.14), {}, store=None)
    refuse_abroad(Study(name="x", country="PT"), Site(38.72, -9.14))
    refuse_abroad(Study(name="x"), Site(50.06, 19.94))
    sea = Site(56.0, 18.0)
    refuse_abroad(Study(name="x"), sea)
    assert "no_country" in [remark.key for remark in country_remarks(Study(name="x"), sea)]


def told(layers, lang="en"):
    return sentences(layers["told"], lang)


@pytest.mark.parametrize(
    ("latitude", "longitude", "country", "said"),
    [(12.54, 55.73, "DK", "not in DK"), (26.95, 60.53, "FI", "not in FI"), (11.0, 54.0, "", "at sea")],
    ids=["Copenhagen", "Kotka", "Baltic coast"],
)
def test_a_place_whose_axes_are_swapped_is_refused_in_one_sentence(tmp_path, latitude, longitude, country, said):
    with pytest.raises(SourceError, match=rf"{said}, and with east and north changed in \w\w.*: its axes seem to be swapped;") as error:
        taken(tmp_path, latitude, longitude, country=country)
    assert "\n" not in str(error.value)


def test_a_place_on_land_that_would_be_polish_with_swapped_axes_is_told_and_others_are_not(tmp_path):
    """Poznań with its axes swapped lies in Yemen; Riyadh's mirror image is Romanian, which nobody meant."""
    assert any(
        line.startswith("the place lies at 17° N, 52.4° E in YE; with east and north") for line in told(taken(tmp_path, 16.96, 52.43)[1])
    )
    for latitude, longitude in ((24.7, 46.7), (52.43, 16.96), (-33.95, 151.18)):
        assert not any("east and north" in line for line in told(taken(tmp_path, latitude, longitude)[1]))
    with pytest.raises(SourceError, match="its axes seem to be swapped, or give"):
        nearest_station(Site(16.96, 52.43))


def test_a_country_that_is_not_the_places_is_told_in_both_languages_and_the_system_fits_all_the_same(tmp_path):
    _, layers, _ = taken(tmp_path, 38.72, -9.14, country="PL")
    assert layers["footprints"].crs.to_epsg() == 25829
    assert any(line.startswith("country is PL, but the place lies in PT") for line in told(layers))
    assert any(line.startswith("ustawienie country to PL, ale miejsce leży w PT") for line in told(layers, "pl"))
    lines = told(taken(tmp_path, 38.72, -9.14, country="PT")[1])
    assert [line.partition(" (")[0] for line in lines if "country" in line] == ["country PT has no pack of national data"]


def test_noon_of_the_clock_is_noon_of_the_place(tmp_path):
    """Loads follow the clock: the evening peak of homes lies in the evening of the place, by whatever clock it keeps."""
    from ped_geo.demand.profiles import load_profiles

    hours = pd.date_range("2019-01-01", periods=8760, freq="h", tz="UTC")
    for city in ("Kraków", "Sydney", "Palmas"):
        latitude, longitude, _, zone = CITIES[city]
        site, _, _ = taken(tmp_path, latitude, longitude)
        homes = load_profiles(hours, site).iloc[:, 0].to_numpy()
        by_hour = pd.Series(homes).groupby([moment.astimezone(ZoneInfo(zone)).hour for moment in hours.to_pydatetime()]).mean()
        assert by_hour.idxmin() in range(1, 6), city
        # hours of the sun, whatever the clock: least use falls in the dark
        solar = (hours.hour.to_numpy() + 0.5 + longitude / 15.0) % 24.0
        assert abs((solar[np.argsort(homes)[:500]].mean() + 6.0) % 24.0 - 6.0 - 3.5) < 3.0, city


# altitude ------------------------------------------------------------------------------------------------------------


def terrain(folder, latitude, longitude, height):
    import rasterio

    plane = gpd.GeoSeries([shapely.Point(longitude, latitude)], crs=4326)
    plane = plane.to_crs(working_epsg(longitude, latitude, ""))
    x, y = plane.iloc[0].coords[0]
    path = folder / "ground.tif"
    options = {"driver": "GTiff", "width": 80, "height": 80, "count": 1, "dtype": "float32", "crs": plane.crs}
    with rasterio.open(path, "w", transform=rasterio.transform.from_origin(x - 400, y + 400, 10, 10), **options) as file:
        file.write(np.full((1, 80, 80), height, dtype="float32"))
    return path


def test_altitude_comes_from_the_study_then_the_ground_then_the_weather(tmp_path):
    ground = terrain(tmp_path, 47.14, 9.52, 455.0)
    site, _, about = taken(tmp_path, 47.14, 9.52)
    assert (site.altitude_m, site.altitude_source) == (422.0, "weather")
    site, _, _ = taken(tmp_path, 47.14, 9.52, sources={"terrain_model": ground})
    assert (site.altitude_m, site.altitude_source) == (455.0, "terrain")
    site, _, _ = taken(tmp_path, 47.14, 9.52, sources={"terrain_model": ground}, overrides={"climate.altitude": 460.0})
    assert (site.altitude_m, site.altitude_source) == (460.0, "study")
    assert "remarks" not in about["weather"]


# ground in the middle of the city above sea level, m, as its survey tells it
HEIGHTS = {"Lisboa": (38.71, -9.14, 10.0), "Kotka": (60.47, 26.94, 20.0), "Kraków": (50.06, 19.94, 215.0), "Madrid": (40.42, -3.70, 655.0)}


@pytest.mark.parametrize("city", HEIGHTS)
def test_altitude_of_a_city_of_which_nothing_else_tells_it_is_near_that_of_its_ground(city):
    latitude, longitude, height = HEIGHTS[city]
    assert altitude_at(latitude, longitude) == pytest.approx(height, abs=60.0)


def test_altitude_is_the_stations_where_the_climate_is_built_in(tmp_path):
    study = Study(name="here", sources={"weather": "builtin"})
    site, _, _ = inputs(study, place_at(50.06, 19.94), tmp_path, refresh=False)
    # Kraków-Balice stands 237 m above sea level
    assert (site.altitude_m, site.altitude_source) == (237.0, "station")
    # Berlin, 140 km away, stands 70 m lower than Hoyerswerda
    site, _, _ = inputs(study.model_copy(update={"country": "DE"}), place_at(51.44, 14.25), tmp_path, refresh=False)
    assert (site.altitude_m, site.altitude_source) == (pytest.approx(117.0, abs=28.0), "map")


@pytest.mark.parametrize(("country", "position", "told"), [("DE", (52.5, 13.4), True), ("PL", (52.2, 21.0), False)])
def test_shares_of_works_that_are_another_countrys_are_told(country, position, told):
    remarks = {remark.key: remark.values for remark in country_remarks(Study(name="x", country=country), Site(*position))}
    assert ("works_elsewhere" in remarks) == told
    assert not told or remarks["works_elsewhere"] == {"country": "DE", "other": "PL"}


def test_what_a_pack_leaves_out_is_told_by_the_names_of_its_tables():
    for country, place in {
        "NL": (52.0, 4.37),
        "ES": (28.24, -16.44),
        "DK": (55.73, 12.54),
        "CZ": (50.07, 14.45),
        "DE": (52.5, 13.4),
    }.items():
        remarks = {remark.key: remark.values for remark in country_remarks(Study(name="x", country=country), Site(*place))}
        assert remarks["pack_lacks"]["missing"] == "grants.csv, energy_communities.csv, mass_classes.csv, flat_sizes.csv, element_works.csv"
        assert 0 < remarks["pack_lacks"]["assumed"] < remarks["pack_lacks"]["count"]
    assert "pack_lacks" not in {remark.key for remark in country_remarks(Study(name="x", country="PL"), Site(52.2, 21.0))}


# weather of elsewhere ------------------------------------------------------------------------------------------------


def test_weather_of_another_part_of_the_world_is_refused_with_both_places(tmp_path):
    with pytest.raises(SourceError, match=r"year\.epw is the weather of 34\.00° S, 151\.00° E, 15,5\d\d km from the district at 52\.17° N"):
        taken(tmp_path, 52.17, 20.97, weather=(-34.0, 151.0))


def test_weather_of_a_far_town_is_told_and_lends_no_altitude(tmp_path):
    site, layers, _ = taken(tmp_path, 56.95, 24.1, weather=(52.17, 20.97))
    assert any("is the weather of a place 5" in line and "up to 150 km is usual" in line for line in told(layers))
    # the old town of Rīga stands 6 m above the sea
    assert (site.altitude_m, site.altitude_source) == (pytest.approx(6.0, abs=28.0), "map")
    assert not any("km away" in line for line in told(taken(tmp_path, 52.17, 20.97, weather=(52.2, 21.0))[1]))


# coordinate systems --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("epsg", "latitude", "longitude"), [(3857, 52.2, 21.0), (3395, 52.2, 21.0), (2176, 38.72, -9.14), (32633, 38.72, -9.14), (2180, -33.95, 151.18)])  # fmt: skip
def test_a_system_that_stretches_the_place_is_refused_before_and_after_the_place_is_read(tmp_path, epsg, latitude, longitude):
    box = (longitude, latitude, longitude + 0.01, latitude + 0.01)
    with pytest.raises(StudyError, match=rf"\[place\] epsg {epsg} .*must be 0\.99 to 1\.01 m there"):
        preflight(Study(name="x", place={"epsg": epsg, "bbox": box}), tmp_path)
    with pytest.raises(StudyError, match=rf"\[place\] epsg {epsg} .*must be 0\.99 to 1\.01 m there"):
        taken(tmp_path, latitude, longitude, place={"epsg": epsg})


@pytest.mark.parametrize(("epsg", "latitude", "longitude"), [(2180, 49.9, 18.6), (2180, 53.5, 14.3), (2178, 52.2, 21.0), (25834, 52.2, 21.0), (3035, 50.1, 20.0), (3763, 38.72, -9.14)])  # fmt: skip
def test_a_system_that_is_true_to_scale_is_taken(tmp_path, epsg, latitude, longitude):
    _, layers, _ = taken(tmp_path, latitude, longitude, place={"epsg": epsg})
    assert layers["footprints"].crs.to_epsg() == epsg


def test_the_scale_is_that_of_a_small_square_on_the_ground():
    geod = Geod(ellps="WGS84")
    for epsg, latitude, longitude in ((3857, 52.0, 20.0), (2178, 52.0, 22.5), (3035, 38.7, -9.1), (2180, 54.0, 23.5)):
        ends = [geod.fwd(longitude, latitude, azimuth, 100.0)[:2] for azimuth in range(0, 180, 5)]
        points = gpd.GeoSeries([shapely.Point(longitude, latitude), *map(shapely.Point, ends)], crs=4326).to_crs(epsg)
        lengths = points.iloc[1:].distance(points.iloc[0]) / 100.0
        np.testing.assert_allclose(
            map_scale(epsg, longitude, latitude), (lengths.min(), lengths.max()), atol=4e-3 if epsg == 3857 else 2e-4
        )


def test_the_hamlet_lies_in_poland():
    middle = hamlet.make_boundary().to_crs(4326).geometry.iloc[0].centroid
    assert countries_at(middle.y, middle.x) == ("PL",)


def test_the_line_of_the_place_says_where_holidays_are_not_known():
    from ped_geo.outputs import Results
    from ped_geo.outputs.tables import site_words
    from ped_geo.site import Site

    def said(country, lang):
        return site_words(Results(Study(name="x", country=country), Site(50.0, 20.0), {}), lang)

    assert "holidays" not in said("PL", "en")
    assert "święt" not in said("PL", "pl")
    assert "holidays" not in said("DE", "en")
    for country in ("FR", "AU", ""):
        assert "those of this country are not known" in said(country, "en")
        assert "tego kraju nie są znane" in said(country, "pl")
