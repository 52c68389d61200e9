"""From parameters to a net: modules, optimisers, schedules and callbacks."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, Checkpoint, EpochScoring, LRScheduler

from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork
from sklearn_frictiongru.neural_network._training._build_net import make_module
from tests.neural_network._models import record, small_regressor, weights_of, windows_of

SIZES = {
    "n_features": 2,
    "n_outputs": 1,
    "conv_channels": 3,
    "kernel_size": 2,
    "hidden_size": 5,
    "n_gru_layers": 1,
    "dropout": 0.0,
    "seed": 0,
}


@pytest.fixture(scope="module")
def windows():
    return windows_of(record(150)[0])


@pytest.fixture(scope="module")
def y():
    return record(150)[1]


# Modules.


class Line(torch.nn.Module):
    def __init__(self, n_features, hidden_size=7):
        super().__init__()
        self.given = n_features, hidden_size
        self.line = torch.nn.Linear(n_features, 1)

    def forward(self, windows):
        return self.line(windows[:, -1])


def test_without_a_module_the_published_network_is_made():
    made = make_module(None, SIZES, np.float32)
    expected = ConvGRUNetwork(**SIZES)
    assert isinstance(made, ConvGRUNetwork)
    for one, other in zip(made.parameters(), expected.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_class_gets_those_sizes_that_it_has_parameters_for():
    assert make_module(Line, SIZES, np.float32).given == (2, 5)


def test_a_function_gets_those_sizes_that_it_has_parameters_for():
    given = {}

    def make(n_outputs, seed, other="own"):
        given.update(n_outputs=n_outputs, seed=seed, other=other)
        return torch.nn.Linear(2, n_outputs)

    assert isinstance(make_module(make, SIZES, np.float32), torch.nn.Linear)
    assert given == {"n_outputs": 1, "seed": 0, "other": "own"}


def test_a_function_that_takes_anything_gets_all_sizes():
    given = {}

    def make(**sizes):
        given.update(sizes)
        return torch.nn.Linear(2, 1)

    make_module(make, SIZES, np.float32)
    assert given == SIZES


def test_an_instance_is_copied_with_its_weights():
    own = Line(2)
    made = make_module(own, SIZES, np.float64)
    assert made is not own
    assert made.line.weight.dtype == torch.float64
    assert own.line.weight.dtype == torch.float32
    torch.testing.assert_close(made.line.weight, own.line.weight.double())


@pytest.mark.parametrize(("dtype", "expected"), [("f4", torch.float32), ("f8", torch.float64)])
def test_the_weights_are_of_the_precision_asked_for(dtype, expected):
    for module in (None, Line, Line(2).double()):
        made = make_module(module, SIZES, np.dtype(dtype))
        assert {weights.dtype for weights in made.parameters()} == {expected}


def test_what_is_no_module_is_named(windows, y):
    with pytest.raises(TypeError, match=r"returned a dict; expected a torch\.nn\.Module"):
        small_regressor(module=lambda n_features: {}).fit(windows, y)


# Optimisers and schedules.


def test_an_optimiser_by_name_is_that_of_its_class(windows, y):
    by_name = small_regressor(optimizer="RMSprop").fit(windows, y)
    by_class = small_regressor(optimizer=torch.optim.RMSprop).fit(windows, y)
    assert type(by_name.net_.optimizer_) is torch.optim.RMSprop
    np.testing.assert_array_equal(weights_of(by_name), weights_of(by_class))
    assert not np.array_equal(weights_of(by_name), weights_of(small_regressor().fit(windows, y)))


@pytest.mark.parametrize(("optimizer", "lr"), [("SGD", 0.1), ("LBFGS", 0.1)])
def test_optimisers_of_other_kinds_train(windows, y, optimizer, lr):
    # In one batch, where LBFGS is at home; its steps are large enough for rounding to have a say.
    whole = {"batch_size": 146, "validation": None, "max_epochs": 6, "precision": "float64"}
    model = small_regressor(optimizer=optimizer, lr=lr, **whole).fit(windows, y)
    assert type(model.net_.optimizer_).__name__ == optimizer
    losses = model.history_["training_loss"]
    assert losses.iloc[-1] < 0.99 * losses[0]
    assert (np.diff(losses) < 0).all()


def test_weight_decay_reaches_the_optimiser(windows, y):
    model = small_regressor(weight_decay=0.25, max_epochs=1).fit(windows, y)
    assert model.net_.optimizer_.param_groups[0]["weight_decay"] == 0.25


def learning_rates(windows, y, lr_schedule, *, lr=0.01, **parameters):
    model = small_regressor(lr=lr, lr_schedule=lr_schedule, **parameters).fit(windows, y)
    return model.history_["learning_rate"].tolist()


def test_without_a_schedule_the_learning_rate_stays(windows, y):
    assert learning_rates(windows, y, None) == [0.01] * 3


def test_a_cosine_schedule_goes_down_to_zero(windows, y):
    expected = 0.01 * (1 + np.cos(np.pi * np.arange(5) / 5)) / 2
    rates = learning_rates(windows, y, "cosine", max_epochs=5)
    assert rates == pytest.approx(expected.tolist(), rel=1e-9)


@pytest.mark.parametrize("validation", [None, 0.2])
def test_a_plateau_halves_after_five_epochs_without_a_lower_loss(windows, y, validation):
    rates = learning_rates(windows, y, "plateau", lr=1e-7, max_epochs=9, validation=validation)
    # At this rate no epoch is lower by a share that counts: six in a row after the first.
    assert rates == pytest.approx([1e-7] * 7 + [0.5e-7] * 2)


def test_a_schedule_of_skorch_is_used_as_it_is(windows, y):
    own = LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.1)
    assert learning_rates(windows, y, own) == pytest.approx([0.01, 0.001, 0.0001])
    assert own.lr_scheduler_.get_last_lr() == pytest.approx([0.00001])
    # A second training begins anew.
    assert learning_rates(windows, y, own) == pytest.approx([0.01, 0.001, 0.0001])


# Clipping and callbacks of one's own.


class RecordNorms(Callback):
    """Keep the norm of the gradients that the optimiser gets."""

    def on_train_begin(self, net, **kwargs):
        self.norms_ = []

    def on_grad_computed(self, net, named_parameters, **kwargs):
        squares = [float((p.grad**2).sum()) for _, p in named_parameters]
        self.norms_.append(np.sqrt(sum(squares)))


def test_gradients_are_shortened_to_the_norm_asked_for(windows, y):
    norms = {}
    for clip in (None, 0.01):
        model = small_regressor(
            gradient_clip=clip, callbacks=[("norms", RecordNorms())], max_epochs=1
        ).fit(windows, y)
        norms[clip] = np.array(dict(model.net_.callbacks_)["norms"].norms_)
    assert norms[None].min() > 0.02
    np.testing.assert_allclose(norms[0.01], 0.01, rtol=1e-3)


def test_callbacks_are_those_that_were_given(windows, y):
    own, named = RecordNorms(), RecordNorms()
    model = small_regressor(callbacks=[own, ("again", named)], max_epochs=1).fit(windows, y)
    used = [each for _, each in model.net_.callbacks_ if isinstance(each, RecordNorms)]
    assert used[0] is own
    assert used[1] is dict(model.net_.callbacks_)["again"] is named
    assert own.norms_ == named.norms_
    assert len(own.norms_) > 1


def test_a_score_of_skorch_stands_in_the_history_of_the_net(windows, y):
    score = EpochScoring("r2", lower_is_better=False, name="r2")
    model = small_regressor(callbacks=[score], normalize_y=False).fit(windows, y)
    predictions = model.predict(windows)[model.validation_indices_]
    observed = y[model.validation_indices_]
    r2 = 1 - ((predictions - observed) ** 2).sum() / ((observed - observed.mean()) ** 2).sum()
    assert model.net_.history[model.best_epoch_ - 1]["r2"] == pytest.approx(r2, rel=1e-4)


def test_a_checkpoint_can_be_loaded_back(windows, y, tmp_path):
    checkpoint = Checkpoint(dirname=str(tmp_path), monitor="valid_loss_best")
    model = small_regressor(callbacks=[("checkpoint_of_mine", checkpoint)]).fit(windows, y)
    assert {path.name for path in tmp_path.iterdir()} >= {"params.pt", "history.json"}
    other = small_regressor(random_state=1, max_epochs=1).fit(windows, y)
    assert not np.array_equal(weights_of(other), weights_of(model))
    other.net_.load_params(f_params=str(tmp_path / "params.pt"))
    # Both keep the epoch with the lowest validation loss.
    np.testing.assert_array_equal(weights_of(other), weights_of(model))
