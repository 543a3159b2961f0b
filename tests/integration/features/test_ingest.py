"""The packaged data become typed tables, or nothing is written."""

import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from components.ingest.ingestion import ingest_tables
from components.ingest.packaged import FILES, packaged_directory, read_raw
from components.ingest.typed import typed_tables
from components.validate_data.report import validation_report
from feature_repo.tables import BrokenTableError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the packaged files that a test may break."""
    return Path(shutil.copytree(packaged_directory(), tmp_path / "source"))


def test_every_flight_of_the_year_is_there(typed: dict[str, pd.DataFrame]) -> None:
    assert len(typed["flights"]) == 336_776
    assert typed["flights"].arrived_at.notna().sum() == 327_346
    assert typed["flights"].cancelled.sum() == 8_255


def test_arrival_times_agree_with_the_clocks_at_the_destinations(typed: dict[str, pd.DataFrame]) -> None:
    raw = read_raw(packaged_directory())["flights"]
    zones = typed["airports"].set_index("code").timezone
    flights = typed["flights"]
    arrived = flights[flights.arrived_at.notna()]
    local = pd.concat(
        rows.arrived_at.dt.tz_convert(zones[dest]).dt.strftime("%H%M").astype(int)
        for dest, rows in arrived.groupby("dest")
    )
    differing = local != raw.arr_time[local.index] % 2400
    # One flight's packaged arrival lies in the hour that autumn repeats.
    assert differing.sum() == 1


def test_no_flight_is_faster_than_its_time_in_the_air(typed: dict[str, pd.DataFrame]) -> None:
    raw = read_raw(packaged_directory())["flights"]
    under_way = typed["flights"].arrived_at - typed["flights"].departed_at
    assert (under_way.dropna() >= pd.to_timedelta(raw.air_time.dropna().astype(int), unit="min")).all()


def test_a_wind_that_no_wind_has_is_set_to_missing_and_counted() -> None:
    raw = read_raw(packaged_directory())
    typed, set_to_missing = typed_tables(raw)
    assert set_to_missing == {"weather.wind_speed_mph": 1}
    assert typed["weather"].wind_speed_mph.max() < 100
    assert typed["weather"].wind_speed_mph.isna().sum() == raw["weather"].wind_speed.isna().sum() + 1


def test_a_broken_file_is_refused_and_nothing_is_written(
    source: Path, tmp_path: Path, as_of: datetime
) -> None:
    path = source / FILES["planes"]
    path.write_text(path.read_text().replace("Turbo-fan", "", 1).replace(",55,", ",fifty-five,", 1))
    with pytest.raises(BrokenTableError, match=r"table planes, column seats: 1 rows .*'fifty-five' in row 0"):
        ingest_tables(source, tmp_path / "tables", as_of)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_an_empty_file_is_refused_by_the_tables_name(source: Path, tmp_path: Path, as_of: datetime) -> None:
    (source / FILES["planes"]).write_bytes(b"")
    with pytest.raises(BrokenTableError, match=r"table planes: .* cannot be read"):
        ingest_tables(source, tmp_path / "tables", as_of)


def test_a_torn_archive_is_refused_by_the_tables_name(source: Path, tmp_path: Path, as_of: datetime) -> None:
    path = source / FILES["flights"]
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(BrokenTableError, match=r"table flights: .* cannot be read"):
        ingest_tables(source, tmp_path / "tables", as_of)


def test_the_report_says_what_was_set_to_missing_and_how_many_rows_there_are(
    tmp_path: Path, as_of: datetime
) -> None:
    ingest_tables(packaged_directory(), tmp_path / "tables", as_of)
    page = validation_report(tmp_path / "tables")
    assert "weather.wind_speed_mph: 1" in page
    assert "flights: 336,776 rows" in page
