"""Checks E1 to E11: Spacematrix, Gower distance, k-medoids, silhouette and adjusted Rand index against hand calculations."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.quarters import block_features, block_sums, block_types, type_reasons
from ped_geo.quarters.clusters import clusters, k_medoids
from ped_geo.quarters.distance import Variable, contributions, gower, scaling
from ped_geo.quarters.types import NO_HEAT, NO_TYPE
from ped_geo.study import Study
from tests.quarters.estates import DETACHED, OFFICES, PANEL, SLABS, TENEMENTS, sums_of

STUDY = Study(name="x")
LINE = np.array([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])
ON_LINE = np.abs(LINE[:, None] - LINE[None, :])

PAIR = pd.DataFrame({"fsi": [1.0, 1.5], "type": ["slab", "slab"], "storeys": [5.0, 11.0]})


def by(fsi=1.0, kind=1.0, storeys=1.0):
    return (
        Variable("fsi", "number", ("fsi",), 0.0, 2.0, weight=fsi),
        Variable("type", "category", ("type",), weight=kind),
        Variable("storeys", "number", ("storeys",), 2.0, 12.0, weight=storeys),
    )


def random_features(count, seed=3):
    """Blocks whose every feature is drawn within its range, compositions summing up to 1."""
    draw, found = np.random.default_rng(seed), {}
    for variable in scaling():
        if variable.kind == "share":
            parts = draw.dirichlet(np.ones(len(variable.columns)), count)
            found |= {name: parts[:, place] for place, name in enumerate(variable.columns)}
        else:
            found[variable.columns[0]] = draw.uniform(variable.low, variable.high, count)
        if variable.told_by:
            found[variable.told_by] = np.ones(count)
    return pd.DataFrame(found)


def test_e1_spacematrix():
    """A fifth built up and as much floor as ground: five storeys, 0.8 m² of open ground a m² of floor."""
    found = block_features(pd.DataFrame({"area_m2": [1000.0], "footprint_area_m2": [200.0], "gross_floor_area_m2": [1000.0]})).iloc[0]
    assert found["fsi"] == pytest.approx(1.0)
    assert found["gsi"] == pytest.approx(0.2)
    assert found["storeys"] == pytest.approx(5.0)
    assert found["open_space_ratio"] == pytest.approx(0.8)


def test_e2_gower_of_two_blocks():
    assert gower(PAIR, PAIR, by()).distance[0, 1] == pytest.approx((0.25 + 0.0 + 0.6) / 3, abs=1e-12)


def test_e3_gower_with_weights():
    assert gower(PAIR, PAIR, by(fsi=2.0)).distance[0, 1] == pytest.approx(0.275, abs=1e-12)


def test_e4_a_missing_feature_has_no_weight_and_is_told():
    lacking = PAIR.assign(storeys=[5.0, np.nan])
    found = gower(lacking, lacking, by())
    assert found.distance[0, 1] == pytest.approx(0.125, abs=1e-12)
    assert found.missing[0, 1] == pytest.approx(1 / 3)
    # counted as zero it would be another distance
    assert gower(PAIR.assign(storeys=[5.0, 0.0]), PAIR.assign(storeys=[5.0, 0.0]), by()).distance[0, 1] != found.distance[0, 1]


def test_e5_compositions_differ_by_half_the_sum_of_their_differences():
    shares = pd.DataFrame({"a": [0.7, 0.5], "b": [0.2, 0.2], "c": [0.1, 0.3]})
    assert gower(shares, shares, (Variable("use", "share", ("a", "b", "c")),)).distance[0, 1] == pytest.approx(0.2, abs=1e-12)


def test_e6_medoids_of_six_points():
    medoids, total = k_medoids(ON_LINE, 2)
    assert LINE[medoids].tolist() == [1.0, 11.0]
    assert total == 4.0


def test_e7_silhouette():
    """Point 0: 1.5 to its own, 11 to the others, so (11 - 1.5) / 11; the mean of all six stands in the facts."""
    from sklearn.metrics import silhouette_samples

    found = clusters(ON_LINE, least_stability=0.7, counts=(2, 4))
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert silhouette_samples(ON_LINE, found.labels, metric="precomputed")[0] == pytest.approx((11 - 1.5) / 11)
    assert found.silhouette == pytest.approx(0.8657, abs=1e-4)
    assert found.stable


def test_e8_identical_blocks_are_each_others_first_look_alike():
    features = random_features(20)
    features.iloc[13] = features.iloc[4]
    distance = gower(features, features).distance
    assert distance[4, 13] == 0.0
    np.fill_diagonal(distance, np.inf)
    assert distance[4].argmin() == 13
    assert distance[13].argmin() == 4


def test_e9_order_place_and_direction_change_nothing():
    """Rows in another order, and buildings moved and turned: the same types, and distances within 1e-9."""
    estates = [SLABS, PANEL, TENEMENTS, DETACHED, OFFICES]
    before = block_features(sums_of(estates))
    after = block_features(sums_of(estates, moved=(123_456.0, -654_321.0), turned=37.0)).iloc[[3, 1, 4, 0, 2]]
    assert block_types(after, STUDY)["block_type"].reindex(before.index).tolist() == block_types(before, STUDY)["block_type"].tolist()
    again = after.reindex(before.index)
    assert np.abs(gower(before, before).distance - gower(again, again).distance).max() < 1e-9
    shuffled = gower(after, after).distance
    place = before.index.get_indexer(after.index)
    assert np.abs(gower(before, before).distance[np.ix_(place, place)] - shuffled).max() < 1e-9


def test_e10_triangle_inequality_with_full_data():
    features = random_features(50)
    distance = gower(features, features, inferred_weight=0.3).distance
    assert np.abs(distance - distance.T).max() == 0.0
    assert ((distance >= 0.0) & (distance <= 1.0)).all()
    for middle in range(50):
        assert (distance <= distance[:, [middle]] + distance[[middle], :] + 1e-12).all()


def test_e11_adjusted_rand_index():
    from sklearn.metrics import adjusted_rand_score

    assert adjusted_rand_score([1, 1, 2, 2], [1, 1, 2, 3]) == pytest.approx(0.5714, abs=1e-4)


def test_medoids_against_every_choice():
    """No single exchange is better, and of all choices few are: PAM ends in a local optimum."""
    draw, worse = np.random.default_rng(1), 0
    for _ in range(60):
        size, count = int(draw.integers(6, 11)), int(draw.integers(1, 4))
        at = draw.random((size, 2))
        distance = np.abs(at[:, None] - at[None, :]).sum(axis=2)
        medoids, total = k_medoids(distance, count)
        assert total == pytest.approx(distance[:, medoids].min(axis=1).sum())
        for out, into in itertools.product(range(count), range(size)):
            swapped = medoids.copy()
            swapped[out] = into
            assert distance[:, swapped].min(axis=1).sum() >= total - 1e-9
        best = min(distance[:, list(chosen)].min(axis=1).sum() for chosen in itertools.combinations(range(size), count))
        assert best - 1e-9 <= total <= 1.05 * best
        worse += total > best + 1e-9
    assert worse <= 3


def test_two_heaps_are_found_again_and_a_shapeless_cloud_is_not_stable():
    draw = np.random.default_rng(5)
    heaps = np.concatenate([draw.normal(place, 0.05, 20) for place in (0.0, 3.0, 7.0)])
    found = clusters(np.abs(heaps[:, None] - heaps[None, :]), least_stability=0.7, counts=(2, 6))
    assert len(found.medoids) == 3
    assert found.rand == pytest.approx(1.0)
    assert found.jaccard.min() > 0.99
    cloud = draw.random((60, 6))
    shapeless = clusters(np.abs(cloud[:, None] - cloud[None, :]).sum(axis=2), least_stability=0.9)
    assert shapeless.rand < 0.9
    assert not shapeless.stable


def test_what_each_feature_adds_sums_up_to_the_distance():
    features = random_features(8).assign(storeys=np.nan)
    parts = contributions(features, features.iloc[[0]], inferred_weight=0.3)
    assert parts.sum(axis=1).to_numpy() == pytest.approx(gower(features, features.iloc[[0]], inferred_weight=0.3).distance[:, 0])
    assert (parts["storeys"] == 0.0).all()


def test_an_estimated_age_weighs_less_than_a_told_one():
    """Two slabs that differ in their ages alone are nearer where both ages are estimated."""
    features = pd.concat([random_features(1)] * 2, ignore_index=True)
    ages = next(variable for variable in scaling() if variable.name == "age")
    features[list(ages.columns)] = np.eye(5)[:2]
    told = gower(features, features, inferred_weight=0.3).distance[0, 1]
    estimated = features.assign(age_told_share=0.0)
    assert gower(estimated, estimated, inferred_weight=0.3).distance[0, 1] < told
    assert gower(estimated, estimated, inferred_weight=1.0).distance[0, 1] == pytest.approx(told)


def test_owners_count_only_where_a_register_tells_them():
    features = pd.concat([random_features(1)] * 2, ignore_index=True)
    owner = next(variable for variable in scaling() if variable.name == "owner")
    features[list(owner.columns)] = np.eye(4)[:2]
    assert gower(features, features).distance[0, 1] > 0.0
    unknown = gower(features.assign(owner_told_share=0.0), features.assign(owner_told_share=0.0))
    assert unknown.distance[0, 1] == 0.0
    assert unknown.missing[0, 1] == pytest.approx(owner.weight / sum(variable.weight for variable in scaling()))


@pytest.mark.parametrize(
    ("estate", "kind"),
    [
        (SLABS, "slab_estate"),
        (PANEL, "panel_estate"),
        (TENEMENTS, "tenements"),
        (DETACHED, "detached_houses"),
        (OFFICES, "centre_services"),
    ],
)
def test_type_by_rule_of_drawn_quarters(estate, kind):
    features = block_features(sums_of([estate]))
    types = block_types(features, STUDY)
    assert types["block_type"].tolist() == [kind]
    for lang in ("pl", "en"):
        assert len(type_reasons(types, features, lang).iloc[0]) > 20


def test_a_block_without_heat_and_one_without_a_leading_use_have_no_type():
    features = block_features(sums_of([SLABS, SLABS]))
    uses = [name for name in features if name.startswith("use_") and name != "use_told_share"]
    features.loc[features.index[0], "heat_need_kwh_m2a"] = np.nan
    features.loc[features.index[1], uses] = 0.2
    types = block_types(features, STUDY)
    assert types["block_type"].tolist() == [NO_HEAT, NO_TYPE]
    assert types["nearest_type"].tolist()[1] == ""
    for lang in ("pl", "en"):
        assert type_reasons(types, features, lang).str.len().min() > 10


def test_features_of_blocks_are_those_of_their_summed_rows():
    """Two equal blocks together are one block of twice the ground: every ratio stays, and so does the typical size."""
    sums = sums_of([SLABS])
    twice = (sums + sums).set_axis(sums.index)
    pd.testing.assert_frame_equal(block_features(twice), block_features(sums))


def test_nothing_heated_gives_missing_features_and_no_zeros():
    sums = sums_of([SLABS])
    bare = sums.assign(**{name: 0.0 for name in sums if name not in {"area_m2", "area_squared_m4"}})
    found = block_features(bare).iloc[0]
    assert found.drop("block_area_m2").isna().all()


def test_layers_are_as_declared():
    features = block_features(sums_of([SLABS, DETACHED]))
    types = block_types(features, STUDY)
    schema.check_layer("block_features", features)
    schema.check_layer("block_types", types.assign(**{f"reason_{lang}": type_reasons(types, features, lang) for lang in ("pl", "en")}))
    columns = schema.columns("block_features")
    assert {variable for one in scaling() for variable in one.columns} <= set(columns)
    assert block_sums is not None
