"""What entries are, and the known model that most of them run."""

import inspect
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import PurgedKFold, WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.common import oracle
from tests.common.oracle import WEIGHTS
from tests.common.records import LENGTH

ENTRIES = {}


@dataclass(frozen=True)
class Entry:
    """A call of the package on a record, and what it takes."""

    call: Any
    # "time", "values", "y", "sample_weight", "by", "groups", "fit", names of durations.
    takes: frozenset
    # Names of the kinds of input that differ for it; None for all.
    only: Any = None

    def takes_kind(self, label, kind):
        """Return whether the entry is to be called on a kind of input."""
        wrong_one = self.only is SOME_FORMS and kind.error is not None
        chosen = self.only is None or label in self.only or wrong_one
        return chosen and kind.concerns in self.takes


ROWS = "time values arrays finite"
MODEL = f"{ROWS} y targets max_gap window_length"
INSPECTED = f"{MODEL} by"
SPLITS = "time y groups max_gap window_length"

SOME_FORMS = {
    "plain arrays",
    "nullable columns",
    "fitted in another zone",
    "fitted without time",
    "min_history as timedelta64",
    "Int64",
    "dates in UTC",
    "dates in a zone whose clock is put back",
    "two zones",
    "time differences",
    "periods",
    "Arrow timestamps in UTC",
    "Arrow double",
    "named runs in a zone",
    "step back",
    "long gap in dates",
    "rows missing, max_gap as text",
    "window length as timedelta64",
    "purge as text",
}
"""Right kinds of input for entries that read rows through others; they get all wrong kinds."""


def entry(name, takes, only=None):
    """Add a function to the entries."""

    def add(call):
        ENTRIES[name] = Entry(call, frozenset(takes.split()), only)
        return call

    return add


class MeanOfInputs(torch.nn.Module):
    """Predicts the weighted sum of the mean of each input over the window.

    Inputs beyond those of the record do nothing.
    """

    def __init__(self, n_features):
        super().__init__()
        weights = torch.zeros(n_features, dtype=torch.float64)
        weights[: len(WEIGHTS)] = torch.tensor(WEIGHTS)
        self.weights = torch.nn.Parameter(weights)

    def forward(self, windows):
        """Predict."""
        return (windows.mean(dim=1) * self.weights).sum(dim=1)


KNOWN = GRUFrictionRegressor(
    module=MeanOfInputs,
    kernel_size=1,
    lr=1e-30,
    max_epochs=1,
    batch_size=32,
    normalize_X=False,
    normalize_y=False,
    precision="float64",
    random_state=0,
    device="cpu",
)
"""A model whose predictions, gradients and losses can be worked out by hand."""

SMALL = GRUFrictionRegressor(
    conv_channels=2,
    kernel_size=1,
    hidden_size=2,
    n_gru_layers=1,
    max_epochs=1,
    batch_size=32,
    lr=0.01,
    random_state=0,
    device="cpu",
)
"""A network that trains in an instant."""


def assert_close(found, expected, *, rtol=1e-6, atol=0.0):
    """Compare with what was worked out in another order of operations."""
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def window_step(record, length=None):
    """Return the window step that a record asks for."""
    return SlidingWindowTransformer(
        record.window_length if length is None else length,
        **record.given("max_gap", "min_history"),
    )


def pipeline_of(record, regressor=KNOWN):
    return Pipeline([("window", window_step(record)), ("gru", regressor)])


def fit_parameters(record):
    if record.sample_weight is None:
        return {}
    return {"gru__sample_weight": record.sample_weight}


def fitted(record, regressor=KNOWN):
    """Return a pipeline fitted to the table of the fit."""
    return pipeline_of(record, regressor).fit(record.X_of_fit, record.y, **fit_parameters(record))


def complete(record):
    return oracle.complete_rows(record.pieces, LENGTH)


def predictions(record, length=LENGTH):
    return oracle.predictions_of(record.values, record.pieces, length)


def mean_squared_error(record, rows, length=LENGTH):
    rows = list(rows)
    return np.mean((predictions(record, length)[rows] - record.targets[rows]) ** 2)


def r2_over(record, rows):
    return oracle.r2_of(record.targets[rows], predictions(record)[rows])


def canonical(record):
    """Return the same rows with a name for each piece and seconds from 0."""
    pieces = np.zeros(len(record.values), dtype=int)
    seconds = np.zeros(len(record.values))
    for number, piece in enumerate(record.pieces):
        pieces[piece] = number
        seconds[piece] = np.arange(len(piece))
    index = pd.MultiIndex.from_arrays([pieces, seconds])
    columns = record.X.columns if isinstance(record.X, pd.DataFrame) else ["x0", "x1"]
    return replace(
        record,
        X=pd.DataFrame(record.values, columns=columns, index=index),
        X_fit=None,
        y=pd.Series(record.targets, index=index),
        by=np.asarray(record.by, dtype=float),
        window_length=LENGTH,
        durations={},
    )


def splitter_of(record, kind=PurgedKFold, *arguments, **others):
    accepted = inspect.signature(kind).parameters
    given = {n: v for n, v in record.durations.items() if n in accepted}
    return kind(*arguments, window_length=record.window_length, **given, **others)


def window_length_search(record, **others):
    search = WindowLengthSearchCV(
        pipeline_of(record), [2, record.window_length], n_repeats=1, random_state=0, **others
    )
    return search.fit(record.X_of_fit, record.y)


def check_times_drawn(ax, lines, record):
    """Compare the times of what was drawn with those of the complete rows, in seconds."""
    # Finds the ticks, which an axis of a faulty kind cannot.
    ax.get_xticklabels()
    label, rows = ax.get_xlabel(), np.array(complete(record))
    drawn = np.concatenate([line.get_xydata()[:, 0] for line in lines])
    assert len(drawn) == len(rows)
    if label.startswith(("row", "run")):
        # Runs that have no common time, or none at all.
        assert not record.times_of_rows or len(record.pieces) > 1
        np.testing.assert_array_equal(drawn, rows)
        return
    # Dates are drawn in days.
    unit = 1 if label.endswith("time [s]") else 86_400
    assert_close(np.diff(drawn) * unit, np.diff(record.seconds[rows]), atol=1e-3)


def conditions_of(record):
    """Return the numbers of the complete rows of each condition."""
    by = np.asarray(record.by, dtype=float)
    return {value: [row for row in complete(record) if by[row] == value] for value in (2.0, 5.0)}
