"""scikit-learn's callbacks: a task per epoch, a model to look at, and a say in when to stop."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import Failing, record, small_regressor, weights_of, windows_of

# scikit-learn needs its own module, so that it is hidden once all of scikit-learn is there.
WITHOUT_CALLBACKS = """
import sys
import sklearn_frictiongru.neural_network
for name in [name for name in sys.modules if name.startswith("sklearn_frictiongru")]:
    del sys.modules[name]
sys.modules["sklearn.callback"] = None
from tests.neural_network._models import record, small_regressor
X, y = record(60)
model = small_regressor().fit(X, y)
assert not hasattr(model, "set_callbacks")
print(model.n_epochs_, model.predict(X).tobytes().hex())
"""


@pytest.fixture(scope="module")
def of_scikit_learn():
    return pytest.importorskip("sklearn.callback")


@pytest.fixture(scope="module")
def table():
    return record(150, runs=2)


@pytest.fixture(scope="module")
def windows(table):
    return windows_of(table[0])


@pytest.fixture(scope="module")
def y(table):
    return table[1]


class Recorder:
    """Keep what the hooks are given, and ask for an end after some epochs."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.events, self.tasks, self.models, self.metadata = [], [], [], []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.events.append(f"end {context.task_name}")
        self.tasks.append((context.task_name, context.task_id))
        self.models.append(fitted_estimator)
        self.metadata.append(metadata)
        return self.stop_after is not None and context.task_id + 1 == self.stop_after


pytestmark = pytest.mark.usefixtures("of_scikit_learn")


def epochs_of(recorder):
    """Return the models that were handed over after each epoch."""
    return [
        model
        for (name, _), model in zip(recorder.tasks, recorder.models, strict=True)
        if name == "epoch"
    ]


def test_each_epoch_is_a_task_of_the_fit(windows, y):
    recorder = Recorder()
    small_regressor().set_callbacks(recorder).fit(windows, y)
    epochs = ["begin epoch", "end epoch"] * 3
    assert recorder.events == ["setup", "begin fit", *epochs, "end fit", "teardown"]
    assert recorder.tasks == [("epoch", 0), ("epoch", 1), ("epoch", 2), ("fit", 0)]


def test_a_model_with_the_weights_of_each_epoch_is_handed_over(windows, y):
    recorder = Recorder()
    # Some dropout, so that a look at the model would show if it drew from its generator.
    options = {"dropout": 0.3, "n_gru_layers": 2, "restore_best": False}
    model = small_regressor(**options).set_callbacks(recorder).fit(windows, y)
    np.testing.assert_array_equal(
        weights_of(model), weights_of(small_regressor(**options).fit(windows, y))
    )
    models = epochs_of(recorder)
    assert len(models) == 3
    for epoch, handed_over in enumerate(models, start=1):
        expected = small_regressor(**options, max_epochs=epoch).fit(windows, y)
        np.testing.assert_array_equal(handed_over.predict(windows), expected.predict(windows))
    np.testing.assert_array_equal(recorder.models[-1].predict(windows), model.predict(windows))


def test_a_model_can_be_used_while_the_training_goes_on(windows, y):
    class Predicting(Recorder):
        def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
            self.models.append(fitted_estimator.score(X, y))

    recorder = Predicting()
    options = {"dropout": 0.3, "n_gru_layers": 2}
    model = small_regressor(**options).set_callbacks(recorder).fit(windows, y)
    expected = small_regressor(**options).fit(windows, y)
    np.testing.assert_array_equal(weights_of(model), weights_of(expected))
    assert len(recorder.models) == 4
    assert recorder.models[-1] == expected.score(windows, y)


def test_a_callback_can_stop_the_training(windows, y):
    recorder = Recorder(stop_after=2)
    model = small_regressor(max_epochs=6, restore_best=False).set_callbacks(recorder)
    model.fit(windows, y)
    assert (model.n_epochs_, model.stopped_early_, model.interrupted_) == (2, True, False)
    assert [name for name, _ in recorder.tasks] == ["epoch", "epoch", "fit"]
    expected = small_regressor(max_epochs=2, restore_best=False).fit(windows, y)
    np.testing.assert_array_equal(weights_of(model), weights_of(expected))
    assert recorder.events[-1] == "teardown"


def test_a_stop_in_the_last_epoch_is_no_early_one(windows, y):
    model = small_regressor().set_callbacks(Recorder(stop_after=3)).fit(windows, y)
    assert (model.n_epochs_, model.stopped_early_, model.interrupted_) == (3, False, False)


def test_setup_and_teardown_come_in_pairs_when_the_training_fails(windows, y):
    recorder = Recorder()
    # Without weights there would be nothing to train.
    network = torch.nn.Sequential(torch.nn.Linear(2, 1), Failing())
    model = small_regressor(module=network).set_callbacks(recorder)
    with pytest.raises(RuntimeError, match="out of memory"):
        model.fit(windows, y)
    assert recorder.events == ["setup", "begin fit", "begin epoch", "teardown"]
    recorder.events.clear()
    model.set_params(module=None).fit(windows, y)
    assert [recorder.events.count(name) for name in ("setup", "teardown")] == [1, 1]


def test_weights_are_handed_over(windows, y):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=150)
    recorder = Recorder()
    small_regressor().set_callbacks(recorder).fit(windows, y, sample_weight=weights)
    for metadata in recorder.metadata:
        np.testing.assert_array_equal(metadata["sample_weight"], weights)
    assert len(recorder.metadata) == 4


def test_callbacks_of_a_step_in_a_pipeline_are_called(table, windows, y):
    X, _ = table
    recorder = Recorder()
    regressor = small_regressor().set_callbacks(recorder)
    pipeline = make_pipeline(SlidingWindowTransformer(5), regressor).fit(X, y)
    assert recorder.events.count("end epoch") == 3
    assert [recorder.events.count(name) for name in ("setup", "teardown")] == [1, 1]
    np.testing.assert_array_equal(
        pipeline.predict(X), small_regressor().fit(windows, y).predict(windows)
    )


def test_a_clone_keeps_the_callbacks(windows, y):
    recorder = Recorder()
    clone(small_regressor().set_callbacks(recorder)).fit(windows, y)
    # scikit-learn shares one instance between clones.
    assert recorder.events.count("end epoch") == 3
    assert [recorder.events.count(name) for name in ("setup", "teardown")] == [1, 1]


def test_a_model_holds_neither_the_record_nor_its_estimator(windows, y):
    recorder = Recorder()
    model = small_regressor().set_callbacks(recorder).fit(windows, y)
    assert "scikit_learn" not in dict(model.net_.callbacks_)
    assert len(pickle.dumps(model.net_)) == len(
        pickle.dumps(small_regressor().fit(windows, y).net_)
    )
    stored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(stored.predict(windows), model.predict(windows))


def test_the_scoring_monitor_sees_the_score_of_each_epoch(windows, y, of_scikit_learn):
    monitor = of_scikit_learn.ScoringMonitor(scoring="r2")
    complete = windows[windows.complete]
    options = {"restore_best": False}
    model = small_regressor(**options).set_callbacks(monitor)
    model.fit(complete, y[windows.complete])
    log = monitor.get_logs().data_as_pandas
    of_epochs = log[log["task_name"] == "epoch"]["r2"].tolist()
    expected = [
        small_regressor(**options, max_epochs=epoch)
        .fit(complete, y[windows.complete])
        .score(complete, y[windows.complete])
        for epoch in (1, 2, 3)
    ]
    assert of_epochs == pytest.approx(expected, rel=1e-12)


def test_an_older_scikit_learn_trains_the_same_model():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_CALLBACKS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    X, y = record(60)
    expected = small_regressor().fit(X, y).predict(X)
    assert done.stdout.split() == ["3", expected.tobytes().hex()]
