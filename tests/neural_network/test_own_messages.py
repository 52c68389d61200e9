"""What users of other projects have stumbled over: it works, or a message says what to do."""

import inspect
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.model_selection import cross_val_score, permutation_test_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_frictiongru.model_selection import PurgedKFold, out_of_fold_predictions
from sklearn_frictiongru.neural_network import (
    GRUFrictionEnsemble,
    GRUFrictionRegressor,
    load_model,
    save_model,
)
from sklearn_frictiongru.neural_network._training._parameters import OPTIMIZERS
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import record, small_regressor, weights_of, windows_of

X, Y = record(150)
WINDOWS = windows_of(X)
CV = PurgedKFold(3, window_length=3)


def pipeline(**parameters):
    return make_pipeline(SlidingWindowTransformer(3), small_regressor(**parameters))


# Losses.


def absolute(y_pred, y_true):
    return (y_pred - y_true).abs()


@pytest.mark.parametrize(
    ("loss", "same"),
    [
        (torch.nn.functional.mse_loss, "squared_error"),
        (torch.nn.functional.l1_loss, torch.nn.L1Loss),
        (lambda y_pred, y_true: torch.nn.functional.l1_loss(y_pred, y_true), torch.nn.L1Loss),
        (absolute, torch.nn.L1Loss),
        (
            partial(torch.nn.functional.huber_loss, delta=0.5),
            partial(torch.nn.HuberLoss, delta=0.5),
        ),
        (lambda: torch.nn.L1Loss(), torch.nn.L1Loss),
    ],
)
def test_a_function_is_a_loss(loss, same):
    found = small_regressor(loss=loss).fit(WINDOWS, Y)
    expected = small_regressor(loss=same).fit(WINDOWS, Y)
    np.testing.assert_allclose(weights_of(found), weights_of(expected), rtol=1e-4, atol=1e-6)


def test_a_function_with_reduction_can_be_weighted():
    weights = np.random.default_rng(0).uniform(size=len(Y))
    found = small_regressor(loss=torch.nn.functional.l1_loss).fit(WINDOWS, Y, sample_weight=weights)
    expected = small_regressor(loss=torch.nn.L1Loss).fit(WINDOWS, Y, sample_weight=weights)
    np.testing.assert_array_equal(found.predict(WINDOWS), expected.predict(WINDOWS))


# Optimisers.


def test_options_of_an_optimiser_by_partial():
    found = small_regressor(optimizer=partial(torch.optim.SGD, momentum=0.9)).fit(WINDOWS, Y)
    group = found.net_.optimizer_.param_groups[0]
    assert (group["momentum"], group["lr"]) == (0.9, 0.02)


def test_decay_of_an_optimiser_by_partial():
    model = small_regressor(optimizer=partial(torch.optim.SGD, momentum=0.9), weight_decay=0.1)
    assert model.fit(WINDOWS, Y).net_.optimizer_.param_groups[0]["weight_decay"] == 0.1
    model = small_regressor(optimizer=partial(torch.optim.LBFGS, max_iter=2), weight_decay=0.1)
    with pytest.raises(ValueError, match="optimizer LBFGS has no weight_decay"):
        model.fit(WINDOWS, Y)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_by_name_trains_or_says_why_not(name):
    model = small_regressor(optimizer=name, max_epochs=1)
    if name in ("Muon", "SparseAdam"):
        with pytest.raises(ValueError, match=f"optimizer {name} .* only.*Use another one"):
            model.fit(WINDOWS, Y)
        model.set_params(optimizer=OPTIMIZERS[name])
        with pytest.raises(ValueError, match=f"optimizer {name} .* only.*Use another one"):
            model.fit(WINDOWS, Y)
        return
    assert np.isfinite(model.fit(WINDOWS, Y).predict(WINDOWS)).all()


@pytest.mark.skipif("Muon" not in OPTIMIZERS, reason="this torch has no Muon")
def test_an_optimiser_of_matrices_trains_a_module_of_matrices():
    class Matrix(torch.nn.Module):
        def __init__(self, n_features):
            super().__init__()
            self.layer = torch.nn.Linear(n_features, 1, bias=False)

        def forward(self, windows):
            return self.layer(windows[:, -1])[:, 0]

    model = small_regressor(module=Matrix, optimizer="Muon", max_epochs=1).fit(WINDOWS, Y)
    assert np.isfinite(model.predict(WINDOWS)).all()


# What changes after fit.


@pytest.mark.parametrize(
    "change", [{"hidden_size": 5}, {"n_gru_layers": 2}, {"module": torch.nn.Linear(2, 1)}]
)
def test_a_warm_start_with_another_network_says_so(change):
    model = small_regressor(warm_start=True).fit(WINDOWS, Y).set_params(**change)
    with pytest.raises(ValueError, match="warm_start continues from the weights of the last fit"):
        model.fit(WINDOWS, Y)


CHANGES = [
    {"hidden_size": 5},
    {"conv_channels": 3},
    {"kernel_size": 3},
    {"n_gru_layers": 2},
    {"precision": "float64"},
    {"precision": "bfloat16"},
    {"normalize_X": False},
    {"normalize_y": False},
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_set_after_fit_does_not_change_predictions(change):
    model = small_regressor().fit(WINDOWS, Y)
    before = model.predict(WINDOWS)
    np.testing.assert_array_equal(model.set_params(**change).predict(WINDOWS), before)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_set_after_fit_keeps_a_model_from_being_saved(change, tmp_path):
    model = pipeline().fit(X, Y)
    (name,) = change
    model[-1].set_params(**change)
    message = f"parameters were set after fit: {name}=.*fitted with"
    with pytest.raises(ValueError, match=message):
        model[-1].save(tmp_path / "model")
    with pytest.raises(ValueError, match=message):
        save_model(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_what_does_not_shape_the_network_may_be_set_before_saving(tmp_path):
    model = small_regressor().fit(WINDOWS, Y).set_params(lr=0.5, max_epochs=7, verbose=0)
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(WINDOWS), model.predict(WINDOWS))
    save_model(loaded, tmp_path / "whole")
    assert load_model(tmp_path / "whole").max_epochs == 7


def test_a_loaded_model_knows_what_it_was_trained_with(tmp_path):
    model = small_regressor(normalize_y=False).fit(WINDOWS, Y)
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model").set_params(normalize_y=True)
    np.testing.assert_array_equal(loaded.predict(WINDOWS), model.predict(WINDOWS))


# Batch normalisation.


class Normed(torch.nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(n_features)
        self.layer = torch.nn.Linear(n_features, 1)

    def forward(self, windows):
        return self.layer(self.norm(windows[:, -1]))[:, 0]


def test_a_last_batch_of_one_is_explained_and_can_be_dropped():
    n_training = 2 * 32 + 1
    rows = np.asarray(X)[:n_training]
    model = small_regressor(module=Normed, validation=None, batch_size=32)
    with pytest.raises(ValueError, match=r"last batch of 65 training windows has one.*drop_last"):
        model.fit(rows, Y[:n_training])
    with pytest.raises(ValueError, match="drop_last=True"):
        model.partial_fit(rows, Y[:n_training])
    model.set_params(drop_last=True).fit(rows, Y[:n_training])
    assert model.net_.history[0, "train_batch_count"] == 2


def test_dropping_changes_nothing_where_all_batches_are_full():
    rows = np.asarray(X)[:64]
    kept, dropped = (
        small_regressor(validation=None, batch_size=32, drop_last=drop_last).fit(rows, Y[:64])
        for drop_last in (False, True)
    )
    np.testing.assert_array_equal(kept.predict(rows), dropped.predict(rows))


def test_one_batch_that_is_not_full_is_kept():
    rows = np.asarray(X)[:20]
    model = small_regressor(validation=None, batch_size=32, drop_last=True).fit(rows, Y[:20])
    assert model.net_.history[0, "train_batch_count"] == 1


# Interruptions.


class Interrupt(Callback):
    """Press Ctrl-C at the end of the second epoch."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "model",
    [
        pipeline(callbacks=[Interrupt()]),
        make_pipeline(
            SlidingWindowTransformer(3),
            GRUFrictionEnsemble(small_regressor(callbacks=[Interrupt()]), n_estimators=2),
        ),
    ],
    ids=["regressor", "ensemble"],
)
def test_an_interruption_ends_the_loops_of_others(model):
    with pytest.raises(KeyboardInterrupt):
        cross_val_score(model, X, Y, cv=CV)
    with pytest.raises(KeyboardInterrupt):
        out_of_fold_predictions(model, X, Y, CV)


def test_an_interruption_of_a_pipeline_leaves_a_model():
    with pytest.warns(UserWarning, match="interrupted after 2 of 3 epochs"):
        model = pipeline(callbacks=[Interrupt()]).fit(X, Y)
    assert model[-1].interrupted_
    assert np.isfinite(model.predict(X)).all()


# Targets in another order.


def test_permuted_targets_are_named():
    import pandas as pd

    y = pd.Series(Y, index=X.index)
    with pytest.raises(ValueError, match=r"permutation_test_score, give y.to_numpy\(\)"):
        permutation_test_score(pipeline(), X, y, cv=CV, n_permutations=2)
    _, permuted, _ = permutation_test_score(pipeline(), X, Y, cv=CV, n_permutations=2)
    assert np.isfinite(permuted).all()


# Notebooks.


def test_a_notebook_without_ipywidgets_has_a_plain_bar(monkeypatch, capsys):
    import tqdm.notebook
    from skorch.callbacks import ProgressBar

    from sklearn_frictiongru.neural_network._training import _build_net

    def no_widgets(*args, **kwargs):
        raise ImportError("IProgress not found. Please update jupyter and ipywidgets.")

    monkeypatch.setattr(ProgressBar, "in_ipynb", lambda self: True)
    monkeypatch.setattr("tqdm.tqdm_notebook", no_widgets)
    monkeypatch.setattr(tqdm.notebook, "tqdm_notebook", no_widgets)
    monkeypatch.setattr(_build_net, "find_spec", lambda name: None)
    model = small_regressor(verbose=2).fit(WINDOWS, Y)
    assert model.n_epochs_ == 3
    assert "%" in capsys.readouterr().err


def test_losses_in_c_have_no_signature_and_are_functions():
    c_function = torch._C._nn.mse_loss
    with pytest.raises(ValueError, match="signature"):
        inspect.signature(c_function)
    assert small_regressor(loss=c_function).fit(WINDOWS, Y).n_epochs_ == 3
