"""What a study found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection import GradientImportance
from sklearn_frictiongru.model_selection import (
    LengthComparison,
    SkillTest,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.study._references import FittedLaw, References
from sklearn_frictiongru.study._report import answers_html
from sklearn_frictiongru.study._settings import StudySettings
from sklearn_frictiongru.study._verdict import History, length_verdict_of, median_skill


@dataclass(frozen=True, repr=False, eq=False)
class Study:
    """What :func:`run_study` found: all that its figures, tables and report are made of.

    In a notebook it shows the answers and the figures of the report.

    Attributes
    ----------
    settings : StudySettings
        What was asked for: ``window_lengths``, ``n_repeats``, ``max_epochs``, ``stride``,
        ``purge`` (rows, None is strict), ``preset``, ``validation``, ``test``, ``n_blocks``,
        ``random_state``, ``name``, ``window_rows`` (the window lengths in rows),
        ``purge_rows`` and ``sampling_interval`` (in seconds, None without times).
    notes : list of str
        Notes on the record, as given.
    source : dict
        Where the record comes from, as given.
    units : dict of str to str
        Unit of each input and of the target, by name; "" where none is known.
    truth : dict or None
        What is known of a simulated record, as given.
    condition : pandas.Series of shape (n_rows,) or None
        Condition of each row, named after its quantity and unit.
    condition_ranges : pandas.Series of shape (n_rows,) or None
        Range of the condition that each row lies in, ordered by value: nominal levels such as
        "10 MPa", ranges or categories. Missing in rows of ranges that no complete window reaches.
    parts : ndarray of shape (n_rows,)
        Part of each row: "training", "validation", "test", "purged" or "warm-up".
    parts_table : pandas.DataFrame of shape (5, 1 + n_ranges)
        Rows of each part, in all and in each range of the condition.
    outside_range : pandas.DataFrame of shape (n_features, 4)
        Range of each input over the training rows, in its own unit, and the share of the
        validation and test rows outside it.
    search : WindowLengthSearchCV
        The fitted sweep over the window lengths.
    lengths : LengthComparison
        The window lengths compared over seeds and over blocks of test rows, in rows: ``table``
        with validation loss, test skill and both p-values, ``best_window_length``,
        ``recommended_window_length`` (the shortest that is not distinguishable from the best)
        and ``notes``.
    shown_lengths : dict
        Window lengths whose predictions are shown, and what each represents: "shortest",
        "longest", "recommended", "best", "medium" (none of these, where fewer than four are
        shown), "given up"; several of them joined by ", ".
    predictions : pandas.DataFrame of shape (n_rows, n_columns)
        ``run`` (its name, or its number where runs have no names), ``time``, ``part``,
        ``measured``, one column ``predicted_LENGTH`` for each shown length, ``predicted_law``,
        ``predicted_rotated`` (of each row by a model that has not seen it), and
        ``repeats_low_LENGTH`` and ``repeats_high_LENGTH``, the lowest and the highest
        prediction of the repeats (of ten or more, their 10 % and 90 % quantiles), in the unit of
        the target.
    skill : pandas.DataFrame of shape (2 * n_shown, 5)
        Skill of each shown length on validation and test rows.
    repeat_skill : pandas.DataFrame of shape (2 * n_repeats, 5)
        Skill of each repeat at the best window length on validation and test rows.
    skill_tests : dict of SkillTest
        Tests over blocks of the rows "validation", "test" and, with rotations, "whole record":
        whether the models are better than the baselines. Of validation and test rows at the best
        window length; of the whole record at the recommended one, or at the best where that is
        one row.
    history : History or None
        Whether history matters: ``test`` of ``window_length`` against a window of one row, over
        the ``rows`` "test" or, with rotations, "whole record". The window is the one that is
        tested over the whole record; if that has one row, and without rotations, it is the best
        of the longer ones.
        None where only one row was trained.
    verdict : {"yes", "not clear", "no"}
        Whether the target can be predicted: the verdict over the whole record; without rotations
        *yes* if both validation and test rows say so, *no* if one of them does.
    references : References
        Network, ridge, boosting and law on the same windows and rows: ``table`` with the skill
        of each at each window length, ``best`` at the length that validation rows choose (of the
        network the one with the lowest mean loss), and
        ``first_against_second``, the test of the best of them on test rows against the next. Of
        the network ``validation`` and ``test`` are medians of the repeats; ``test_averaged`` is
        the skill of the errors averaged over them, by which the models are ordered and tested.
    law : FittedLaw or None
        The rate-and-state law: ``model``, ``predicted`` (of each row), ``skill`` and
        ``warnings``; None without a velocity.
    null_floor : Bunch
        What :func:`~sklearn_frictiongru.inspection.null_floor` found: the importance that an
        irrelevant input receives, and the test of each input against it.
    importance : GradientImportance
        The importances of all repeats at the best window length.
    permutation : Bunch
        What :func:`~sklearn_frictiongru.inspection.compare_permutation` found for the model
        whose predictions are shown.
    why_no_finding : str or None
        Why the ranking of the inputs is no finding: the verdict is not *yes*, the models do not
        agree, or permutation contradicts them. None where it is one.
    beside_truth : list of str
        Sentences that compare what was found with the truth.
    report : pathlib.Path
        Path of ``report.html``; all other files are in the same folder.

    See Also
    --------
    run_study : Runs the protocol and returns this.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_frictiongru.datasets import make_memory_regression
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> from sklearn_frictiongru.study import run_study
    >>> X, y, _ = make_memory_regression(
    ...     600, 2, memory=4, importances=[3, 1], random_state=0
    ... )
    >>> small = GRUFrictionRegressor(
    ...     conv_channels=8, hidden_size=8, n_gru_layers=1, lr=0.03
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = run_study(
    ...         X,
    ...         y,
    ...         window_lengths=[4],
    ...         n_repeats=1,
    ...         max_epochs=10,
    ...         stride=1,
    ...         regressor=small,
    ...         output=folder,
    ...         n_jobs=1,
    ...         verbose=0,
    ...     )
    >>> study
    Study of 'record': yes; median skill ... on validation rows, ... on test rows; repeats: 1
      best window length: 4 rows (...)
      inputs above the floor: ...
      report: ...report.html
    >>> study.predictions.columns.to_list()[:7]
    ['run', 'time', 'part', 'measured', 'predicted_1', 'predicted_4', 'predicted_rotated']
    """

    settings: StudySettings
    notes: list[str]
    source: dict[str, Any]
    units: dict[str, str]
    truth: dict[str, Any] | None
    condition: pd.Series | None
    condition_ranges: pd.Series | None
    parts: NDArray[np.str_]
    parts_table: pd.DataFrame
    outside_range: pd.DataFrame
    search: WindowLengthSearchCV
    lengths: LengthComparison
    shown_lengths: dict[int | str | pd.Timedelta, str]
    predictions: pd.DataFrame
    skill: pd.DataFrame
    repeat_skill: pd.DataFrame
    skill_tests: dict[str, SkillTest]
    history: History | None
    verdict: Literal["yes", "not clear", "no"]
    references: References
    law: FittedLaw | None
    null_floor: Bunch
    importance: GradientImportance
    permutation: Bunch
    why_no_finding: str | None
    beside_truth: list[str]
    report: Path

    @property
    def median_skill(self) -> pd.Series:
        """Median skill of the repeats, a series of shape (2,): validation, test."""
        return median_skill(self.repeat_skill)

    @property
    def has_skill(self) -> bool:
        """Whether the verdict is *yes*."""
        return self.verdict == "yes"

    @property
    def length_verdict(self) -> str:
        """How clearly the best window length won: "clear", "tied", "edge" or "the only one"."""
        return length_verdict_of(self.search)

    def __repr__(self) -> str:
        skill = self.median_skill
        summary = self.importance.summary()
        above = ", ".join(summary.index[summary["above_floor"]]) or "none"
        best = self.settings.label_of(self.search.best_window_length_)
        return "\n".join(
            [
                f"Study of {self.settings.name!r}: {self.verdict}; median skill "
                f"{skill['validation']:.2f} on validation rows, {skill['test']:.2f} on test rows; "
                f"repeats: {self.settings.n_repeats}",
                f"  best window length: {best} ({self.length_verdict})",
                f"  inputs above the floor: {above}"
                + ("" if self.why_no_finding is None else " (not interpretable)"),
                f"  report: {self.report}",
            ]
        )

    def _repr_html_(self) -> str:
        return answers_html(self)
