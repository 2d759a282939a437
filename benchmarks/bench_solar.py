"""Shaded yield of many roofs against one ModelChain of pvlib per roof."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.measure import Result, cpu_seconds
from ped_geo.shading import sky_view
from ped_geo.site import Site
from ped_geo.solar.classes import mix_classes
from ped_geo.solar.model import PvSystem, sun_hours
from ped_geo.solar.yields import Entries, annual_energy, block_power, class_tables, reference_energy
from ped_geo.sources.climate import hourly_year
from ped_geo.study import Study

SITE = Site(50.098278, 20.000472, 240.0)
CHAINS = 6


def _roofs(count: int) -> tuple[np.ndarray, np.ndarray, Entries]:
    """Roofs as in a city of flat and pitched roofs in steps of 5°, each with a horizon of its own."""
    random = np.random.default_rng(5)
    flat = random.random(count) < 0.45
    tilt = np.where(flat, 10.0, random.choice(np.arange(20.0, 50.0, 5.0), count))
    azimuth = random.choice(np.arange(0.0, 360.0, 10.0), count)
    horizon = np.clip(random.gamma(1.2, 6.0, (count, 1)) * random.gamma(1.5, 0.66, (count, 36)), 0.0, 64.0)
    sky = sky_view(horizon, tilt, azimuth)
    mix = mix_classes(tilt, azimuth)
    weight = random.uniform(2.0, 30.0, count)
    return tilt, azimuth, Entries(mix.tilt, mix.azimuth, mix.member, mix.row, mix.row, weight[mix.row] * mix.share, sky[mix.row], horizon)


def _chain_seconds(weather: pd.DataFrame, system: PvSystem) -> float:
    """CPU seconds of one ModelChain for one roof."""
    import pvlib

    place = pvlib.location.Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude_m)

    def chains() -> None:
        for number in range(CHAINS):
            array = pvlib.pvsystem.Array(
                pvlib.pvsystem.FixedMount(20.0 + number, 160.0 + number),
                module_parameters={"pdc0": 1.0, "gamma_pdc": system.gamma_pdc},
                temperature_model_parameters={"a": system.a, "b": system.b, "deltaT": system.delta_t},
            )
            plant = pvlib.pvsystem.PVSystem([array], inverter_parameters={"pdc0": 1.0 / (system.dc_ac_ratio * 0.96)})
            pvlib.modelchain.ModelChain.with_pvwatts(plant, place).run_model(weather)

    return cpu_seconds(chains) / CHAINS


def benchmarks() -> Iterator[Result]:
    """Annual yield per roof and hourly yield per block, with their errors against the plain hourly sum."""
    weather = hourly_year(SITE)
    hours = sun_hours(weather, SITE, albedo=0.2)
    system = PvSystem.of(Study(name="x"), close=False)
    chain = _chain_seconds(weather, system)
    count = 200_000
    tilt, azimuth, many = _roofs(count)
    tables = cpu_seconds(lambda: class_tables(hours, system, many.tilt, many.azimuth, directions=36))
    made = class_tables(hours, system, many.tilt, many.azimuth, directions=36)
    ours = cpu_seconds(lambda: annual_energy(hours, system, many, rows=count, tables=made))
    weight = np.bincount(many.row, weights=many.weight)
    sky = sky_view(many.horizon, tilt, azimuth)
    fast = annual_energy(hours, system, many, rows=count)[:, 0]
    some = np.arange(0, count, count // 300)
    slow = np.array([reference_energy(hours, system, tilt[r], azimuth[r], many.horizon[r], sky[r]).sum() * weight[r] for r in some])
    error = np.abs(fast[some] / slow - 1.0)
    accuracy = {"p99_error": float(np.quantile(error, 0.99)), "mean_error": float(error.mean()), "roofs": count, "goal_p99_error": 0.001}
    accuracy |= {"class_tables_once_cpu_s": tables, "ratio_with_tables": chain * count / (ours + tables)}
    name = "annual shaded yield per roof against one ModelChain per roof"
    yield Result(
        name, chain * count / ours, 100_000, ours, chain * count, accuracy, note="the classes' tables, made once per site, are told apart"
    )
    blocks = 2_000
    block = np.arange(count) * blocks // count
    ours = cpu_seconds(lambda: block_power(hours, system, many, block[many.row], blocks=blocks))
    first = block == 0
    hourly = block_power(hours, system, many, block[many.row], blocks=blocks)[0]
    plain = np.zeros(8760)
    for row in np.flatnonzero(first):
        plain[hours.hour] += weight[row] * reference_energy(hours, system, tilt[row], azimuth[row], many.horizon[row], sky[row])
    rmse = float(np.sqrt(((hourly - plain) ** 2).mean()) / weight[first].sum())
    accuracy = {"hourly_rmse_of_rated": rmse, "goal_rmse": 0.001, "blocks": blocks, "roofs": count}
    yield Result(
        "hourly shaded yield per block against one ModelChain per roof", chain * count / ours, 10_000, ours, chain * count, accuracy
    )
