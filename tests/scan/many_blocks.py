"""A finished scan laid out again and again on a grid, for what must bear a large city without computing one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely


def many_blocks(found, count):
    """
    The first place of a scan, so often that it has at least `count` blocks.

    Parameters
    ----------
    found : Scan
        Any finished scan.
    count : int
        Blocks that are wanted.
    """
    place = found.places[0]
    name, crs = place.study.name, place.layers["blocks"].crs
    own = found.blocks[found.blocks["place"] == name].to_crs(crs)
    groups = found.candidates[found.candidates["place"] == name].to_crs(crs)
    times = -(-count // len(own))
    west, south, east, north = own.total_bounds
    side = int(np.ceil(np.sqrt(times)))
    steps = [((number % side) * (east - west + 15.0), (number // side) * (north - south + 15.0)) for number in range(times)]

    def again(frame, renamed=()):
        """Rows of a frame at every place of the grid, with names of their own."""
        copies = frame.iloc[np.tile(np.arange(len(frame)), times)].copy()
        which = np.repeat(np.arange(times), len(frame))
        shift = np.array(steps)[which]
        points, owner = shapely.get_coordinates(copies.geometry.to_numpy(), return_index=True)
        copies.geometry = shapely.set_coordinates(copies.geometry.to_numpy().copy(), points + shift[owner])
        copies.index = pd.Index([f"{one}-{number}" for one, number in zip(copies.index, which, strict=True)], name=frame.index.name)
        for column in renamed:
            copies[column] = [
                f"{one}-{number}" if one else one for one, number in zip(copies[column].fillna("").astype(str), which, strict=True)
            ]
        return copies

    blocks = again(own, ["block_id", "candidate"]).sort_values("rank", kind="stable")
    blocks.index = pd.Index([f"{name}/{block}" for block in blocks["block_id"]], name="scan_id")
    blocks["rank"] = np.arange(1, len(blocks) + 1)
    layers = dict(place.layers)
    layers["blocks"] = again(layers["blocks"])
    layers["buildings"] = again(layers["buildings"], ["block_id", "street"])
    layers["streets"] = again(layers["streets"], ["name"])
    many = replace(place, layers=layers, failed={})
    kept = again(groups) if len(groups) else groups
    return replace(found, blocks=blocks.to_crs(4326), candidates=kept.to_crs(4326), places=(many,), routes=None)
