"""The protocol: split, sweep, compare with baselines, rank the inputs, write the report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import config_context

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.study._conditions import range_of_rows, read_condition
from sklearn_frictiongru.study._guards import check_record
from sklearn_frictiongru.study._ranking import ranking_of_study
from sklearn_frictiongru.study._references import compare_with_references, fit_law
from sklearn_frictiongru.study._settings import PRESETS, choose_settings, has_times
from sklearn_frictiongru.study._skill import skill_of_study
from sklearn_frictiongru.study._split import (
    count_parts,
    outside_training_range,
    settled_rotations,
    split_rows,
)
from sklearn_frictiongru.study._study import Study
from sklearn_frictiongru.study._sweep import (
    set_up,
    sweep_lengths,
)
from sklearn_frictiongru.study._truth import beside_truth
from sklearn_frictiongru.study._undecided import Undecided
from sklearn_frictiongru.study._verdict import (
    ScoredRows,
    length_verdict_of,
    predictions_of_lengths,
)
from sklearn_frictiongru.study._write import REPORT, writable_folder, write_study
from sklearn_frictiongru.utils.conditions import condition_ranges
from sklearn_frictiongru.utils.logarithm import log10_of
from sklearn_frictiongru.utils.units import UNITS, split_unit, words_of
from sklearn_frictiongru.utils.validation import check_same_index, column_names


def run_study(
    X: ArrayLike | pd.DataFrame,
    y: ArrayLike | pd.Series,
    *,
    condition: ArrayLike | pd.Series | None = None,
    condition_name: str | None = None,
    condition_bins: ArrayLike | None = None,
    velocity: str | int | None = None,
    log: Sequence[str] = (),
    units: Mapping[str, str] | None = None,
    truth: dict[str, Any] | None = None,
    output: str | os.PathLike[str] = "study",
    preset: str = "quick",
    window_lengths: Sequence[int | str | pd.Timedelta] | None = None,
    n_repeats: int | None = None,
    max_epochs: int | None = None,
    stride: int | None = None,
    purge: int | str | pd.Timedelta | None = "preset",
    rotations: bool | None = None,
    eliminate: float | None = None,
    max_gap: int | str | pd.Timedelta | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    n_blocks: int = 10,
    regressor: GRUFrictionRegressor | None = None,
    n_jobs: int = -1,
    random_state: int = 0,
    name: str = "record",
    notes: Sequence[str] = (),
    source: Mapping[str, Any] | None = None,
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
        Target, such as friction. The name of a series is the name of the target.
    condition : array-like of shape (n_rows,), default=None
        Condition to give importances for, such as normal stress in MPa. It is no input.
    condition_name : str, default=None
        Its name and unit; the name of the series if None.
    condition_bins : array-like of shape (n_ranges + 1,), default=None
        Edges of its ranges; if None, its nominal levels, which are found as clusters, or else
        about five ranges with round edges. Ranges that no complete window reaches are left out
        and named in the notes.
    velocity : str or int, default=None
        Column of the slip velocity [m/s] among the inputs: the rate-and-state law is fitted
        to it over the training rows and shown next to the network. None: no law.
    log : sequence of str, default=()
        Inputs that span decades: the pipeline takes their common logarithm before the
        windows, so that predictions for new data take raw values. The law gets raw values.
    units : mapping of str to str, default=None
        Unit of each input and of the target, by name; those that names end in, such as ``_mm``
        or ``_pct``, are known without it.
    truth : dict, default=None
        What is known of a simulated record, to be printed with what is found:
        ``causal_parents`` (list of str), ``time_scales`` (dict of seconds), ``memory``
        (rows) and ``importances`` (dict by input), or some of these.
    output : str or path-like, default="study"
        Folder for everything that is written.
    preset : {"quick", "paper", "paper-fast"}, default="quick"
        What the following six and `purge` are where they are not given. "quick": windows of
        10, 25, 50 and 100 rows, 5 repeats of 25 epochs, strict purge. "paper": 50, 100, ...
        500 rows, 20 repeats of 100 epochs, no purge (how the published protocol split its
        record is not known; the report says so). "paper-fast": as "paper", with
        `eliminate` at 0.05.
    window_lengths : sequence of int, str or pandas.Timedelta, default=None
        Window lengths, in rows or as times. A window of one row is added: whether history
        matters is asked against it.
    n_repeats : int, default=None
        Trainings of each window length.
    max_epochs : int, default=None
        Epochs of each training.
    stride : int, default=None
        Train on every `stride`-th window.
    purge : int, str, pandas.Timedelta or None, default="preset"
        Rows left out of training next to validation and test blocks, or a time such as
        ``"40s"``; None is strict, one row less than the longest window.
    rotations : bool, default=None
        Whether the split is rotated, so that the verdict is tested over the whole record, each
        block predicted by a model that has not seen it; True in "quick" and False in "paper" if
        None. It takes one training per rotation (five) at the recommended window length (the
        best, where one row is recommended) and five at a window of one row.
    eliminate : float, default=None
        Error rate of successive elimination, between 0 and 1: window lengths are given up as soon
        as it can be foreseen, with this error rate, that they will not be recommended, and
        trainings are stopped early that cannot reach the best length, as described for
        :class:`~sklearn_frictiongru.model_selection.WindowLengthSearchCV` with
        ``elimination_goal="recommended"``. Lengths that were given up as not better are then
        completed, the shortest first, as long as one is shorter than the recommended length and
        neither seeds nor test rows rule it out. Lengths that were not given up have all repeats.
        None trains all lengths, except in "paper-fast".
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
    source : mapping of str to str or int, default=None
        Where the record comes from, such as the file, its checksum, its columns and the command,
        for ``settings.json`` and the report. Of these, ``preparation``, in sentences, becomes
        part of the methods, and ``citation`` and ``licence`` of what to cite.
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
        If the data or an argument cannot be used, such as a constant target, values that mark
        missing ones, or a logarithm of values at or below 0; before any training starts where
        that can be known. Finished trainings stay in the folder.

    See Also
    --------
    Study : The class of the result.
    sklearn_frictiongru.io.read_record : Reads a record from a file.
    sklearn_frictiongru.io.read_truth : Reads the truth of a simulated record.

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
    if eliminate is not None and not 0 < eliminate < 1:
        raise ValueError(
            f"eliminate is {eliminate!r}; expected an error rate between 0 and 1, such as 0.05, or "
            "None to train all window lengths."
        )
    given = {
        "window_lengths": window_lengths,
        "n_repeats": n_repeats,
        "max_epochs": max_epochs,
        "stride": stride,
        "rotations": rotations,
        "eliminate": eliminate,
    }
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if purge != "preset":
        changes["purge"] = purge
    log = [log] if isinstance(log, str) else list(log)
    folder = writable_folder(output)
    _check_names(X, velocity, log, truth)
    names = [name, condition_name, getattr(condition, "name", None), getattr(y, "name", None)]
    _check_characters([*names, *notes, *(source or {}).values()])
    log10_of(X, log)
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
        log=log,
        max_gap=max_gap,
        has_times=has_times(X),
    )
    holdout = RunHoldout(
        validation,
        test,
        n_blocks=n_blocks,
        window_length=settings.longest_window,
        purge=settings.purge,
        max_gap=max_gap,
    )
    regressor = set_up(regressor, settings, holdout)
    parts = split_rows(X, y, runs, holdout, regressor)
    settings, rotations_notes = settled_rotations(settings, X, holdout, regressor, rotations)
    complete = parts != "warm-up"
    ranges, range_notes = range_of_rows(by, condition_bins, complete, units)
    # What the importance will need is checked before anything is trained.
    condition_ranges(ranges, None, len(parts), np.flatnonzero(complete))
    rows = ScoredRows(np.asarray(y, dtype=np.float64), parts, runs.codes, settings.longest_window)
    guards = check_record(X, y, settings, holdout, rows)
    trainings = {
        "n_jobs": n_jobs,
        "memory": folder / "trainings",
        "random_state": random_state,
        "verbose": verbose,
    }

    # X and y have been checked; what the study passes on is not checked again.
    with config_context(assume_finite=True):
        goal = Undecided(settings, X, rows)
        search = sweep_lengths(regressor, settings, X, y, trainings, goal)
        by_length = predictions_of_lengths(search, X)
        law = None if velocity is None else fit_law(X, y, velocity, max_gap, rows)
        logged = log10_of(X, settings.log)
        skill = skill_of_study(search, settings, by_length, law, X, y, holdout, rows, trainings)
        ranking = ranking_of_study(search, ranges, skill, logged, X, y, trainings)
        references = compare_with_references(
            logged,
            y,
            settings,
            by_length,
            search.best_window_length_,
            law,
            rows,
        )
        study = Study(
            settings=settings,
            notes=[*notes, *guards, *range_notes, *rotations_notes],
            source=dict(source or {}),
            units=_units_of(X, y, units or {}),
            truth=truth,
            condition=by,
            condition_ranges=ranges,
            parts=parts,
            parts_table=count_parts(parts, ranges),
            outside_range=outside_training_range(X, parts),
            search=search,
            references=references,
            law=law,
            beside_truth=beside_truth(
                truth,
                best=settings.label_of(search.best_window_length_),
                target=words_of(_target_name(y)),
                verdict=length_verdict_of(search),
                summary=ranking["importance"].summary(),
                no_finding=ranking["why_no_finding"],
                law=law,
                recommended=settings.label_of(
                    settings.length_of(skill["lengths"].recommended_window_length)
                ),
            ),
            report=folder / REPORT,
            **skill,
            **ranking,
        )
    write_study(study, X)
    return study


def _units_of(X, y, given):
    """Return the unit of each input and of the target, "" where none is known."""
    names = [*column_names(X, np.shape(X)[1]), _target_name(y)]
    endings = {name: split_unit(str(name))[1].lower() for name in names}
    return {name: given.get(name) or UNITS.get(endings[name], "") for name in names}


def _target_name(y):
    """Return the name of the target, "target" where it has none."""
    return str(getattr(y, "name", None) or "target")


def _check_names(X, velocity, log, truth):
    """Raise where velocity, logarithms or true importances name no input."""
    names = column_names(X, np.shape(X)[1])
    named = {
        "velocity": [velocity] if isinstance(velocity, str) else [],
        "log": log,
        "truth": (truth or {}).get("importances", []),
    }
    for argument, wanted in named.items():
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ValueError(
                f"{argument} names {missing[0]!r}, which is none of the inputs {names}. Name one "
                "of these, or leave it out."
            )


def _check_characters(texts):
    """Raise where a text cannot be written, as it holds a byte that is not a character."""
    for text in texts:
        try:
            str(text).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{text!r} holds a byte that is not a character in its encoding; expected text. "
                "Rename it before the study."
            ) from error
