"""The protocol: split, sweep, compare with baselines, rank the inputs, write the report."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.inspection import GradientImportance, compare_permutation, null_floor
from sklearn_frictiongru.model_selection import RunHoldout, WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer
from sklearn_frictiongru.study._conditions import choose_bins, read_condition
from sklearn_frictiongru.study._references import fit_law
from sklearn_frictiongru.study._settings import PRESETS, choose_settings
from sklearn_frictiongru.study._split import count_parts, outside_training_range, split_rows
from sklearn_frictiongru.study._study import Study
from sklearn_frictiongru.study._truth import beside_truth
from sklearn_frictiongru.study._verdict import (
    ScoredRows,
    has_skill,
    median_skill,
    skill_of_repeats,
    skill_table,
    verdict_of,
)
from sklearn_frictiongru.study._write import REPORT, writable_folder, write_study
from sklearn_frictiongru.utils.conditions import condition_ranges
from sklearn_frictiongru.utils.index import time_level
from sklearn_frictiongru.utils.validation import check_same_index, column_names, index_of

N_SHOWN_LENGTHS = 4
N_PERMUTATIONS = 2


def run_study(
    X: ArrayLike | pd.DataFrame,
    y: ArrayLike | pd.Series,
    *,
    condition: ArrayLike | pd.Series | None = None,
    condition_name: str | None = None,
    condition_bins: ArrayLike | None = None,
    velocity: str | int | None = None,
    truth: dict[str, Any] | None = None,
    output: str | os.PathLike[str] = "study",
    preset: str = "quick",
    window_lengths: Sequence[int | str | pd.Timedelta] | None = None,
    n_repeats: int | None = None,
    max_epochs: int | None = None,
    stride: int | None = None,
    purge: int | str | pd.Timedelta | None = "preset",
    max_gap: int | str | pd.Timedelta | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    n_blocks: int = 10,
    regressor: GRUFrictionRegressor | None = None,
    n_jobs: int = -1,
    random_state: int = 0,
    name: str = "record",
    notes: Sequence[str] = (),
    verbose: int = 1,
) -> Study:
    """Run the published protocol on a record and write a report of it.

    The record is split into training, validation and test parts in blocks of time. Every
    window length is trained with every seed; the models that come out of that sweep, never
    trained again, predict validation and test rows; the gradients of all repeats at the
    best window length rank the inputs. Interrupted and called again with the same
    arguments, it goes on where it stopped.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        Inputs, with runs and time in the index.
    y : array-like of shape (n_rows,)
        Target, friction.
    condition : array-like of shape (n_rows,), default=None
        Condition to give importances for, such as normal stress in MPa. It is no input.
    condition_name : str, default=None
        Its name and unit; the name of the series if None.
    condition_bins : array-like of shape (n_ranges + 1,), default=None
        Edges of its ranges; if None, each value where there are few, else up to four
        ranges of equal width, joined where they hold few rows.
    velocity : str or int, default=None
        Column of the slip velocity [m/s] among the inputs: the rate-and-state law is fitted
        to it over the training rows and shown beside the network. None: no law.
    truth : dict, default=None
        What is known of a simulated record, to be printed beside what is found:
        ``causal_parents`` (list of str), ``time_scales`` (dict of seconds), ``memory``
        (rows) and ``importances`` (dict by input), or some of these.
    output : str or path-like, default="study"
        Folder for everything that is written.
    preset : {"quick", "paper"}, default="quick"
        What the following four and `purge` are where they are not given. "quick": windows of
        10, 25, 50 and 100 rows, 5 repeats of 25 epochs, strict purge. "paper": 50, 100, ...
        500 rows, 20 repeats of 100 epochs, no purge (how the published protocol split its
        record is not known; the report says so).
    window_lengths : sequence of int, str or pandas.Timedelta, default=None
        Window lengths, in rows or as times.
    n_repeats : int, default=None
        Trainings of each window length.
    max_epochs : int, default=None
        Epochs of each training.
    stride : int, default=None
        Train on every `stride`-th window.
    purge : int, str, pandas.Timedelta or None, default="preset"
        Rows left out of training next to validation and test blocks, or a time such as
        ``"40s"``; None is strict, one row less than the longest window.
    max_gap : int, str or pandas.Timedelta, default=None
        Longest time step inside a run, in sampling intervals or as a time such as ``"5s"``;
        1.5 sampling intervals if None.
    validation, test : float, default=0.2
        Shares of each run.
    n_blocks : int, default=10
        Blocks that each run is cut into; 1 is the plain tail split.
    regressor : GRUFrictionRegressor, default=None
        Regressor to train, whose epochs, stride, purge and validation are set by this
        function; the default network with a learning rate of 0.003 if None.
    n_jobs : int, default=-1
        Trainings side by side, one thread each; -1 is one per core.
    random_state : int, default=0
        Where all seeds are drawn from.
    name : str, default="record"
        Name of the record, for the report.
    notes : sequence of str, default=()
        Notes on the record, for the report.
    verbose : int, default=1
        Whether to show progress bars.

    Returns
    -------
    Study
        Everything that the report is made of: the fitted search, predictions, skill,
        importances, and the path of the report.

    Raises
    ------
    ValueError
        If the data or an argument cannot be used, before any training starts where that
        can be known; finished trainings stay in the folder.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> from sklearn_frictiongru.study import run_study
    >>> X = np.random.default_rng(0).normal(size=(600, 2))
    >>> y = 0.6 + 0.1 * np.convolve(X[:, 0], np.ones(4) / 4)[:600]
    >>> small = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, lr=0.01)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = run_study(
    ...         X,
    ...         y,
    ...         window_lengths=[2, 8],
    ...         n_repeats=2,
    ...         max_epochs=15,
    ...         stride=1,
    ...         regressor=small,
    ...         output=folder,
    ...         n_jobs=1,
    ...         verbose=0,
    ...     )
    ...     study.report.name
    'report.html'
    >>> study.search.best_window_length_, study.has_skill
    (8, True)
    """
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}; expected one of {sorted(PRESETS)}.")
    given = {
        "window_lengths": window_lengths,
        "n_repeats": n_repeats,
        "max_epochs": max_epochs,
        "stride": stride,
    }
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if purge != "preset":
        changes["purge"] = purge
    folder = writable_folder(output)
    _check_names(X, velocity, truth)
    check_same_index(X, y)
    check_same_index(X, condition, "condition")
    by = read_condition(condition, condition_name, np.shape(X)[0])
    runs = Runs.of(X, max_gap=max_gap)
    settings = choose_settings(
        runs,
        preset=preset,
        changes=changes,
        validation=validation,
        test=test,
        n_blocks=n_blocks,
        random_state=random_state,
        name=name,
        max_gap=max_gap,
    )
    holdout = RunHoldout(
        validation,
        test,
        n_blocks=n_blocks,
        window_length=settings.longest_window,
        purge=settings.purge,
    )
    regressor = _set_up(regressor, settings, holdout)
    parts = split_rows(X, y, runs, holdout, regressor)
    bins = choose_bins(by, condition_bins, parts)
    # What the importance will need is checked before anything is trained.
    condition_ranges(by, bins, len(parts), np.flatnonzero(parts != "warm-up"))

    # X and y have been checked: what the study hands on is not looked at again.
    with config_context(assume_finite=True):
        search = _sweep(regressor, settings, X, y, folder, n_jobs, verbose)
        rows = ScoredRows(np.asarray(y, dtype=np.float64), parts, runs.codes)
        shown_lengths = _shown_lengths(search)
        predictions, skill = _predict(search, shown_lengths, X, rows)
        repeat_skill = skill_of_repeats(search, X, rows)
        law = None
        if velocity is not None:
            law = fit_law(X, y, velocity, max_gap, search.best_estimator_, rows)
            predictions["predicted_law"] = law.predicted
        floor = null_floor(
            search.best_estimator_,
            X,
            y,
            n_jobs=n_jobs,
            random_state=random_state,
            memory=folder / "trainings",
            verbose=verbose,
        )
        lower_skill = float(median_skill(repeat_skill).min())
        importance = _importance(search, by, bins, floor, lower_skill, random_state, X, y)
        best = search.best_window_length_
        study = Study(
            settings=settings,
            notes=list(notes),
            truth=truth,
            condition=by,
            condition_bins=bins,
            parts=parts,
            parts_table=count_parts(parts, by, bins),
            outside_range=outside_training_range(X, parts),
            search=search,
            shown_lengths=shown_lengths,
            predictions=predictions,
            skill=skill,
            repeat_skill=repeat_skill,
            has_skill=has_skill(repeat_skill),
            law=law,
            null_floor=floor,
            importance=importance,
            permutation=_permutation(search, random_state, X, y),
            beside_truth=beside_truth(
                truth,
                best=best,
                seconds=settings.seconds_of(best),
                verdict=verdict_of(search),
                summary=importance.summary(),
                has_skill=has_skill(repeat_skill),
            ),
            report=folder / REPORT,
        )
    write_study(study)
    return study


def _check_names(X, velocity, truth):
    """Raise where the velocity or the true importances name no input."""
    names = column_names(X, np.shape(X)[1])
    named = {"velocity": [velocity] if isinstance(velocity, str) else []}
    named["truth"] = (truth or {}).get("importances", [])
    for argument, wanted in named.items():
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ValueError(
                f"{argument} names {missing[0]!r}, which is none of the inputs {names}. Name one "
                "of these, or leave it out."
            )


def _set_up(regressor, settings, holdout):
    """Return the regressor to train, with the parameters that the protocol sets."""
    if regressor is None:
        # Ten times fewer batches than in the published protocol want larger steps.
        regressor = GRUFrictionRegressor(lr=0.003)
    return clone(regressor).set_params(
        max_epochs=settings.max_epochs,
        stride=settings.stride,
        purge=settings.purge,
        validation=holdout,
    )


def _sweep(regressor, settings, X, y, folder, n_jobs, verbose):
    """Train every window length with every seed."""
    window = SlidingWindowTransformer(max_gap=settings.max_gap)
    search = WindowLengthSearchCV(
        Pipeline([("window", window), ("gru", regressor)]),
        settings.window_lengths,
        n_repeats=settings.n_repeats,
        n_jobs=n_jobs,
        memory=folder / "trainings",
        random_state=settings.random_state,
        keep_estimators="all",
        verbose=verbose,
    )
    return search.fit(X, y)


def _shown_lengths(search):
    """Choose the window lengths whose predictions are shown, and say what each stands for."""
    rows = search.results_.groupby("window_length", sort=False)["rows"].first()
    by_rows = list(rows.sort_values().index)
    best = search.best_window_length_
    wanted = {by_rows[0]: "shortest", by_rows[-1]: "longest"}
    wanted[best] = "best" if best not in wanted else f"best, {wanted[best]}"
    # From the middle outwards, so that the first one added is the medium length.
    middle = sorted(by_rows, key=lambda length: abs(by_rows.index(length) - len(by_rows) / 2))
    for length in middle:
        if len(wanted) >= min(N_SHOWN_LENGTHS, len(by_rows)):
            break
        wanted.setdefault(length, "medium")
    return {length: wanted[length] for length in by_rows if length in wanted}


def _predict(search, shown_lengths, X, rows):
    """Predict all rows by the sweep's own models and compare them with the baselines."""
    index = index_of(X)
    index = pd.RangeIndex(len(X)) if index is None else index
    predictions = pd.DataFrame(
        {
            "run": rows.run_codes,
            "time": time_level(index),
            "part": rows.parts,
            "measured": rows.measured,
        }
    )
    skills = {}
    for length in shown_lengths:
        model = search.median_estimator(length)
        predicted = model.predict(X)
        # Rows without full history for the longest window are compared nowhere.
        predicted[rows.parts == "warm-up"] = np.nan
        predictions[f"predicted_{length}"] = predicted
        skills[length] = rows.skill(predicted, model)
    return predictions, skill_table(skills, "window_length")


def _importance(search, by, bins, floor, skill, random_state, X, y):
    """Take the gradients of every repeat at the best window length."""
    importance = GradientImportance(bins=bins, random_state=random_state)
    models = [model for model in search.estimators_ if model is not None]
    # One model after another, each on all threads: handing a few models to other processes takes
    # longer than their gradients do.
    with _silent_on_what_the_report_says():
        return importance.fit(models, X, y, by=by, null_floor=floor, skill=skill)


def _permutation(search, random_state, X, y):
    """Compare gradients with permutation, for the model whose predictions are shown."""
    with _silent_on_what_the_report_says():
        return compare_permutation(
            [search.best_estimator_], X, y, n_repeats=N_PERMUTATIONS, random_state=random_state
        )


@contextmanager
def _silent_on_what_the_report_says():
    """Leave out warnings that the report gives at the places where they matter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(not interpretable|strongly correlated).*")
        yield
