"""Whole models in files: the same after loading, and no code runs."""

import contextlib
import json
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import BisectingKMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import (
    GRUFrictionEnsemble,
    GRUFrictionRegressor,
    ModelFileError,
    load_model,
    save_model,
    to_onnx,
)
from sklearn_frictiongru.neural_network._saving._whole_model import WHOLE_FORMAT
from sklearn_frictiongru.preprocessing import RateOfChange, SlidingWindowTransformer
from sklearn_frictiongru.utils.data_file import read_data, write_data

LENGTH = 4
INDEX = pd.to_timedelta(np.arange(120), unit="s").rename("time")
X = pd.DataFrame(
    np.random.default_rng(0).normal(3.0, 2.0, size=(120, 2)), columns=["a", "b"], index=INDEX
)
Y = 5.0 + 0.3 * X["a"].to_numpy()


class Flat(torch.nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.dense = torch.nn.Linear(LENGTH * n_features, 1)

    def forward(self, windows):
        return self.dense(windows.flatten(1))


class Halved(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X / 2


def network(**options):
    options = {
        "hidden_size": 2,
        "conv_channels": 2,
        "kernel_size": 2,
        "n_gru_layers": 1,
        "max_epochs": 2,
        "batch_size": 32,
        "device": "cpu",
        "random_state": 0,
        **options,
    }
    return GRUFrictionRegressor(**options)


def windows(*front, **options):
    return make_pipeline(*front, SlidingWindowTransformer("4s"), network(**options))


MODELS = {
    "pipeline": windows(),
    "options": windows(
        validation=RunHoldout(window_length=LENGTH, n_blocks=2, validation=0.3, test=0.1),
        lr_schedule="cosine",
        patience=2,
        optimizer="SGD",
        precision="float64",
    ),
    "scaler": windows(StandardScaler().set_output(transform="pandas")),
    "rates": windows(RateOfChange(["a"])),
    "target": TransformedTargetRegressor(windows(), transformer=StandardScaler()),
    "missing values": windows(SimpleImputer().set_output(transform="pandas")),
    "categories": windows(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).set_output(
            transform="pandas"
        )
    ),
    "selected": windows(SelectKBest(f_regression, k=1).set_output(transform="pandas")),
    "frozen": FrozenEstimator(windows().fit(X, Y)),
    "voting": VotingRegressor([("one", windows()), ("other", windows(random_state=1))]),
    "gaussian process": make_pipeline(
        SlidingWindowTransformer(LENGTH, flatten=True), GaussianProcessRegressor(RBF() + 1.0)
    ),
    "ensemble": make_pipeline(
        SlidingWindowTransformer(LENGTH), GRUFrictionEnsemble(network(), 2, calibration=0.2)
    ),
}


@pytest.fixture(scope="module", autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in MODELS.values():
            model.fit(X, Y)
        yield


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_is_the_saved_one(tmp_path, name):
    model = MODELS[name]
    save_model(model, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert str(loaded) == str(model)
    with pytest.raises(ValueError, match=r"feature names|inputs"):
        loaded.predict(X.rename(columns={"a": "c"}))


def test_rows_at_another_interval_are_still_refused(tmp_path):
    save_model(MODELS["pipeline"], tmp_path / "model")
    slower = X.set_axis(INDEX * 2)
    with pytest.raises(ValueError, match="interval"):
        load_model(tmp_path / "model").predict(slower)


def test_the_training_goes_on_where_it_ended(tmp_path):
    model = windows().fit(X, Y)
    save_model(model, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    cut = model[0].transform(X)
    for each in (model, loaded):
        each[-1].partial_fit(cut, Y)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_intervals_of_an_ensemble_are_kept(tmp_path):
    ensemble = MODELS["ensemble"][-1]
    ensemble.save(tmp_path / "model")
    loaded = GRUFrictionEnsemble.load(tmp_path / "model")
    cut = MODELS["ensemble"][0].transform(X)
    for one, other in zip(
        ensemble.predict_interval(cut), loaded.predict_interval(cut), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    save_model(MODELS["pipeline"], tmp_path / "model")
    with pytest.raises(ModelFileError, match="holds a Pipeline, not a GRUFrictionEnsemble"):
        GRUFrictionEnsemble.load(tmp_path / "model")


class TestOwnCode:
    def model(self):
        return windows(Halved(), module=Flat)

    def test_is_taken_from_an_estimator_that_has_it(self, tmp_path):
        model = self.model().fit(X, Y)
        save_model(model, tmp_path / "model")
        loaded = load_model(tmp_path / "model", like=self.model())
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))

    @pytest.mark.parametrize("like", [None, windows()])
    def test_is_missed_where_it_is_not_given(self, tmp_path, like):
        save_model(self.model().fit(X, Y), tmp_path / "model")
        with pytest.raises(ModelFileError, match="like="):
            load_model(tmp_path / "model", like=like)

    def test_a_loss_is_left_out_with_a_warning(self, tmp_path):
        model = windows(loss=lambda: torch.nn.L1Loss()).fit(X, Y)
        save_model(model, tmp_path / "model")
        with pytest.warns(UserWarning, match=r"parameters \['loss'\] hold objects"):
            loaded = load_model(tmp_path / "model")
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


@pytest.mark.parametrize("algorithm", ["lloyd", "elkan"])
def test_clusters_of_bisecting_k_means_are_kept(tmp_path, algorithm):
    model = BisectingKMeans(3, algorithm=algorithm, random_state=0).fit(X)
    save_model(model, tmp_path / "model")
    np.testing.assert_array_equal(load_model(tmp_path / "model").predict(X), model.predict(X))


def test_what_is_no_data_is_refused_when_it_is_saved(tmp_path):
    model = make_pipeline(FunctionTransformer(lambda X: X), windows())
    model.fit(X, Y)[0].learnt_ = (value for value in range(3))
    with pytest.raises(ValueError, match="cannot be saved as data"):
        save_model(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())
    with pytest.raises(NotFittedError):
        save_model(windows(), tmp_path / "model")


def test_every_damage_is_refused(tmp_path):
    path = tmp_path / "model"
    save_model(MODELS["scaler"], path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(whole), size=100):
        changed = bytearray(whole)
        changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        with pytest.raises(ModelFileError):
            load_model(path)
        path.write_bytes(whole[:place])
        with pytest.raises(ModelFileError):
            load_model(path)


FORGED = [
    {"object": ["os:system", {"dict": []}]},
    {"object": ["builtins:eval", {"dict": []}]},
    {"object": ["sklearn_frictiongru.utils:files", {"dict": []}]},
    {"object": ["sklearn.pipeline._safe_indexing:x", {"dict": []}]},
    {"object": ["sklearn.utils:os", {"dict": []}]},
    {"given": "key"},
    {"skops": "0"},
    {"pickle": "0"},
    {"array": {"shape": [1], "dtype": "O", "bytes": "0"}},
    {"frame": {}},
    {},
    [1],
    3,
    None,
]


@pytest.mark.parametrize("plain", FORGED, ids=str)
def test_a_forged_model_is_refused(tmp_path, plain):
    tensors = {"0": torch.arange(8, dtype=torch.uint8)}
    write_data(tmp_path / "model", WHOLE_FORMAT, {"model": plain, "scikit-learn": ""}, tensors)
    with (
        pytest.warns(UserWarning, match="written with scikit-learn"),
        pytest.raises(ModelFileError),
    ):
        load_model(tmp_path / "model")


def places(value, path=()):
    """Yield where each leaf of nested lists and dicts is."""
    if isinstance(value, dict | list) and value:
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))
    else:
        yield path


def test_forged_values_make_no_crash_and_run_no_code(tmp_path):
    path = tmp_path / "model"
    save_model(MODELS["pipeline"], path)
    document, tensors = read_data(path, WHOLE_FORMAT)
    rng = np.random.default_rng(1)
    found = list(places(document["model"]))
    for number in rng.integers(len(found), size=150):
        forged = json.loads(json.dumps(document))
        inner = forged["model"]
        for key in found[number][:-1]:
            inner = inner[key]
        inner[found[number][-1]] = [None, -1, 10**12, "os:system", [], {}, True][rng.integers(7)]
        write_data(path, WHOLE_FORMAT, forged, tensors)
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            load_model(path).predict(X)


def test_it_is_a_safetensors_file(tmp_path):
    save_model(MODELS["pipeline"], tmp_path / "model")
    with safe_open(tmp_path / "model", framework="pt") as file:
        assert file.metadata()["format"] == WHOLE_FORMAT


class TestOnnx:
    @pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler, RobustScaler])
    def test_scalers_are_part_of_the_graph(self, tmp_path, scaler):
        front = scaler().set_output(transform="pandas")
        self.check(tmp_path, TransformedTargetRegressor(windows(front), transformer=scaler()))

    def test_members_are_averaged(self, tmp_path):
        self.check(tmp_path, MODELS["ensemble"])

    def check(self, tmp_path, model):
        runtime = pytest.importorskip("onnxruntime")
        expected = model.fit(X, Y).predict(X)
        units = {"a": "m/s", "friction": "1"}
        to_onnx(model, tmp_path / "model", target_name="friction", units=units)
        session = runtime.InferenceSession(str(tmp_path / "model"))
        cut = np.asarray(SlidingWindowTransformer(LENGTH).fit_transform(X))
        (found,) = session.run(None, {"windows": cut})
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
        known = session.get_modelmeta().custom_metadata_map
        assert json.loads(known["inputs"]) == ["a", "b"]
        assert json.loads(known["units"]) == units
        assert (known["target"], known["window_length"]) == ("friction", str(LENGTH))

    def test_other_steps_are_refused_by_name(self, tmp_path):
        pytest.importorskip("onnx")
        with pytest.raises(ValueError, match="RateOfChange cannot be written as ONNX"):
            to_onnx(MODELS["rates"], tmp_path / "model")
        with pytest.raises(ValueError, match="StandardScaler cannot be written as ONNX"):
            to_onnx(StandardScaler().fit(X), tmp_path / "model")
        with pytest.raises(ValueError, match=r"units names \['c'\]"):
            to_onnx(MODELS["pipeline"], tmp_path / "model", units={"c": "1"})
