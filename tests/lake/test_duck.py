"""The connection every part shares: extensions from wheels, no home, no network, longitude first."""

import signal
import subprocess
import sys
import time

import duckdb
import pytest

from tianlake.lake import duck
from tianlake.lake.errors import LakeError

EMPTY_HOME = """
__file__ = "program.py"  # without one, DuckDB takes it for a person's session and draws on stdout how far it is
from tianlake.lake.duck import connect
print(connect().sql("SELECT ST_AsText(ST_Transform(ST_Point(116, 40), 'EPSG:4490', 'EPSG:4490'))").fetchall())
"""


def test_it_loads_the_extensions_with_an_empty_home_and_leaves_nothing_behind(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", EMPTY_HOME],
        env={"HOME": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[('POINT (116 40)',)]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_no_extension_is_fetched_at_run_time():
    with pytest.raises(duckdb.Error):
        duck.connect().execute("SELECT * FROM sqlite_scan('x', 'y')")


def test_longitude_comes_first_whatever_the_axis_order_of_the_crs():
    # EPSG:4528 (CGCS2000 zone 40) has its axes as X north, Y east; the zone's number leads the easting.
    projected = "ST_Transform(ST_Point(120, 40), 'EPSG:4490', 'EPSG:4528')"
    [(east, north)] = duck.connect().sql(f"SELECT ST_X({projected}), ST_Y({projected})").fetchall()
    assert east == pytest.approx(40_500_000, abs=1)
    assert 4_400_000 < north < 4_450_000


def test_cursors_speak_alike():
    # A degree of longitude at 60° N is half as long as one at the equator; latitude first gives NaN here.
    along = "SELECT ST_Distance_Spheroid(ST_Point2D(116, 60), ST_Point2D(117, 60)), current_setting('TimeZone')"
    [(metres, zone)] = duck.connect().cursor().execute(along).fetchall()
    assert (round(metres, -2), zone) == (55_800, "UTC")


def test_limits_are_those_asked_for(tmp_path):
    connection = duck.connect(memory_limit="256MiB", threads=1, scratch=tmp_path)
    settings = dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert (settings["memory_limit"], settings["threads"]) == ("256.0 MiB", "1")
    assert settings["temp_directory"] == str(tmp_path)


def test_a_missing_wheel_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(duck, "EXTENSIONS", ("nonsense",))
    with pytest.raises(LakeError, match="install duckdb-extension-nonsense==1"):
        duck.connect()


ENDLESS = """
from tianlake.lake.duck import connect, interruptible
with connect(threads=2) as connection:
    def work():
        print(flush=True)
        connection.execute("SELECT count(*) FROM range(1_000_000_000_000) t(i) WHERE hash(i) = 5")
    interruptible(connection, work)
"""


def test_ctrl_c_in_a_statement_ends_it_and_is_a_keyboard_interrupt():
    running = subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert running.stdout
        running.stdout.readline()
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        assert (running.returncode, said.decode().splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt")
    finally:
        running.kill()


def test_answers_and_faults_of_a_statement_come_back():
    with duck.connect() as connection:
        assert duck.interruptible(connection, lambda: connection.sql("SELECT 42").fetchall()) == [(42,)]
        with pytest.raises(duckdb.BinderException):
            duck.interruptible(connection, lambda: connection.execute("SELECT nothing"))
        assert connection.sql("SELECT 43").fetchall() == [(43,)]


def test_quotes_in_names_and_texts_survive():
    text, name = "it's", 'a "b"'
    relation = duck.connect().sql(f"SELECT {duck.literal(text)} AS {duck.identifier(name)}")
    assert (relation.columns, relation.fetchall()) == ([name], [(text,)])
