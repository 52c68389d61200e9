"""The friction damper is fetched, checked and reduced; files of its form come from this machine."""

import hashlib
import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.datasets import _friction_damper, fetch_friction_damper

RUNS = {"first": 40, "second": 64 + 3}
"""Samples of each run at 1,024 Hz."""


def samples_of(n_samples, shift):
    """Return rows of a file: time, displacement, friction force, velocity and two channels more."""
    rows = np.arange(n_samples * 6.0).reshape(n_samples, 6) + shift
    rows[:, 0] = np.arange(n_samples) / 1024
    return rows


class Quiet(SimpleHTTPRequestHandler):
    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Serve small files of the same form, and return their folder."""
    folder = tmp_path / "source folder"
    folder.mkdir()
    checksums = {}
    for shift, (run, n_samples) in enumerate(RUNS.items()):
        record = {"data": samples_of(n_samples, shift).tolist(), "sampling freq": 1024}
        path = folder / f"{run}.json"
        path.write_text(json.dumps(record), encoding="utf-8")
        checksums[run] = hashlib.sha256(path.read_bytes()).hexdigest()
    Quiet.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = f"http://127.0.0.1:{server.server_port}/source%20folder/"
    monkeypatch.setattr(_friction_damper, "BASE_URL", url)
    monkeypatch.setattr(_friction_damper, "CHECKSUMS", checksums)
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def test_rows_are_means_over_a_64th_second_in_metric_units(source, home):
    damper = fetch_friction_damper(data_home=home, as_frame=True)
    assert damper.data.columns.tolist() == damper.feature_names
    assert damper.feature_names == ["displacement_mm", "velocity_mm_s"]
    assert damper.target.name == damper.target_name == "friction_force_kn"
    assert damper.frame.columns.tolist() == [*damper.feature_names, damper.target_name]
    expected_times = {"first": [1 / 64, 2 / 64], "second": [i / 64 for i in range(1, 5)]}
    assert damper.frame.index.names == ["run", "time_s"]
    for shift, (run, times) in enumerate(expected_times.items()):
        frame = damper.frame.loc[run]
        assert frame.index.tolist() == times
        samples = samples_of(RUNS[run], shift)
        for row in range(len(times)):
            mean = samples[16 * row : 16 * (row + 1)].mean(axis=0)
            expected = [25.4 * mean[1], 25.4 * mean[3], 4.4482216 * mean[2]]
            np.testing.assert_allclose(frame.iloc[row], expected, rtol=1e-12)
    assert damper.groups.tolist() == ["first"] * 2 + ["second"] * 4
    assert damper.time.tolist() == [*expected_times["first"], *expected_times["second"]]


def test_return_X_y_and_as_frame(source, home):
    frames = fetch_friction_damper(data_home=home, as_frame=True)
    X, y = fetch_friction_damper(data_home=home, return_X_y=True, as_frame=True)
    pd.testing.assert_frame_equal(X, frames.data)
    pd.testing.assert_series_equal(y, frames.target)
    arrays = fetch_friction_damper(data_home=home)
    X, y = fetch_friction_damper(data_home=home, return_X_y=True)
    for array, table in (
        (X, frames.data),
        (y, frames.target),
        (arrays.data, frames.data),
        (arrays.target, frames.target),
        (arrays.groups, frames.groups),
        (arrays.time, frames.time),
    ):
        assert type(array) is np.ndarray
        np.testing.assert_array_equal(array, table)
    assert arrays.frame is None


def test_files_are_downloaded_once_and_the_table_is_kept(source, home, monkeypatch):
    first = fetch_friction_damper(data_home=home, as_frame=True).frame
    assert sorted(Quiet.asked) == ["/source%20folder/first.json", "/source%20folder/second.json"]
    kept = {path.name for path in (home / "friction_damper").iterdir()}
    assert kept == {"first.json", "second.json", "friction_damper_64hz.csv"}
    # The table alone does, without the files and without pooch.
    for run in RUNS:
        (home / "friction_damper" / f"{run}.json").unlink()
    monkeypatch.setitem(sys.modules, "pooch", None)
    again = fetch_friction_damper(data_home=home, as_frame=True, download_if_missing=False).frame
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert len(Quiet.asked) == 2


def test_files_that_were_put_there_need_neither_network_nor_pooch(source, home, monkeypatch):
    (home / "friction_damper").mkdir(parents=True)
    for run in RUNS:
        (source / f"{run}.json").rename(home / "friction_damper" / f"{run}.json")
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert len(fetch_friction_damper(data_home=home).target) == 6
    assert Quiet.asked == []


def test_the_default_folder_is_that_of_scikit_learn(source, home, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home))
    fetch_friction_damper()
    assert (home / "friction_damper" / "friction_damper_64hz.csv").exists()


def assert_says_what_to_put_where(message, home, runs=RUNS):
    assert f"put them unchanged into {home / 'friction_damper'}" in message
    for run in RUNS:
        assert (f"{_friction_damper.BASE_URL}{run}.json" in message) == (run in runs)


def test_missing_files_are_an_error_where_none_may_be_downloaded(source, home):
    with pytest.raises(OSError, match="`download_if_missing` is False") as error:
        fetch_friction_damper(data_home=home, download_if_missing=False)
    assert_says_what_to_put_where(str(error.value), home)
    assert Quiet.asked == []


def test_without_network_the_error_says_what_to_put_where(source, home, monkeypatch):
    (home / "friction_damper").mkdir(parents=True)
    (source / "first.json").rename(home / "friction_damper" / "first.json")
    # Nothing answers at the port of no service.
    monkeypatch.setattr(_friction_damper, "BASE_URL", "http://127.0.0.1:1/")
    with pytest.raises(OSError, match=r"second\.json could not be downloaded") as error:
        fetch_friction_damper(data_home=home)
    assert_says_what_to_put_where(str(error.value), home, ["second"])


def test_a_file_that_is_not_there_any_more_is_an_error(source, home):
    (source / "second.json").unlink()
    with pytest.raises(OSError, match=r"second\.json could not be downloaded \(404"):
        fetch_friction_damper(data_home=home)


def test_another_content_is_refused_and_not_kept(source, home):
    (source / "first.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OSError, match=r"first\.json could not be downloaded .*hash"):
        fetch_friction_damper(data_home=home)
    assert list((home / "friction_damper").iterdir()) == []


def test_a_file_that_was_cut_off_is_downloaded_again(source, home):
    (home / "friction_damper").mkdir(parents=True)
    half = (source / "first.json").read_bytes()[:100]
    (home / "friction_damper" / "first.json").write_bytes(half)
    assert len(fetch_friction_damper(data_home=home).target) == 6


def test_without_pooch_the_error_says_how_to_install_it(source, home, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn_frictiongru\[fetch\]'"):
        fetch_friction_damper(data_home=home)


def test_the_address_and_the_licence():
    assert _friction_damper.BASE_URL.endswith("/data/dataset-2/earthquake%20profiles/")
    assert "/0e09aa9d950760277e31c08cd93fd01f39a5af09/" in _friction_damper.BASE_URL
    assert all(len(checksum) == 64 for checksum in _friction_damper.CHECKSUMS.values())
    assert "CC BY-SA 4.0" in fetch_friction_damper.__doc__
    assert "Coble" in fetch_friction_damper.__doc__


def test_the_description_names_licence_and_authors(source, home):
    description = fetch_friction_damper(data_home=home).DESCR
    assert "CC BY-SA 4.0" in description
    assert "Coble" in description
