"""Products of rows: the matrix product, and no row hangs on the others."""

import numpy as np
import pytest

from ped_geo._rows import row_products


@pytest.mark.parametrize("width", [(), (3,)])
def test_a_row_is_the_same_alone_among_few_and_among_many(width):
    rng = np.random.default_rng(7)
    values, weights = rng.normal(size=(211, 9)), rng.normal(size=(9, *width))
    whole = row_products(values, weights)
    np.testing.assert_allclose(whole, values @ weights, rtol=1e-13, atol=1e-14)
    for count in (1, 2, 3, 5, 8, 64, 210):
        for start in (0, 1, 211 - count):
            part = np.asfortranarray(values[start : start + count])
            assert np.array_equal(row_products(part, weights), whole[start : start + count])
