"""Arrays of another byte order, as FITS and old loggers write them, give what native ones give."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.inspection import compare_permutation, gradient_importance
from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    WindowLengthSearchCV,
    out_of_fold_predictions,
)
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble
from sklearn_frictiongru.preprocessing import (
    RateOfChange,
    Runs,
    SlidingWindowTransformer,
    WindowArray,
    resample_runs,
    with_runs,
)
from tests.neural_network._models import record, small_regressor

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

X, Y = (np.asarray(each) for each in record(150))
RUNS, TIME = np.repeat([1, 2], 75), np.tile(np.arange(75), 2)
CV = PurgedKFold(2, window_length=3)


def pipeline():
    return make_pipeline(SlidingWindowTransformer(3), small_regressor())


FITTED = pipeline().fit(X, Y)

USES = {
    "pipeline": lambda X, y, r, t: pipeline().fit(X, y).predict(X),
    "frame": lambda X, y, r, t: pipeline().fit(pd.DataFrame(X), pd.Series(y)).predict(X),
    "runs": lambda X, y, r, t: pipeline().fit(with_runs(X, r, t), y).predict(X),
    "index of times": lambda X, y, r, t: Runs.of(pd.DataFrame(X[:75], index=pd.Index(t[:75]))).rows,
    "ensemble": lambda X, y, r, t: (
        GRUFrictionEnsemble(small_regressor(), n_estimators=2, calibration=0.2, random_state=0)
        .fit(X, y, sample_weight=abs(y))
        .predict_interval(X)
    ),
    "windows": lambda X, y, r, t: (
        small_regressor().fit(WindowArray(X, 3), y).predict(np.asarray(WindowArray(X, 3)))
    ),
    "sweep": lambda X, y, r, t: (
        WindowLengthSearchCV(pipeline(), [1, 3], n_repeats=2, cv=CV, random_state=0)
        .fit(with_runs(X, r, t), y)
        .results_["score"]
    ),
    "folds": lambda X, y, r, t: out_of_fold_predictions(pipeline(), X, y, CV),
    "importance": lambda X, y, r, t: (
        gradient_importance(FITTED, X, y, of="loss", by=y, bins=2).raw_by_condition
    ),
    "categories": lambda X, y, r, t: gradient_importance(FITTED, X, by=r).raw_by_condition,
    "permutation": lambda X, y, r, t: (
        compare_permutation(FITTED, X, y, n_repeats=1, random_state=0).permutation
    ),
    "rates": lambda X, y, r, t: RateOfChange().fit_transform(with_runs(X, r, t)),
    "resampled": lambda X, y, r, t: resample_runs(with_runs(X, r, t), "1s"),
}


@pytest.mark.parametrize("use", USES)
def test_another_byte_order_changes_nothing(use):
    native = (X, Y, RUNS, TIME)
    swapped = [each.astype(each.dtype.newbyteorder("S")) for each in native]
    assert not swapped[0].dtype.isnative
    found, expected = USES[use](*swapped), USES[use](*native)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
