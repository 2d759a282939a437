"""PVGIS: its moments become hour means, its answer is frozen before it is used, and its faults are ridden out or told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from pvlib import solarposition

from ped_geo.errors import ChecksumError, SourceError, StudyError
from ped_geo.site import Site
from ped_geo.sources.climate import hourly_year
from ped_geo.sources.pvgis import from_pvgis_azimuth, load_pvgis, parse_pvgis_tmy, to_pvgis_azimuth
from ped_geo.sources.weather import load_weather
from ped_geo.study import Study

KRAKOW = Site(50.0983, 20.0005, 240.0)


def answer(*, offset=0.5, hours=8760, latitude=KRAKOW.latitude, **columns):
    """An answer as PVGIS 5.3 gives it, made of the built-in year; months from different years as in a real one."""
    year = hourly_year(KRAKOW)
    values = {"T2m": year["temp_air"], "G(h)": year["ghi"], "Gb(n)": year["dni"], "Gd(h)": year["dhi"], "WS10m": year["wind_speed"]}
    table = pd.DataFrame(values).assign(RH=80.0, SP=98000.0, WD10m=180.0, **{"IR(h)": 300.0}, **columns)
    years = [2018, 2007, 2009, 2013, 2008, 2006, 2011, 2010, 2020, 2006, 2007, 2016]
    stamps = [f"{years[moment.month - 1]}{moment:%m%d:%H%M}" for moment in year.index]
    rows = table.round(2).assign(**{"time(UTC)": stamps}).to_dict("records")[:hours]
    location = {"latitude": latitude, "longitude": KRAKOW.longitude, "elevation": 240.0, "irradiance_time_offset": offset}
    selected = [{"month": month, "year": number} for month, number in enumerate(years, start=1)]
    whole = {"inputs": {"location": location, "meteo_data": {}}, "outputs": {"months_selected": selected, "tmy_hourly": rows}}
    whole["meta"] = {"inputs": {}, "outputs": {}}
    return json.dumps(whole).encode()


@pytest.fixture(scope="module")
def whole():
    return answer()


@pytest.fixture
def pvgis(monkeypatch, whole):
    """A local server; `replies` are taken from the front, the last one lasts."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            status, body = server.replies.pop(0) if len(server.replies) > 1 else server.replies[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.replies = [], [(200, whole)]
    server.url = f"http://127.0.0.1:{server.server_address[1]}/api/v5_3/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def study(url="http://127.0.0.1:9/", weather="auto", **sources):
    settings = {"pvgis_url": url, "weather": weather, "attempts": 3, "longest_wait_s": 0.0, "timeout_s": 5.0}
    return Study(name="here", sources=settings | sources)


def test_moments_at_the_middle_of_the_hour_are_kept_as_they_are(whole):
    made, year = parse_pvgis_tmy(whole), hourly_year(KRAKOW)
    np.testing.assert_allclose(made["ghi"].groupby(made.index.month).sum(), year["ghi"].groupby(year.index.month).sum(), rtol=1e-5)
    high = year["ghi"] > 50.0
    assert (made["ghi"] - year["ghi"])[high].abs().max() < 2.5
    assert (made["dhi"] - year["dhi"])[high].abs().max() < 2.5


def test_temperature_is_the_mean_of_the_hours_two_ends(whole):
    made, year = parse_pvgis_tmy(whole), hourly_year(KRAKOW)["temp_air"].round(2).to_numpy()
    np.testing.assert_allclose(made["temp_air"], (year + np.roll(year, -1)) / 2.0, atol=1e-9)


@pytest.mark.parametrize("offset", [-0.5, 0.0, 0.1761, 0.5, 0.8])
def test_light_closes_with_the_sun_at_the_middle_of_the_hour_and_keeps_its_months(offset):
    made = parse_pvgis_tmy(answer(offset=offset))
    zenith = solarposition.get_solarposition(made.index + pd.Timedelta(minutes=30), KRAKOW.latitude, KRAKOW.longitude, 240.0)["zenith"]
    up = np.maximum(np.cos(np.radians(zenith.to_numpy())), 0.0)
    np.testing.assert_allclose(made["ghi"], made["dhi"] + made["dni"] * up, atol=1e-6)
    assert (made.loc[up == 0.0, ["ghi", "dni", "dhi"]] == 0.0).all().all()
    assert made["ghi"].sum() / 1000.0 == pytest.approx(1125.0, abs=0.5)


def test_clear_sky_seen_early_in_the_hour_is_carried_to_its_middle():
    """Days as clear as pvlib's own clear sky with a usual haze come out as clear in the middle of the hour."""
    from pvlib.location import Location

    offset, place = 0.1761, Location(KRAKOW.latitude, KRAKOW.longitude, altitude=240.0)
    hours = hourly_year(KRAKOW).index
    early, middle = (place.get_clearsky(hours + pd.Timedelta(hours=at), linke_turbidity=3.5) for at in (offset, 0.5))
    made = parse_pvgis_tmy(
        answer(offset=offset, **{"Gb(n)": early["dni"].to_numpy(), "Gd(h)": early["dhi"].to_numpy(), "G(h)": early["ghi"].to_numpy()})
    )
    noon = (made.index.hour >= 9) & (made.index.hour <= 12)
    np.testing.assert_allclose(made["dni"][noon], middle["dni"].to_numpy()[noon], rtol=0.02)


def test_the_year_says_its_source_its_licence_and_its_moment(whole):
    attrs = parse_pvgis_tmy(whole).attrs
    assert attrs["source"] == "PVGIS TMY"
    assert "European Union" in attrs["attribution"]
    assert (attrs["latitude"], attrs["altitude_m"], attrs["time_offset_h"]) == (KRAKOW.latitude, 240.0, 0.5)


@pytest.mark.parametrize(
    ("aspect", "azimuth"), [(0, 180), (-90, 90), (90, 270), (-180, 0), (180, 0), (45, 225)], ids=lambda value: str(value)
)
def test_azimuths_are_converted_at_the_border(aspect, azimuth):
    assert from_pvgis_azimuth(aspect) == azimuth
    assert from_pvgis_azimuth(to_pvgis_azimuth(azimuth)) == azimuth
    assert -180.0 <= to_pvgis_azimuth(azimuth) < 180.0


WRONG = {
    "empty": b"",
    "html": b"<html>Too many requests</html>",
    "no text": bytes(range(256)),
    "a list": b"[1, 2]",
    "a number": b"42",
    "nested": b"[" * 100_000,
    "another service": b'{"inputs": {"location": {"latitude": 50, "longitude": 20, "elevation": 200}}, "outputs": {"monthly": []}}',
    "a place of text": b'{"inputs": {"location": {"latitude": "north", "longitude": 20, "elevation": 1}}, "outputs": {}}',
    "no hours": b'{"inputs": {"location": {"latitude": 50, "longitude": 20, "elevation": 1}}, "outputs": {"tmy_hourly": []}}',
    "hours of null": b'{"inputs": {"location": {"latitude": 50, "longitude": 20, "elevation": 1}}, "outputs": {"tmy_hourly": [null]}}',
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_is_no_typical_year_is_refused_in_one_sentence(content):
    with pytest.raises(SourceError, match="PVGIS answer"):
        parse_pvgis_tmy(content)


def test_a_short_year_and_impossible_values_are_told():
    with pytest.raises(SourceError, match="holds 8000 hours, a year has 8760"):
        parse_pvgis_tmy(answer(hours=8000))
    with pytest.raises(SourceError, match=r"temp_air is 400\.0 at 01 Jan"):
        parse_pvgis_tmy(answer(T2m=400.0))
    with pytest.raises(SourceError, match="PVGIS answer"):
        parse_pvgis_tmy(answer(**{"G(h)": "much"}))
    with pytest.raises(SourceError, match="no possible place"):
        parse_pvgis_tmy(answer(latitude=5000.0))


def test_a_fetched_year_is_frozen_as_received_and_served_from_there(pvgis, whole, tmp_path):
    first = load_pvgis(study(pvgis.url), KRAKOW, tmp_path)
    assert pvgis.asked == ["/api/v5_3/tmy?lat=50.0983&lon=20.0005&outputformat=json"]
    assert (tmp_path / "here" / "weather" / "tmy.json").read_bytes() == whole
    again = load_pvgis(study(), KRAKOW, tmp_path)
    assert again.to_numpy().tobytes() == first.to_numpy().tobytes()
    assert again.attrs["files"] == first.attrs["files"]
    load_pvgis(study(pvgis.url), KRAKOW, tmp_path, refresh=True)
    assert len(pvgis.asked) == 2


@pytest.mark.parametrize("fault", [(429, b""), (503, b"busy"), (504, b""), (529, b"overloaded"), (200, b"<html>busy</html>"), (200, b"{")])
def test_passing_faults_are_ridden_out(pvgis, whole, tmp_path, fault):
    pvgis.replies = [fault, fault, (200, whole)]
    assert len(load_pvgis(study(pvgis.url), KRAKOW, tmp_path)) == 8760
    assert len(pvgis.asked) == 3


def test_the_real_cause_of_a_refusal_is_told(pvgis, tmp_path):
    pvgis.replies = [(400, b'{"message": "Location over the sea. Please, select another location", "status": 400}')]
    with pytest.raises(SourceError, match=r"answered 400 .*'Location over the sea\. Please, select another location'") as told:
        load_weather(study(pvgis.url, "pvgis"), KRAKOW, tmp_path)
    assert "check the address" not in str(told.value)
    assert len(pvgis.asked) == 1


def test_lasting_faults_are_told_once_asked_a_bounded_number_of_times_and_freeze_nothing(pvgis, tmp_path):
    pvgis.replies = [(200, b"<html>maintenance</html>")]
    with pytest.raises(SourceError, match="PVGIS answer is not a whole typical year"):
        load_weather(study(pvgis.url, "pvgis"), KRAKOW, tmp_path)
    assert len(pvgis.asked) == 3
    assert not list(tmp_path.rglob("*.json"))


def test_auto_falls_back_on_the_built_in_climate_and_says_why(tmp_path):
    year = load_weather(study(), KRAKOW, tmp_path)
    assert year.attrs["source"].startswith("built-in climate")
    assert "cannot be reached" in year.attrs["instead_of"]
    assert not list(tmp_path.rglob("*.json"))


def test_auto_uses_pvgis_where_it_answers_and_built_in_never_asks(pvgis, tmp_path):
    assert load_weather(study(pvgis.url), KRAKOW, tmp_path).attrs["source"] == "PVGIS TMY"
    pvgis.asked.clear()
    assert load_weather(study(pvgis.url, "builtin"), KRAKOW, tmp_path).attrs["source"].startswith("built-in")
    assert not pvgis.asked


def test_a_changed_frozen_year_is_an_error_that_names_both_sums_even_in_auto(pvgis, tmp_path):
    load_pvgis(study(pvgis.url), KRAKOW, tmp_path)
    path = tmp_path / "here" / "weather" / "tmy.json"
    path.write_bytes(path.read_bytes().replace(b"240.0", b"241.0", 1))
    with pytest.raises(ChecksumError, match=r"checksum is [0-9a-f]{64}, the manifest says [0-9a-f]{64}"):
        load_weather(study(pvgis.url), KRAKOW, tmp_path)
    assert load_weather(study(pvgis.url), KRAKOW, tmp_path, refresh=True).attrs["source"] == "PVGIS TMY"


def test_a_frozen_year_of_another_place_is_never_taken_for_this_one(pvgis, tmp_path):
    load_pvgis(study(pvgis.url), KRAKOW, tmp_path)
    with pytest.raises(SourceError, match=r"holds the weather of 50\.098° N, 20\.001° E, the district lies at 52\.230° N"):
        load_weather(study(pvgis.url), Site(52.23, 21.01), tmp_path)


def test_an_epw_is_used_where_it_is_named_and_its_absence_is_told(tmp_path):
    with pytest.raises(StudyError, match="weather_file is not given"):
        load_weather(study(weather="epw"), KRAKOW, tmp_path)
    with pytest.raises(SourceError, match="is not a file"):
        load_weather(study(weather_file=tmp_path / "gone.epw"), KRAKOW, tmp_path)


@pytest.mark.shared
def test_the_recorded_answer_of_pvgis_keeps_its_sums(shared_data):
    made = parse_pvgis_tmy((shared_data / "weather" / "pvgis_example" / "tmy_45.000_8.000_2005_2023.json").read_bytes())
    assert len(made) == 8760
    assert made["ghi"].sum() / 1000.0 == pytest.approx(1435.9, abs=0.05)
    assert made["dni"].sum() / 1000.0 == pytest.approx(1591.6, rel=0.03)
    assert made["dhi"].sum() / 1000.0 == pytest.approx(570.9, rel=0.01)
    assert made.attrs["time_offset_h"] == 0.1761


def test_monthly_values_of_pvgis_follow_from_each_other():
    # Bratislava, 2,000 kWp, 38 degrees: E_m and H(i)_m of January as exported by PVGIS-SARAH2
    energy_kwh, capacity_kwp, irradiation_kwh_m2 = 92_628.28, 2_000.0, 53.38
    assert energy_kwh / capacity_kwp == pytest.approx(46.31, rel=0.001)
    assert energy_kwh / capacity_kwp / irradiation_kwh_m2 == pytest.approx(0.868, rel=0.001)
