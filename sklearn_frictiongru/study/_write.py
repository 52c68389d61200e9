"""What a study leaves on disk: figures, tables, model, settings and report."""

import datetime
import json
import platform
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import skorch
import torch

from sklearn_frictiongru import __version__
from sklearn_frictiongru.neural_network import save_model
from sklearn_frictiongru.study._errors import errors_by_block
from sklearn_frictiongru.study._example import example_inputs
from sklearn_frictiongru.study._excerpts import excerpts_table
from sklearn_frictiongru.study._references import LEAVES, PENALTIES
from sklearn_frictiongru.study._report import names_in_figures, page_html
from sklearn_frictiongru.study._summaries import (
    accuracy_table,
    condition_table,
    correlated_inputs,
    length_table,
    ranking_checks,
    share_of_epochs,
)
from sklearn_frictiongru.study._verdict import WHOLE_RECORD, verdict_table
from sklearn_frictiongru.utils.files import write_whole
from sklearn_frictiongru.utils.validation import distinct

REPORT = "report.html"
BEST_MODEL = "best_model.safetensors"
EXAMPLE_ROWS = 20
"""Rows with a full history for the longest window, in the example of inputs."""


def writable_folder(output):
    """Return the output folder, made and tried."""
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Under its own name: another study may begin in the same folder at this moment.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            f"the folder {str(output)!r} cannot be written to ({error.strerror}); expected a "
            "folder for the results. Choose another one with output."
        ) from error
    return folder


def write_study(study, X):
    """Write everything into the folder of the report."""
    folder = study.report.parent
    figures = _write_figures(study, folder)
    for name, table in _tables(study).items():
        if len(table):
            write_whole(folder / f"{name}.csv", table.to_csv())
        else:
            # A header alone says nothing, and that of an earlier study would be wrong.
            (folder / f"{name}.csv").unlink(missing_ok=True)
    _write_best_model(study.search.best_estimator_, folder)
    example = example_inputs(X, study.settings.longest_window + EXAMPLE_ROWS)
    write_whole(folder / "example_inputs.csv", example.to_csv())
    kept = _settings(study)
    text = json.dumps(kept, indent=2, default=str)
    write_whole(folder / "settings.json", text + "\n")
    write_whole(study.report, page_html(study, figures, kept, example))


def _write_best_model(model, folder):
    """Write the best model, unless it holds what is no data: the report does not depend on it."""
    try:
        save_model(model, folder / BEST_MODEL)
    except ValueError as error:
        warnings.warn(
            f"{BEST_MODEL} is not written to {folder} ({error}); search.best_estimator_ has it.",
            UserWarning,
            stacklevel=4,
        )


def _write_figures(study, folder):
    """Draw and write all figures; return their names."""
    # Only here is anything drawn.
    from sklearn_frictiongru.study import _figures

    figures = _figures.figures_of(study)
    with _figures.fonts_for(names_in_figures(study)):
        for name, draw in figures.items():
            _figures.save_figure(draw(study), folder, name)
    return list(figures)


def _tables(study):
    """Return the tables to write, by the names of their files."""
    importance = study.importance.frame()
    of_lag = importance["lag"].notna()
    along_time = study.importance.along_time()
    net = study.importance.along_time("net").iloc[:, 2:].add_suffix("_net")
    net.columns = distinct(net.columns, along_time.columns)
    curves = study.search.learning_curves_.set_index(["window_length", "repeat", "epoch"])
    tables = {
        "sweep_results": study.search.results_.set_index("window_length"),
        "sweep_summary": study.search.summary(),
        "learning_curves": curves.drop(columns=["rows", "split", "seed"]),
        "parts": study.parts_table,
        "outside_training_range": study.outside_range,
        "predictions": study.predictions.rename_axis("row"),
        "shown_along_time": excerpts_table(study),
        "skill": study.skill,
        "skill_of_repeats": study.repeat_skill,
        "accuracy": accuracy_table(study),
        "verdict": verdict_table(study),
        "window_lengths": length_table(study),
        "references": study.references.table,
        "importance": importance[~of_lag].drop(columns="lag").set_index("model"),
        "importance_ranks": _ranks(study.importance),
        "importance_summary": study.importance.summary(),
        "importance_groups": study.importance.group_summary(),
        "importance_by_lag": importance[of_lag].query("condition == 'all'").set_index("model"),
        "importance_along_time": along_time.join(net),
        "ranking_checks": ranking_checks(study),
        "correlated_inputs": correlated_inputs(study),
        "importance_by_permutation": study.permutation.frame.drop(columns="model").set_index(
            "input"
        ),
        "null_floor": study.null_floor.tests,
        "null_floor_trainings": study.null_floor.repeats.set_index("repeat"),
    }
    if study.condition is not None:
        along = study.predictions[["run", "time"]].assign(
            condition=study.condition.to_numpy(), range=study.condition_ranges.to_numpy()
        )
        tables["condition_along_time"] = along.rename_axis("row")
    if study.law is not None:
        tables["skill_of_law"] = study.law.skill
        tables["rate_state_law"] = study.law.model.summary().rename_axis("parameter")
    if study.condition is not None:
        tables["importance_by_condition"] = condition_table(study)
    if WHOLE_RECORD in study.skill_tests:
        tables["errors_by_block"] = errors_by_block(study)
    return tables


def _ranks(importance):
    """Return the ranks of each input in each model by relative and net importance."""
    net = importance.net_.rank(axis=1, method="min", ascending=False).astype(int)
    ranks = {"rank": importance.ranks_, "net_rank": net}
    tidy = {name: table.rename_axis(columns="input").stack() for name, table in ranks.items()}
    return pd.DataFrame(tidy)


def _settings(study):
    """Return all that the numbers depend on, except for the record."""
    regressor = study.search.estimator[-1]
    return {
        **vars(study.settings),
        "purge_rows": study.settings.purge_rows,
        "purge_time": study.settings.seconds_text(study.settings.purge_rows),
        "date": datetime.date.today().isoformat(),
        "record": {
            "inputs": study.importance.feature_names_,
            "target": study.importance.target_name_,
            "units": study.units,
            "n_rows": len(study.predictions),
            "n_runs": study.predictions["run"].nunique(),
        },
        "truth": study.truth,
        "regressor": {
            key: value
            for key, value in regressor.get_params().items()
            if isinstance(value, str | int | float | bool | None)
        },
        "seeds": [int(seed) for seed in study.search.seeds_],
        "share_of_epochs": share_of_epochs(study),
        "reference_models": {"penalties": PENALTIES, "leaves": LEAVES},
        "versions": _versions(),
        "notes": study.notes,
        "source": study.source,
    }


def _versions():
    """Return the versions of the libraries that the numbers come from."""
    return {
        "sklearn_frictiongru": __version__,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "skorch": skorch.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
    }
