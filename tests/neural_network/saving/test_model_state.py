"""Saved regressors: the same to the last bit once loaded, or refused."""

import pickle
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_frictiongru.neural_network import GRUFrictionRegressor, ModelFileError
from sklearn_frictiongru.neural_network._saving._model_file import read_model, write_model
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import record, small_regressor, weights_of, windows_of

X, Y = record(60)
WINDOWS = windows_of(X)
FUZZED = settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class OwnModule(torch.nn.Module):
    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.line = torch.nn.Linear(n_features, n_outputs)

    def forward(self, windows):
        return self.line(windows[:, -1])


class TiedModule(torch.nn.Module):
    """A module of which two layers are one."""

    def __init__(self, n_features):
        super().__init__()
        self.first = torch.nn.Linear(n_features, n_features)
        self.second = self.first
        self.line = torch.nn.Linear(n_features, 1)

    def forward(self, windows):
        return self.line(self.second(self.first(windows[:, -1])))


class OwnRegressor(GRUFrictionRegressor):
    """A subclass with nothing of its own."""


@pytest.fixture(scope="module")
def fitted():
    return small_regressor(hidden_size=2, conv_channels=2, max_epochs=1).fit(WINDOWS, Y)


@pytest.fixture(scope="module")
def content(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model"
    fitted.save(path)
    return path.read_bytes()


@pytest.fixture
def path(content, tmp_path):
    (tmp_path / "model").write_bytes(content)
    return tmp_path / "model"


def assert_equal_models(one, other):
    def public(model):
        return {k: v for k, v in vars(model).items() if k.endswith("_") and k != "net_"}

    assert vars(one).keys() == vars(other).keys()
    for name, value in public(one).items():
        found = public(other)[name]
        assert type(found) is type(value), name
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(found, value, check_exact=True)
        else:
            np.testing.assert_array_equal(found, value)
            assert np.asarray(found).dtype == np.asarray(value).dtype, name
    np.testing.assert_array_equal(weights_of(one), weights_of(other))


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"precision": "float64"},
        {"dropout": 0.3, "n_gru_layers": 2},
        {"precision": "bfloat16", "max_epochs": 1},
        {"validation": None, "normalize_X": False, "normalize_y": False},
        {"optimizer": "AdamW", "weight_decay": 0.01, "gradient_clip": 1.0, "loss": "huber"},
        {"lr_schedule": "cosine", "patience": 1, "max_epochs": 20, "stride": 2, "purge": 7},
        {"random_state": None, "device": "auto", "warm_start": True},
        {"lr": np.float64(0.02), "stride": np.int64(2), "restore_best": np.True_},
    ],
)
def test_a_loaded_model_is_the_saved_one_to_the_last_bit(tmp_path, parameters, n_outputs):
    y = Y if n_outputs == 1 else np.column_stack([Y, 1000.0 - 300.0 * Y, Y**2])
    model = small_regressor(**parameters).fit(WINDOWS, y)
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    assert_equal_models(model, loaded)
    assert loaded.get_params() == model.get_params()
    np.testing.assert_array_equal(loaded.predict(WINDOWS), model.predict(WINDOWS))


def test_names_of_features_are_kept_and_compared_again(tmp_path):
    named = pd.DataFrame(X.to_numpy(), columns=["σ'", "v / (µm/s)"])
    small_regressor(max_epochs=1).fit(named, Y).save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    assert loaded.feature_names_in_.tolist() == ["σ'", "v / (µm/s)"]
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(named.rename(columns={"σ'": "sigma"}))


def test_windows_without_names_leave_a_model_without(tmp_path):
    model = small_regressor(max_epochs=1).fit(np.asarray(WINDOWS), Y)
    model.save(tmp_path / "model")
    assert not hasattr(model, "feature_names_in_")
    assert_equal_models(model, GRUFrictionRegressor.load(tmp_path / "model"))


def test_a_model_of_partial_fits_comes_back(tmp_path):
    model = small_regressor().partial_fit(WINDOWS, Y).partial_fit(WINDOWS, Y)
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    assert_equal_models(model, loaded)
    assert loaded.best_validation_loss_ is None
    assert len(loaded.validation_indices_) == 0


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        small_regressor().save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_saving_and_loading_leave_the_global_generator(fitted, tmp_path):
    state = torch.get_rng_state()
    fitted.save(tmp_path / "model")
    GRUFrictionRegressor.load(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), state)


def test_a_module_of_ones_own_has_to_be_handed_over(tmp_path, path):
    model = small_regressor(module=OwnModule).fit(WINDOWS, Y)
    model.save(tmp_path / "own")
    loaded = GRUFrictionRegressor.load(tmp_path / "own", module=OwnModule)
    np.testing.assert_array_equal(loaded.predict(WINDOWS), model.predict(WINDOWS))
    assert b"OwnModule" not in (tmp_path / "own").read_bytes()
    np.testing.assert_array_equal(weights_of(clone(loaded).fit(WINDOWS, Y)), weights_of(model))
    with pytest.raises(ValueError, match="pass it as module=") as caught:
        GRUFrictionRegressor.load(tmp_path / "own")
    # The file itself is as whole as can be.
    assert not isinstance(caught.value, ModelFileError)
    with pytest.raises(ModelFileError, match="do not fit the module"):
        GRUFrictionRegressor.load(tmp_path / "own", module=TiedModule)
    with pytest.raises(ValueError, match="expected module=None"):
        GRUFrictionRegressor.load(path, module=OwnModule)


def test_weights_that_two_layers_share_come_back(tmp_path):
    model = small_regressor(module=TiedModule).fit(WINDOWS, Y)
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model", module=TiedModule)
    np.testing.assert_array_equal(loaded.predict(WINDOWS), model.predict(WINDOWS))


def test_nothing_is_imported_that_a_file_names(tmp_path, monkeypatch, path):
    (tmp_path / "trap_in_a_file.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("module", "loss", "optimizer", "callbacks", "validation", "lr_schedule"):
        document, tensors = read_model(path)
        document["parameters"][name] = "trap_in_a_file"
        write_model(tmp_path / "altered", document, tensors)
        with pytest.raises(ModelFileError):
            GRUFrictionRegressor.load(tmp_path / "altered")
        document["own_module"] = True
        write_model(tmp_path / "altered", document, tensors)
        with pytest.raises(ModelFileError):
            GRUFrictionRegressor.load(tmp_path / "altered", module=OwnModule)
    assert "trap_in_a_file" not in sys.modules


def test_parameters_that_hold_objects_are_left_out_by_name(tmp_path):
    class Silent(Callback):
        pass

    objects = {
        "callbacks": [Silent()],
        "loss": torch.nn.L1Loss(),
        "random_state": np.random.RandomState(0),
    }
    model = small_regressor(**objects).fit(WINDOWS, Y)
    named = r"\['callbacks', 'loss', 'random_state'\] hold objects"
    with pytest.warns(UserWarning, match=named) as caught:
        model.save(tmp_path / "model")
    # It points at the line that calls `save`.
    assert [warning.filename for warning in caught] == [__file__]
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    defaults = GRUFrictionRegressor().get_params()
    for name, value in model.get_params().items():
        assert getattr(loaded, name) == (defaults[name] if name in objects else value)
    assert_equal_models(model, loaded)
    np.testing.assert_array_equal(loaded.predict(WINDOWS), model.predict(WINDOWS))


def test_an_optimizer_of_torch_comes_back_by_its_name(tmp_path):
    class OwnSGD(torch.optim.SGD):
        pass

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        small_regressor(optimizer=torch.optim.SGD, validation=None).fit(WINDOWS, Y).save(
            tmp_path / "model"
        )
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    assert loaded.optimizer == "SGD"
    assert type(loaded.net_.optimizer_) is torch.optim.SGD
    with pytest.warns(UserWarning, match=r"\['optimizer'\] hold objects"):
        small_regressor(optimizer=OwnSGD).fit(WINDOWS, Y).save(tmp_path / "model")
    assert GRUFrictionRegressor.load(tmp_path / "model").optimizer == "Adam"


def test_a_loaded_model_goes_on_like_any_other(path, fitted):
    loaded = OwnRegressor.load(path)
    assert type(loaded) is OwnRegressor
    expected = fitted.predict(WINDOWS)
    copied = pickle.loads(pickle.dumps(loaded))
    np.testing.assert_array_equal(copied.predict(WINDOWS), expected)
    pipeline = make_pipeline(SlidingWindowTransformer(5), loaded)
    pipeline[0].fit(X)
    np.testing.assert_array_equal(pipeline.predict(X), expected)
    assert copied.partial_fit(WINDOWS, Y).n_epochs_ == fitted.n_epochs_ + 1

    np.testing.assert_array_equal(weights_of(loaded.fit(WINDOWS, Y)), weights_of(fitted))


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
@pytest.mark.parametrize(
    "device", ["cuda", "cuda:1", "cuda:200", "cuda:256", "meta", "xla", "xpu", "fpga", "\ud800"]
)
def test_a_device_that_is_not_here_gives_way_to_the_cpu(path, fitted, device):
    document, tensors = read_model(path)
    document["parameters"]["device"] = device
    write_model(path, document, tensors)
    with pytest.warns(UserWarning, match="loaded onto the CPU") as caught:
        loaded = GRUFrictionRegressor.load(path)
    # It points at the line that calls `load`.
    assert [warning.filename for warning in caught] == [__file__]
    assert repr(device) in str(caught[0].message)
    np.testing.assert_array_equal(loaded.predict(WINDOWS), fitted.predict(WINDOWS))
    loaded.partial_fit(WINDOWS, Y)
    # Training anew asks for the device that is still named.
    with pytest.raises(ValueError, match="device is"):
        loaded.fit(WINDOWS, Y)


REMOVED = object()


def altered(path, part, changes):
    """Rewrite a file with changes to one part of it, under a checksum that fits."""
    document, tensors = read_model(path)
    parts = {"document": document, "parameters": document["parameters"], "tensors": tensors}
    for name, value in changes.items():
        parts[part][name] = value
        if value is REMOVED:
            del parts[part][name]
    write_model(path, document, tensors)


def assert_refused(path, content, part, changes, message="model"):
    path.write_bytes(content)
    altered(path, part, changes)
    with pytest.raises(ModelFileError, match=message):
        GRUFrictionRegressor.load(path)


@pytest.mark.parametrize(
    "changes",
    [
        *({name: 10**9} for name in ("hidden_size", "conv_channels", "kernel_size")),
        *({name: 10**18} for name in ("hidden_size", "conv_channels", "kernel_size")),
        *({name: 10**30} for name in ("hidden_size", "conv_channels", "kernel_size")),
        {"n_gru_layers": 10**9},
        {"n_gru_layers": 10**30},
        {"n_gru_layers": 2},
        {"hidden_size": 1},
    ],
    ids=str,
)
def test_sizes_that_the_weights_do_not_have_cost_nothing(path, content, changes, monkeypatch):
    taken = []
    to_empty = torch.nn.Module.to_empty
    monkeypatch.setattr(
        torch.nn.Module, "to_empty", lambda *args, **named: taken.append(to_empty(*args, **named))
    )
    GRUFrictionRegressor.load(path)
    assert len(taken) == 1
    begin = time.perf_counter()
    assert_refused(path, content, "parameters", changes, "do not fit the sizes in the same file")
    assert time.perf_counter() - begin < 1.0
    # Nor has memory been asked for.
    assert len(taken) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"kernel_size": -1},
        {"hidden_size": "2"},
        {"hidden_size": 2.0},
        {"dropout": 1},
        {"lr": []},
        {"lr": 0},
        {"lr": "fast"},
        {"loss": "absolute"},
        {"unknown": 1},
        {"self": 1},
        {"loss__reduction": "none"},
        {"module": None},
        {"module": "os.system"},
        {"optimizer": "Optimizer"},
        {"optimizer": "LBFGS", "weight_decay": 0.1},
        # Which takes weights of two axes only.
        {"optimizer": "Muon"},
        {"callbacks": []},
        {"callbacks": ["x"]},
        {"validation": {}},
        {"validation": "last"},
        {"device": None},
        {"precision": "float16"},
        # The weights are float32.
        {"precision": "float64"},
    ],
    ids=str,
)
def test_absurd_parameters_are_refused(path, content, changes):
    assert_refused(path, content, "parameters", changes)


def test_absurd_documents_are_refused(path, content):
    # There may be no validation, and no names.
    may_be_none = {"best_validation_loss_", "feature_names_in_"}
    document, _ = read_model(path)
    assert len(document) > 10
    for name, value in document.items():
        assert_refused(path, content, "document", {name: REMOVED})
        for wrong in (-1, "1", None, [], [1], {"a": 1}, True, 1.5):
            allowed = wrong is None and name in may_be_none
            if not allowed and (type(wrong) is not type(value) or wrong == -1):
                assert_refused(path, content, "document", {name: wrong})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"n_features_in_": 0}, "n_features_in_ is 0"),
        ({"n_features_in_": 10**30}, "feature_names_in_ is"),
        ({"n_features_in_": 10**30, "feature_names_in_": None}, "X_mean_ is"),
        ({"n_outputs_": 10**30}, "y_mean_ is"),
        ({"window_length_": 0}, "window_length_ is 0"),
        ({"n_epochs_": 10**30}, r"history_ is float64 of shape \(1, 5\)"),
        ({"feature_names_in_": ["x0"]}, r"feature_names_in_ is \['x0'\]"),
        ({"feature_names_in_": ["x0", 1]}, r"feature_names_in_ is \['x0', 1\]"),
        ({"feature_names_in_": "x0"}, "feature_names_in_ is x0"),
        ({"best_validation_loss_": 10**400}, "best_validation_loss_ is"),
        ({"parameters": [["lr", 0.1]]}, "parameters is"),
    ],
    ids=str,
)
def test_a_refusal_names_what_is_wrong(path, content, changes, named):
    message = f"describes no trained regressor: .*{named}"
    assert_refused(path, content, "document", changes, message)


ARRAYS = {
    "X_mean_": [lambda a: a * np.nan, lambda a: a[:1]],
    "X_scale_": [lambda a: a * np.inf, lambda a: a * 0, lambda a: -a],
    "y_mean_": [lambda a: a * np.nan],
    "y_scale_": [lambda a: a * 0, lambda a: a * np.nan],
    "training_indices_": [lambda a: a.bool()],
    "validation_indices_": [lambda a: a.double()],
    "X_constant_": [lambda a: a[:1], lambda a: a.double(), lambda a: a.long(), lambda a: a[:0]],
    "history_": [lambda a: a[:0], lambda a: a[:, :4], lambda a: a * np.nan, lambda a: a.long()],
    "weights.dense.weight": [lambda a: a.double(), lambda a: a.long(), lambda a: a[:0]],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_absurd_arrays_are_refused(path, content, name):
    found = read_model(path)[1][name]
    cast = [found.to(dtype) for dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.complex64)]
    for wrong in [REMOVED, found[None], *cast, *(alter(found) for alter in ARRAYS[name])]:
        assert_refused(path, content, "tensors", {name: wrong})


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_absurd_skill_is_refused(tmp_path, n_outputs):
    y = np.column_stack([Y, -Y])[:, :n_outputs].squeeze()
    path = tmp_path / "model"
    model = small_regressor(max_epochs=1).fit(WINDOWS, y)
    model.save(path)
    saved = path.read_bytes()
    found = read_model(path)[1]["validation_skill_"]
    assert found.shape == (() if n_outputs == 1 else (2,))
    for wrong in (found + 2, found * np.nan, found[None], found.float(), torch.full((3,), 0.5)):
        assert_refused(path, saved, "tensors", {"validation_skill_": wrong}, "validation_skill_ is")
    # There may be none, and it may be as bad as can be.
    for possible, expected in ((REMOVED, None), (found * 0 - np.inf, -np.inf), (found * 0 + 1, 1)):
        path.write_bytes(saved)
        altered(path, "tensors", {"validation_skill_": possible})
        loaded = GRUFrictionRegressor.load(path).validation_skill_
        if expected is None:
            assert loaded is None
        else:
            np.testing.assert_array_equal(loaded, np.full(found.shape, expected))
            assert type(loaded) is type(model.validation_skill_)


def test_which_parameters_were_constant_comes_back(tmp_path):
    table = X.copy()
    table[table.columns[1]] = 3.0
    with pytest.warns(UserWarning, match="constant"):
        model = small_regressor(max_epochs=1).fit(windows_of(table), Y)
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    assert loaded.X_constant_.dtype == bool
    assert list(loaded.X_constant_) == list(model.X_constant_) == [False, True]


def test_a_weight_too_many_is_refused(path, content):
    more = {"weights.more": torch.zeros(1)}
    assert_refused(path, content, "tensors", more, "do not fit the sizes")


def loaded_or_refused(path):
    """Return the model of a file, or None; any other error than the one is the test's."""
    try:
        return GRUFrictionRegressor.load(path)
    except ModelFileError:
        return None


@FUZZED
@given(data=st.data())
def test_altered_bytes_load_the_same_model_or_are_refused(content, fitted, path, data):
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(changed)))
        stop = start + data.draw(st.integers(0, 40))
        kind = data.draw(st.sampled_from(["flip", "replace", "delete", "cut", "double"]))
        if kind == "flip" and start < len(changed):
            changed[start] ^= data.draw(st.integers(1, 255))
        elif kind == "delete":
            del changed[start:stop]
        elif kind == "replace":
            changed[start:stop] = data.draw(st.binary(max_size=40))
        elif kind == "cut":
            del changed[start:]
        else:
            changed[start:start] = changed[start:stop]
    path.write_bytes(changed)
    loaded = loaded_or_refused(path)
    # An edit may undo another one, or meet a blank of the header.
    if loaded is not None:
        assert_equal_models(fitted, loaded)


TEXTS = ["cpu", "cuda", "xla", "meta", "cpu:300", "Adam", "LBFGS", "Muon", "float64", "\ud800"]
NUMBERS = [-1, 0, 1, 2, 2**31, 2**63, 10**30, 10**400, 0.5, 1e308, 1e-320]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from([*TEXTS, *NUMBERS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
ALTERATIONS = [
    lambda tensor: tensor.reshape(-1),
    lambda tensor: tensor[None],
    lambda tensor: tensor.reshape(-1)[:1],
    lambda tensor: tensor.reshape(-1)[:0],
    lambda tensor: tensor * torch.nan,
    lambda tensor: tensor * torch.inf,
    # Truth values have no negative.
    lambda tensor: tensor * -1,
    lambda tensor: tensor * 0,
    *(
        lambda tensor, dtype=dtype: tensor.to(dtype)
        for dtype in (
            torch.float64,
            torch.float32,
            torch.bfloat16,
            torch.float8_e4m3fn,
            torch.complex64,
            torch.int64,
            torch.int8,
            torch.uint16,
            torch.bool,
        )
    ),
]


@FUZZED
@given(data=st.data())
@pytest.mark.filterwarnings("ignore:.*loaded onto the CPU:UserWarning")
def test_altered_contents_with_a_valid_checksum_load_or_are_refused(content, path, data):
    path.write_bytes(content)
    document, tensors = read_model(path)
    places = {"document": document, "parameters": document["parameters"], "tensors": tensors}
    right = dict(tensors)
    for _ in range(data.draw(st.integers(1, 3))):
        place = places[data.draw(st.sampled_from(sorted(places)))]
        strange = st.sampled_from(["module", "self", "loss__reduction"]) | st.text(max_size=3)
        name = data.draw(strange | st.sampled_from(sorted(place)) if place else strange)
        if data.draw(st.integers(0, 5)) == 0:
            place.pop(name, None)
        elif place is tensors:
            alter = data.draw(st.sampled_from(ALTERATIONS))
            tensors[name] = alter(right.get(name, torch.ones(2)))
        else:
            place[name] = data.draw(JSON)
    write_model(path, document, tensors)
    if document.get("own_module") is True:
        # The one thing that is said of a file before it is looked at.
        with pytest.raises(ValueError, match="pass it as module=") as caught:
            GRUFrictionRegressor.load(path)
        assert not isinstance(caught.value, ModelFileError)
        return
    loaded = loaded_or_refused(path)
    if loaded is not None and loaded.window_length_ < 100:
        windows = np.ones((3, loaded.window_length_, loaded.n_features_in_))
        assert loaded.predict(windows).shape == (3,)
        assert loaded.history_.shape == (loaded.n_epochs_, 5)
