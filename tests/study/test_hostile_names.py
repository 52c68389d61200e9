"""Names of any script and with any character end in a report, or in an error before training."""

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.io import read_record
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.study import run_study

OPTIONS = {
    "window_lengths": [3],
    "n_repeats": 1,
    "max_epochs": 1,
    "stride": 1,
    "purge": 0,
    "rotations": False,
    "n_jobs": 1,
    "verbose": 0,
}


def tiny():
    return GRUFrictionRegressor(conv_channels=2, hidden_size=2, n_gru_layers=1, batch_size=32)


def study_of(folder, inputs, target, condition, run, runs, name="record", **changes):
    rng = np.random.default_rng(0)
    n_rows = 140
    levels = [np.repeat(runs, n_rows // 2), np.tile(np.arange(n_rows / 2), 2)]
    index = pd.MultiIndex.from_arrays(levels, names=[run, "time"])
    X = pd.DataFrame(rng.normal(size=(n_rows, len(inputs))), columns=inputs, index=index)
    y = pd.Series(0.6 + 0.1 * X.iloc[:, 0].to_numpy(), index=index, name=target)
    stress = np.where(np.arange(n_rows) // 7 % 2, 3.0, 1.0)
    stress = pd.Series(stress, index=index, name=condition)
    return run_study(
        X,
        y,
        condition=stress,
        output=folder,
        regressor=tiny(),
        name=name,
        **{**OPTIONS, **changes},
    )


@pytest.mark.parametrize(
    "names",
    [
        {
            "inputs": ["time", "run", "v", "v_net"],
            "target": "measured",
            "condition": "input",
            "run": "run",
            "runs": ["all", "none"],
        },
        {
            "inputs": [r"$\sigma$", r"$\foo{$", "<script>alert(1)</script>"],
            "target": r"$\mu",
            "condition": "<i>%s {0}",
            "run": "<u>",
            "runs": ["<a>", "x/y\nz"],
            "name": "<b>a & b</b>",
        },
        {
            "inputs": ["=1+1", "a\nb\t\x07", "x" * 300, "x" * 299 + "y"],
            "target": "%d {} {x}",
            "condition": "c" * 300,
            "run": 'a "quoted", run',
            "runs": ["=2+2", "../.."],
        },
        {
            "inputs": ["温度[℃]", "скорость", "احتكاك", "🔥"],
            "target": "摩擦係数",
            "condition": "荷重[N]",
            "run": "試験",
            "runs": ["一", "二"],
        },
    ],
    ids=["clashes", "markup", "characters", "scripts"],
)
def test_a_study_with_hostile_names_ends_in_a_report(tmp_path, names):
    study = study_of(tmp_path, **names)
    page = study.report.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<b>a &" not in page
    for path in tmp_path.glob("*.csv"):
        table = pd.read_csv(path, header=None, encoding="utf-8", dtype=str)
        assert table.iloc[0].is_unique, path.name
    rows = pd.read_csv(tmp_path / "predictions.csv", encoding="utf-8")
    assert list(rows["run"].unique()) == names["runs"]
    assert list(rows["time"][:2]) == [0.0, 1.0]
    along = pd.read_csv(tmp_path / "importance_along_time.csv", encoding="utf-8")
    assert len(along.columns) == 3 + 2 * len(names["inputs"])
    ranked = pd.read_csv(tmp_path / "importance_summary.csv", encoding="utf-8")
    assert set(ranked["input"]) == set(names["inputs"])


def test_a_name_with_half_a_character_is_an_error_before_training(tmp_path):
    plain = {"inputs": ["a", "b"], "target": "mu", "condition": "n", "run": "r", "runs": ["1", "2"]}
    with pytest.raises(ValueError, match=r"holds a byte that is not a character.*Rename it"):
        study_of(tmp_path, **plain, name="records/\udc8e.csv")
    assert not (tmp_path / "trainings").exists()


def test_a_japanese_logger_s_file_runs_to_a_report(tmp_path):
    """In the figures stand the letters where a font has them, and their codes with a note."""
    n_rows = 140
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "日時": pd.date_range("2026-02-05 23:59:00", periods=n_rows, freq="s"),
            "温度[℃]": rng.normal(25, 1, n_rows).round(3),
            "摩擦係数": rng.normal(0.6, 0.01, n_rows).round(4),
        }
    )
    table["日時"] = table["日時"].dt.strftime("%Y/%m/%d %H:%M:%S")
    path = tmp_path / "記録 1.csv"
    text = "データロガー\r\n型式,GL240\r\n" + table.to_csv(index=False, lineterminator="\r\n")
    path.write_bytes(text.encode("cp932"))
    record = read_record(path, time="日時", target="摩擦係数", inputs=["温度[℃]"])
    source = {"file": path.name, "target": record.target.name}
    study = run_study(
        record.data,
        record.target,
        output=tmp_path / "out",
        regressor=tiny(),
        name=str(path),
        source=source,
        **OPTIONS,
    )
    page = study.report.read_text(encoding="utf-8")
    assert "温度[℃]" in page
    assert "記録 1.csv" in page
    from sklearn_frictiongru.utils.lettering import undrawable

    without_font = undrawable(["温度摩擦係数"])
    assert ("No font on this machine has" in page) == bool(without_font)
    assert (r"\u6e29\u5ea6[℃] is 温度[℃]" in page) == bool(without_font)
    settings = json.loads((tmp_path / "out" / "settings.json").read_text(encoding="utf-8"))
    assert settings["source"] == source


def test_windows_shorter_than_a_second_are_given_in_seconds(tmp_path):
    rng = np.random.default_rng(0)
    index = pd.Index(np.arange(140) * 0.001, name="time_s")
    X = pd.DataFrame(rng.normal(size=(140, 2)), columns=["a", "b"], index=index)
    study = run_study(X, X["a"].rename("mu"), output=tmp_path, regressor=tiny(), **OPTIONS)
    page = study.report.read_text(encoding="utf-8")
    assert "The longest window, 3 rows, is only 0.003\N{NO-BREAK SPACE}s of this record" in page
