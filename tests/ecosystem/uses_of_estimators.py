"""Uses of projects that hold, compare or adapt estimators."""

import numpy as np

from tests.ecosystem._record import network, pipeline, record
from tests.ecosystem._table import use


@use("MAPIE", "mapie", recipe=True)
def conformal_intervals(tmp_path):
    """Calibrate intervals of a fitted pipeline

    Put it in a ``FrozenEstimator``: MAPIE tries a bare pipeline on one row, which is no window.
    MAPIE turns tables into plain arrays and loses runs and time, so give it rows of one run.
    ``GRUFrictionEnsemble.predict_interval`` keeps to runs.
    """
    from mapie.regression import SplitConformalRegressor
    from sklearn.frozen import FrozenEstimator

    X, y = (table.to_numpy() for table in record(600))
    model = pipeline(max_epochs=20).fit(X[:200], y[:200])
    conformal = SplitConformalRegressor(
        FrozenEstimator(model), confidence_level=0.9, prefit=True
    ).conformalize(X[200:400], y[200:400])
    _, intervals = conformal.predict_interval(X[400:])
    inside = (intervals[:, 0, 0] <= y[400:]) & (y[400:] <= intervals[:, 1, 0])
    assert 0.8 < inside.mean() < 0.98


@use("MAPIE", "mapie")
def conformal_time_series(tmp_path):
    """Calibrate with ``TimeSeriesRegressor``

    Give it the fitted pipeline in a ``FrozenEstimator``, and ``cv="prefit"``.
    """
    from mapie.regression import TimeSeriesRegressor
    from sklearn.frozen import FrozenEstimator

    X, y = (table.to_numpy() for table in record())
    model = pipeline().fit(X[:200], y[:200])
    conformal = TimeSeriesRegressor(FrozenEstimator(model), method="enbpi", cv="prefit")
    _, intervals = conformal.fit(X[200:], y[200:]).predict(X[200:], confidence_level=0.9)
    assert (intervals[:, 0] < intervals[:, 1]).all()


@use("scikit-learn", "scikit-learn", "sklearn")
def importance_of_wrapped_models(tmp_path):
    """Rank the inputs of wrapped models

    `gradient_importance` looks into ``FrozenEstimator`` and ``TransformedTargetRegressor``.
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.frozen import FrozenEstimator
    from sklearn.preprocessing import StandardScaler

    from sklearn_frictiongru.inspection import gradient_importance

    X, y = record()
    model = pipeline().fit(X, y)
    expected = gradient_importance(model, X).raw
    np.testing.assert_array_equal(gradient_importance(FrozenEstimator(model), X).raw, expected)
    scaled = TransformedTargetRegressor(pipeline(), transformer=StandardScaler()).fit(X, y)
    found = gradient_importance(FrozenEstimator(scaled), X).raw
    np.testing.assert_allclose(found, expected, rtol=1e-2)


@use("scikit-learn", "scikit-learn", "sklearn", recipe=True)
def permuted_targets(tmp_path):
    """Compare with permuted targets by ``permutation_test_score``

    Give it an array: a pandas target would be found in another order than its table, which is an
    error. Neighbouring rows of a record are not exchangeable; `skill_test` allows for that.
    """
    from sklearn.model_selection import permutation_test_score

    from sklearn_frictiongru.model_selection import PurgedKFold

    X, y = record()
    cv = PurgedKFold(3, window_length=3)
    score, permuted, _ = permutation_test_score(
        pipeline(), X, y.to_numpy(), cv=cv, n_permutations=2, random_state=0
    )
    assert score > max(permuted)


@use("scikit-learn", "scikit-learn", "sklearn")
def keep_the_order_of_rows(tmp_path):
    """Vote, stack, transform targets, predict several targets

    ``VotingRegressor``, ``StackingRegressor``, ``TransformedTargetRegressor`` and
    ``MultiOutputRegressor`` keep the order of rows. Give a stack a splitter that partitions the
    rows, ``PurgedKFold(warmup=False)``, as `cv`.
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import StackingRegressor, VotingRegressor
    from sklearn.multioutput import MultiOutputRegressor

    from sklearn_frictiongru.model_selection import PurgedKFold

    X, y = record()
    two = np.column_stack([y, -y])
    cv = PurgedKFold(3, window_length=3, warmup=False)
    for model, target in (
        (VotingRegressor([("one", pipeline())]), y),
        (StackingRegressor([("one", pipeline())], cv=cv), y),
        (TransformedTargetRegressor(pipeline(), func=np.log, inverse_func=np.exp), y),
        (MultiOutputRegressor(pipeline()), two),
    ):
        assert model.fit(X, target).score(X, target) > 0.8


@use("scikit-learn", "scikit-learn", "sklearn")
def do_not_mix_rows(tmp_path):
    """Bag, boost, RANSAC, permute a part of the rows

    ``BaggingRegressor``, ``AdaBoostRegressor``, ``RANSACRegressor`` and
    ``permutation_importance(max_samples=...)`` below 1 hand on rows in another order, mostly as
    plain arrays. Windows of them are histories that never happened, and the models are worse.
    Drawn rows that repeat others get a warning. Mixed rows that still have their time are an
    error in `SlidingWindowTransformer`, before any regressor. Use `GRUFrictionEnsemble` for
    several trainings, ``max_samples=1.0`` for importances.
    """
    import pytest
    from sklearn.ensemble import BaggingRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

    X, y = record()
    with pytest.warns(UserWarning, match="many rows of X are exact repeats of others"):
        BaggingRegressor(pipeline(), n_estimators=1, random_state=0).fit(X, y)
    linear = make_pipeline(SlidingWindowTransformer(3, flatten=True), Ridge())
    for model in (pipeline().fit(X, y), linear.fit(X, y)):
        with pytest.raises(ValueError, match="mixed its rows"):
            permutation_importance(model, X, y, n_repeats=1, max_samples=0.5, random_state=0)
        assert permutation_importance(model, X, y, n_repeats=1).importances_mean.min() > 0


@use("skore", "skore", recipe=True)
def reports_of_skore(tmp_path):
    """Report on estimators, their cross-validation and their comparison

    Give the splitter to ``CrossValidationReport``.
    """
    from sklearn.metrics import r2_score
    from sklearn.model_selection import cross_val_score
    from skore import ComparisonReport, CrossValidationReport, EstimatorReport

    from sklearn_frictiongru.model_selection import PurgedKFold

    X, y = record()
    data = {"X_train": X[:200], "y_train": y[:200], "X_test": X[200:], "y_test": y[200:]}
    report = EstimatorReport(pipeline(), **data)
    predicted = report.estimator_.predict(X[200:])
    np.testing.assert_allclose(report.metrics.r2(), r2_score(y[200:], predicted))
    longer = EstimatorReport(pipeline(max_epochs=20), **data)
    assert ComparisonReport([report, longer]).metrics.summarize().frame().shape[1] == 2
    cv = PurgedKFold(3, window_length=3)
    folds = CrossValidationReport(pipeline(), X, y, splitter=cv)
    expected = cross_val_score(pipeline(), X, y, cv=cv, scoring="r2")
    np.testing.assert_allclose(np.ravel(folds.metrics.r2(aggregate=None)), expected)


@use("sktime", "sktime")
def forecast_with_sktime(tmp_path):
    """Forecast a series by reduction

    With ``scitype="tabular-regressor"``, lags come as columns: the network sees windows of one row.
    sktime 1.2 asks for pandas below 3.1 and cannot be installed with the newest one; it was tried
    without that limit, and is not tested by default. Its splitters do not purge. Its panels have
    another layout: see aeon.
    """
    import pandas as pd
    from sktime.forecasting.compose import make_reduction

    series = pd.Series(np.sin(np.arange(200) / 5.0))
    forecaster = make_reduction(
        network(max_epochs=30), window_length=10, strategy="recursive", scitype="tabular-regressor"
    ).fit(series[:197], fh=[1, 2, 3])
    np.testing.assert_allclose(forecaster.predict(), series[197:], atol=0.2)


@use("skrub", "skrub")
def clean_with_skrub(tmp_path):
    """Clean tables with ``TableVectorizer``

    Put it before the window step. It keeps the index, with runs and time.
    """
    import pandas as pd
    from sklearn.pipeline import make_pipeline
    from skrub import TableVectorizer

    X, y = record()
    mixed = X.assign(rock=pd.Categorical(np.repeat(["diorite", "gabbro"], len(X) // 2)))
    mixed.index = mixed.index * 2
    model = make_pipeline(TableVectorizer(), *pipeline()).fit(mixed, y.set_axis(mixed.index))
    assert model[1].sampling_interval_ == 2.0
    assert model[-1].feature_names_in_.tolist() == [*X.columns, "rock_gabbro"]


@use("skrub", "skrub", recipe=True)
def plans_of_skrub(tmp_path):
    """Put a pipeline at the end of a plan of data operations

    Put it there as a whole: in skrub each step returns a data frame, which windows are not.
    """
    import skrub

    from sklearn_frictiongru.model_selection import PurgedKFold

    X, y = record()
    predicted = skrub.X(X).skb.apply(pipeline(), y=skrub.y(y))
    scores = predicted.skb.cross_validate(cv=PurgedKFold(3, window_length=3))
    assert (scores["test_score"] > 0.3).all()
