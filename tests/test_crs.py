"""The projected CRS: zones, axis order, published coordinates."""

import geopandas as gpd
import pytest
from shapely import Point

from ped_geo.crs import to_working_crs, working_epsg
from ped_geo.errors import LayerError


@pytest.mark.parametrize(
    ("longitude", "latitude", "country", "epsg"),
    [
        (14.2, 53.0, "PL", 2176),
        (18.6655, 50.2945, "PL", 2177),
        (20.000472, 50.098278, "PL", 2178),
        (23.9, 50.8, "PL", 2179),
        (14.4, 50.1, "CZ", 25833),
        (-74.0, 40.7, "US", 32618),
        (151.2, -33.9, "AU", 32756),
    ],
)
def test_working_crs_follows_the_zone_of_the_place(longitude, latitude, country, epsg):
    assert working_epsg(longitude, latitude, country) == epsg


@pytest.mark.parametrize(
    ("epsg", "longitude", "latitude", "east", "north"),
    [  # checks C16, C17, C18 of the fact sheet
        (2178, 20.000472, 50.098278, 7428490.4, 5551829.5),
        (2180, 20.000472, 50.098278, 571532.5, 248371.4),
        (2177, 18.6655, 50.2945, 6547417.6, 5573387.5),
    ],
)
def test_projected_coordinates_are_easting_first_and_match_the_published_point(epsg, longitude, latitude, east, north):
    point = to_working_crs(gpd.GeoDataFrame(geometry=[Point(longitude, latitude)], crs=4326), epsg, layer="points").geometry.iloc[0]
    assert point.x == pytest.approx(east, abs=0.5)
    assert point.y == pytest.approx(north, abs=0.5)


def test_layer_without_crs_is_refused_with_the_fix():
    with pytest.raises(LayerError, match="no coordinate system.*set_crs"):
        to_working_crs(gpd.GeoDataFrame(geometry=[Point(1, 2)]), 2178, layer="buildings")
