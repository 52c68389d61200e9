"""Callbacks that hold what cannot, or must not, be copied: as in skorch."""

import threading

import joblib
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import record, small_regressor, windows_of

X, Y = record(150)


class Log(Callback):
    """A log that cannot be copied, with a counter that is no parameter."""

    def __init__(self):
        self.lock = threading.Lock()
        self.epochs = []
        self.n_epochs = 0

    def on_epoch_end(self, net, **kwargs):
        with self.lock:
            self.n_epochs += 1
            self.epochs.append(len(net.history))


class Count(Callback):
    """A counter, made in each training."""

    def initialize(self):
        self.n_epochs = 0

    def on_epoch_end(self, net, **kwargs):
        self.n_epochs += 1


@pytest.mark.parametrize("wrap", [lambda each: each, lambda each: ("log", each)])
@pytest.mark.parametrize("container", [list, tuple])
def test_fit_calls_the_object_itself(wrap, container):
    log = Log()
    small_regressor(callbacks=container([wrap(log)]), max_epochs=3).fit(windows_of(X), Y)
    assert log.epochs == [1, 2, 3]
    assert log.n_epochs == 3


def test_a_class_makes_a_new_one_in_each_training():
    model = small_regressor(callbacks=[Count, ("named", Count)], max_epochs=2)
    for _ in range(2):
        callbacks = dict(model.fit(windows_of(X), Y).net_.callbacks_)
        assert callbacks["Count"].n_epochs == callbacks["named"].n_epochs == 2
    assert model.callbacks == [Count, ("named", Count)]


def test_a_clone_shares_what_its_callbacks_hold_but_not_what_they_count():
    log = Log()
    model = small_regressor(callbacks=[("log", log)], max_epochs=2)
    copied = clone(model)
    assert copied.callbacks[0][1] is not log
    copied.fit(windows_of(X), Y)
    assert log.epochs == [1, 2]
    assert log.n_epochs == 0
    assert copied.callbacks[0][1].n_epochs == 2
    assert copied.get_params().keys() == model.get_params().keys()


def test_a_subclass_without_these_parameters_can_be_cloned():
    copied = clone(Sized(hidden_size=3))
    assert copied.hidden_size == 3
    assert copied.callbacks is None


class Sized(GRUFrictionRegressor):
    def __init__(self, hidden_size=8):
        super().__init__(hidden_size=hidden_size)


PIPELINE_STEP = "grufrictionregressor"
SEARCHES = {
    "GridSearchCV": lambda model: GridSearchCV(
        model, {f"{PIPELINE_STEP}__lr": [0.01, 0.02]}, cv=PurgedKFold(2, window_length=3)
    ),
    "WindowLengthSearchCV": lambda model: WindowLengthSearchCV(model, [1, 3], n_repeats=2),
    "RepeatedSeedSearchCV": lambda model: RepeatedSeedSearchCV(
        model, {f"{PIPELINE_STEP}__lr": [0.01, 0.02]}, n_repeats=2
    ),
}
TRAININGS = {"GridSearchCV": 5, "WindowLengthSearchCV": 4, "RepeatedSeedSearchCV": 4}
"""Two candidates with two folds or repeats, and scikit-learn's refit."""


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("search", SEARCHES)
def test_searches_log_into_what_the_callback_holds(search, n_jobs):
    log = Log()
    model = make_pipeline(
        SlidingWindowTransformer(3), small_regressor(callbacks=[log], max_epochs=2)
    )
    with joblib.parallel_config(backend="threading", n_jobs=n_jobs):
        SEARCHES[search](model).fit(X, Y)
    assert sorted(log.epochs) == [1] * TRAININGS[search] + [2] * TRAININGS[search]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_members_log_into_what_the_callback_holds(n_jobs):
    log = Log()
    ensemble = GRUFrictionEnsemble(small_regressor(callbacks=[log], max_epochs=2), n_estimators=3)
    with joblib.parallel_config(backend="threading", n_jobs=n_jobs):
        ensemble.fit(windows_of(X), Y)
    assert sorted(log.epochs) == [1, 1, 1, 2, 2, 2]


def test_trainings_side_by_side_do_not_share_the_state_of_a_schedule_or_of_patience():
    member = small_regressor(
        lr_schedule=LRScheduler("StepLR", step_size=1, gamma=0.5),
        callbacks=[EarlyStopping(patience=2, threshold=0.5)],
        max_epochs=6,
    )
    found = {}
    for n_jobs in (1, 3):
        with joblib.parallel_config(backend="threading", n_jobs=n_jobs):
            ensemble = GRUFrictionEnsemble(member, n_estimators=3, random_state=0)
            found[n_jobs] = ensemble.fit(windows_of(X), Y)
    for alone, beside in zip(found[1].estimators_, found[3].estimators_, strict=True):
        assert alone.history_["learning_rate"].equals(beside.history_["learning_rate"])
        assert alone.history_["validation_loss"].equals(beside.history_["validation_loss"])


def test_an_error_of_a_callback_reaches_the_caller():
    class Pruned(Exception):
        pass

    class Prune(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise Pruned

    with pytest.raises(Pruned):
        small_regressor(callbacks=[Prune()]).fit(windows_of(X), Y)


def test_cross_validation_in_processes_copies_the_whole_callback():
    log = Count()
    model = make_pipeline(
        SlidingWindowTransformer(3), small_regressor(callbacks=[log], max_epochs=2)
    )
    cv = PurgedKFold(2, window_length=3)
    found = cross_validate(model, X, Y, cv=cv, n_jobs=2, return_estimator=True)
    assert [each[-1].callbacks[0].n_epochs for each in found["estimator"]] == [2, 2]
    assert not hasattr(log, "n_epochs")
