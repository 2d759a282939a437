"""Horizons: equal to brute force, to analytic scenes, and never lower with a taller neighbour."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from ped_geo.shading import edge_index, horizons_of_points, sky_view


def plain_horizons(shapes, heights, points, own, *, directions, radius_m):
    """Horizon by testing every wall of every building against every direction: the plain version of the compiled loop."""
    found = np.zeros((len(points), directions))
    for p, (x, y, z) in enumerate(points):
        for d in range(directions):
            angle = np.radians(d * 360.0 / directions)
            u = np.array([np.sin(angle), np.cos(angle)])
            for b, (shape, height) in enumerate(zip(shapes, heights, strict=True)):
                if b == own[p] or height <= z:
                    continue
                for ring in shapely.get_rings(shapely.get_parts(shape)):
                    xy = shapely.get_coordinates(ring)
                    for start, end in pairwise(xy):
                        a, e = start - (x, y), end - start
                        across = u[0] * e[1] - u[1] * e[0]
                        if across == 0:
                            continue
                        distance = (a[0] * e[1] - a[1] * e[0]) / across
                        along = (a[0] * u[1] - a[1] * u[0]) / across
                        if 0 < distance <= radius_m and -1e-9 <= along <= 1 + 1e-9:
                            found[p, d] = max(found[p, d], np.degrees(np.arctan((height - z) / distance)))
    return found


def city(seed, count=40, size=220.0):
    random = np.random.default_rng(seed)
    middles = random.uniform(0.0, size, (count, 2))
    shapes = []
    for x, y in middles:
        turn, long, wide = random.uniform(0, np.pi), random.uniform(8, 60), random.uniform(8, 14)
        box = shapely.box(-long / 2, -wide / 2, long / 2, wide / 2)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shapes.append(shapely.transform(box, lambda xy, r=rotation, o=(x, y): xy @ r.T + o))
    heights = random.choice([3.0, 14.0, 33.0], count)
    points = np.column_stack([random.uniform(0, size, (12, 2)), random.uniform(0.0, 15.0, 12)])
    return np.array(shapes, dtype=object), heights, points


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("radius_m", [60.0, 1000.0])
def test_horizons_equal_brute_force(seed, radius_m):
    shapes, heights, points = city(seed)
    own = np.full(len(points), -1)
    index = edge_index(shapes, heights)
    fast = horizons_of_points(index, points, own, directions=36, radius_m=radius_m)
    assert fast == pytest.approx(plain_horizons(shapes, heights, points, own, directions=36, radius_m=radius_m), abs=1e-6)


def test_moving_the_scene_changes_nothing():
    shapes, heights, points = city(7)
    own = np.full(len(points), -1)
    here = horizons_of_points(edge_index(shapes, heights), points, own, directions=72, radius_m=300.0)
    far = np.array([7_428_490.0, 5_551_829.0])
    moved = np.array([shapely.transform(shape, lambda xy: xy + far) for shape in shapes], dtype=object)
    there = horizons_of_points(edge_index(moved, heights), points + np.r_[far, 0.0], own, directions=72, radius_m=300.0)
    assert there == pytest.approx(here, abs=1e-4)


def test_turning_the_scene_turns_the_horizon():
    shapes, heights, points = city(8)
    own = np.full(len(points), -1)
    here = horizons_of_points(edge_index(shapes, heights), points, own, directions=72, radius_m=300.0)
    clockwise = np.array([[0.0, 1.0], [-1.0, 0.0]])
    turned = np.array([shapely.transform(shape, lambda xy: xy @ clockwise.T) for shape in shapes], dtype=object)
    there = horizons_of_points(
        edge_index(turned, heights), np.column_stack([points[:, :2] @ clockwise.T, points[:, 2]]), own, directions=72, radius_m=300.0
    )
    assert there == pytest.approx(np.roll(here, 18, axis=1), abs=1e-6)


def test_long_wall_has_the_elevation_of_geometry():
    wall = np.array([shapely.box(-500.0, -21.0, 500.0, -20.0)], dtype=object)
    found = horizons_of_points(
        edge_index(wall, np.array([20.0])), np.array([[0.0, 0.0, 0.0]]), np.array([-1]), directions=72, radius_m=600.0
    )[0]
    assert found[36] == pytest.approx(45.0)
    assert found[24] == pytest.approx(np.degrees(np.arctan(np.cos(np.radians(60.0)))), abs=1e-6)
    assert found[0] == found[18] == found[54] == 0.0


def test_own_walls_do_not_shade_the_roof():
    house = np.array([shapely.box(0, 0, 10, 10)], dtype=object)
    index = edge_index(house, np.array([9.0]))
    point = np.array([[5.0, 5.0, 3.0]])
    assert horizons_of_points(index, point, np.array([0]), directions=36, radius_m=50.0).max() == 0.0
    assert horizons_of_points(index, point, np.array([-1]), directions=36, radius_m=50.0).max() > 40.0


@pytest.mark.parametrize("seed", range(3))
def test_taller_neighbour_never_lowers_a_horizon(seed):
    shapes, heights, points = city(seed)
    own = np.full(len(points), -1)
    before = horizons_of_points(edge_index(shapes, heights), points, own, directions=72, radius_m=200.0)
    taller = heights.copy()
    taller[seed] += 10.0
    after = horizons_of_points(edge_index(shapes, taller), points, own, directions=72, radius_m=200.0)
    assert (after >= before - 1e-12).all()


@pytest.mark.parametrize("ratio", [0.2, 0.5, 1.0, 2.0])
def test_middle_of_a_street_canyon_sees_the_sky_of_the_closed_form(ratio):
    # sky-view factor of the floor's middle in an endless canyon of height H and width W: cos(arctan(2 H / W))
    direction = np.radians(np.arange(720) * 0.5)
    horizon = np.degrees(np.arctan(2.0 * ratio * np.abs(np.sin(direction))))
    found = sky_view(horizon[None, :], np.array([0.0]), np.array([180.0]))[0]
    assert found == pytest.approx(np.cos(np.arctan(2.0 * ratio)), abs=1e-4)


@pytest.mark.parametrize("tilt", [0.0, 15.0, 45.0, 89.0])
def test_open_plane_sees_all_its_sky_and_a_closed_one_none(tilt):
    assert sky_view(np.zeros((1, 72)), np.array([tilt]), np.array([123.0]))[0] == pytest.approx(1.0)
    assert sky_view(np.full((1, 72), 90.0), np.array([tilt]), np.array([123.0]))[0] == pytest.approx(0.0, abs=1e-9)


def test_even_horizon_hides_the_share_of_the_closed_form():
    # horizontal plane, horizon h all around: cos² h
    assert sky_view(np.full((1, 36), 30.0), np.array([0.0]), np.array([0.0]))[0] == pytest.approx(np.cos(np.radians(30.0)) ** 2)


def test_wall_behind_a_steep_plane_hides_less_than_one_in_front():
    wall = np.zeros((2, 72))
    wall[0, 27:46] = 30.0
    wall[1, [*range(63, 72), *range(10)]] = 30.0
    front, behind = sky_view(wall, np.array([60.0, 60.0]), np.array([180.0, 180.0]))
    assert front < behind
