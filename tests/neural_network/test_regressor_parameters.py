"""Parameters reach the net, or are named where they cannot."""

import numpy as np
import pytest
import torch

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from tests.neural_network._models import (
    assert_same_model,
    small_regressor,
)


@pytest.mark.parametrize(
    "parameters",
    [
        {"conv_channels": 0},
        {"kernel_size": 0},
        {"hidden_size": 2.5},
        {"n_gru_layers": 0},
        {"dropout": 1.0},
        {"batch_size": 0},
        {"max_epochs": 0},
        {"lr": 0.0},
        {"normalize_X": "yes"},
        {"normalize_y": None},
        {"validation": 0.0},
        {"validation": 1.0},
        {"stride": 0},
        {"restore_best": 1.5},
        {"random_state": -1},
        {"device": None},
        {"verbose": "much"},
    ],
)
def test_bad_parameters_are_named(windows, y, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GRUFrictionRegressor"):
        small_regressor(**parameters).fit(windows, y)


def test_a_name_is_no_splitter(windows, y):
    with pytest.raises(ValueError, match=r"validation is 'tail'; expected a share such as 0\.2"):
        small_regressor(validation="tail").fit(windows, y)


def test_training_that_diverges_is_an_error(windows, y):
    with pytest.raises(
        ValueError,
        match=r"training diverged: the loss is not finite in epoch 1 with lr=1e\+30 and parameters "
        r"of the standard deviations \[2\.9\d* 3\.1\d*\]\. Lower lr",
    ):
        small_regressor(lr=1e30, normalize_X=False).fit(windows, y)


def test_parameters_reach_the_net(windows, y):
    model = GRUFrictionRegressor(
        conv_channels=3,
        kernel_size=4,
        hidden_size=7,
        n_gru_layers=2,
        dropout=0.25,
        batch_size=10,
        max_epochs=2,
        lr=0.003,
        random_state=0,
    ).fit(windows, y)
    network = model.net_.module_
    assert [layer.out_channels for layer in network.convolutions] == [3, 3]
    assert [layer.kernel_size for layer in network.convolutions] == [(4,), (4,)]
    assert [layer.hidden_size for layer in network.gru_layers] == [7, 7]
    assert [layer.p for layer in network.dropouts] == [0.25]
    assert isinstance(model.net_.optimizer_, torch.optim.Adam)
    assert model.net_.optimizer_.param_groups[0]["lr"] == 0.003
    n_training = len(model.training_indices_)
    assert len(model.net_.history[0, "batches"]) >= -(-n_training // 10)
    assert model.net_.history[0, "batches", 0, "train_batch_size"] == 10
    assert len(model.history_) == 2


def test_whole_numbers_may_be_those_of_numpy(windows, y, fitted):
    whole = {
        name: np.int64(value)
        for name, value in fitted.get_params().items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    assert {"hidden_size", "batch_size", "max_epochs", "stride"} <= set(whole)
    assert_same_model(small_regressor(**whole).fit(windows, y), fitted)


def test_lines_are_printed_by_name_only(windows, y, capsys):
    small_regressor().fit(windows, y)
    assert capsys.readouterr().out == ""
    small_regressor(verbose=1).fit(windows, y)
    assert "valid_loss" in capsys.readouterr().out


def test_the_device_is_found_or_named(windows, y):
    model = small_regressor(max_epochs=1, device="cpu").fit(windows, y)
    assert {parameter.device.type for parameter in model.net_.module_.parameters()} == {"cpu"}
    if not torch.cuda.is_available():
        automatic = small_regressor(max_epochs=1, device="auto").fit(windows, y)
        assert_same_model(automatic, model)


def test_float64_is_float64_throughout(windows, y, fitted):
    model = small_regressor(precision="float64").fit(windows, y)
    assert {weights.dtype for weights in model.net_.module_.parameters()} == {torch.float64}
    # The same initial weights and batches: the two differ by rounding alone.
    np.testing.assert_allclose(model.predict(windows), fitted.predict(windows), atol=1e-5)
    assert not np.array_equal(model.predict(windows), fitted.predict(windows))


def test_mixed_precision_keeps_the_weights_in_float32(windows, y, fitted):
    model = small_regressor(precision="bfloat16").fit(windows, y)
    assert {weights.dtype for weights in model.net_.module_.parameters()} == {torch.float32}
    spread = np.ptp(fitted.predict(windows))
    np.testing.assert_allclose(model.predict(windows), fitted.predict(windows), atol=0.1 * spread)
    assert not np.array_equal(model.predict(windows), fitted.predict(windows))


def test_a_progress_bar_instead_of_lines(windows, y, capsys):
    small_regressor(verbose=2).fit(windows, y)
    out, err = capsys.readouterr()
    assert "valid_loss" not in out
    assert "/8 [" in err


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"patience": 3, "validation": None}, "patience=3 waits for a lower validation loss"),
        ({"optimizer": dict}, "expected a subclass of torch.optim.Optimizer"),
        (
            {"callbacks": ["stop"]},
            "callbacks holds 'stop'; expected instances or subclasses",
        ),
        ({"callbacks": [("stop", 3)]}, r"callbacks holds \('stop', 3\)"),
        ({"optimizer": "LBFGS", "weight_decay": 0.1}, "optimizer LBFGS has no weight_decay"),
        ({"device": "gpu"}, "device is 'gpu'; expected 'auto', 'cpu'"),
    ],
)
def test_parameters_that_contradict_each_other_are_named(windows, y, parameters, message):
    with pytest.raises(ValueError, match=message):
        small_regressor(**parameters).fit(windows, y)
