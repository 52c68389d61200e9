"""Whole fitted models as ONNX graphs."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru import __version__
from sklearn_frictiongru.neural_network._saving._linear_steps import linear_of
from sklearn_frictiongru.neural_network._saving._onnx import graph_of, write_graph
from sklearn_frictiongru.neural_network._saving._own_units import MeanOf
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.validation import column_names


def to_onnx(
    model: BaseEstimator,
    path: str | os.PathLike[str],
    *,
    target_name: str = "target",
    units: Mapping[str, str] | None = None,
    dynamo: bool = False,
) -> None:
    """Write a whole fitted model as an ONNX file, for use without Python.

    Windows go in and predictions come out, both in their own units: scalers before the
    window step and a scaled target become part of the graph, and members of an ensemble are
    averaged. The window step itself is not: the program that calls the graph cuts the windows. What
    it has to know is in the metadata of the file: ``inputs``, ``target``, ``units``,
    ``window_length`` (rows), ``sampling_interval`` and the version of this package.

    Parameters
    ----------
    model : GRUFrictionRegressor, GRUFrictionEnsemble, Pipeline or TransformedTargetRegressor
        Fitted. The steps before the network may be scalers that are linear in each column
        and a window step.
    path : path-like
        Path of the file.
    target_name : str, default="target"
        Name of the target, for the metadata.
    units : dict of str, default=None
        Units of the inputs and of the target by their names, for the metadata.
    dynamo : bool, default=False
        Whether to use torch's newer exporter; see :meth:`GRUFrictionRegressor.to_onnx`.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If a step cannot be written, or `units` names neither an input nor the target.
    ImportError
        If onnx is not installed; it comes with the extra ``onnx``.

    See Also
    --------
    save_model : Writes a model for use in Python.
    GRUFrictionRegressor.to_onnx : Writes the network alone.
    GRUFrictionEnsemble.to_onnx : Writes an ensemble alone.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import onnx
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor, to_onnx
    >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
    >>> X = np.random.default_rng(0).normal(size=(120, 2))
    >>> model = make_pipeline(
    ...     SlidingWindowTransformer(3),
    ...     GRUFrictionRegressor(hidden_size=8, max_epochs=2),
    ... ).fit(X, 0.1 * X[:, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.onnx")
    ...     to_onnx(
    ...         model,
    ...         path,
    ...         target_name="friction",
    ...         units={"x0": "m/s", "friction": "1"},
    ...     )
    ...     known = {each.key: each.value for each in onnx.load(path).metadata_props}
    >>> known["inputs"], known["units"], known["window_length"]
    ('["x0", "x1"]', '{"x0": "m/s", "friction": "1"}', '3')
    """
    check_is_fitted(model)
    regressors, steps, targets = _parts(model)
    first = regressors[0]
    of_X = np.ones(first.n_features_in_), np.zeros(first.n_features_in_)
    sampling_interval = None
    for step in steps:
        if isinstance(step, SlidingWindowTransformer):
            sampling_interval = step.sampling_interval_
            continue
        factor, offset = linear_of(step, first.n_features_in_)
        of_X = of_X[0] * factor, of_X[1] * factor + offset
    shape = np.shape(first.y_mean_)
    of_y = np.ones(shape), np.zeros(shape)
    for step in targets:
        factor, offset = (each.reshape(shape) for each in linear_of(step, first.n_outputs_))
        of_y = of_y[0] / factor, (of_y[1] - offset) / factor
    names = column_names(None, first.n_features_in_)
    names = [str(name) for name in getattr(model, "feature_names_in_", names)]
    unknown = set(units or ()) - {*names, target_name}
    if unknown:
        raise ValueError(
            f"units names {sorted(unknown)}; expected the inputs {names} or the target "
            f"{target_name!r}."
        )
    metadata = {
        "inputs": names,
        "target": target_name,
        "units": dict(units or {}),
        "window_length": first.window_length_,
        "sampling_interval": str(sampling_interval),
        "sklearn_frictiongru": __version__,
    }
    graph = MeanOf([graph_of(each) for each in regressors], of_X, of_y)
    write_graph(graph, first, path, dynamo, metadata)


def _parts(model):
    """Return the regressors at the end, the preceding steps and those of the target."""
    # The ensemble is above this module, and any that has members of that kind will do.
    if hasattr(model, "net_"):
        return [model], [], []
    if isinstance(model, Pipeline):
        regressors, steps, targets = _parts(model[-1])
        return regressors, [step for _, step in model.steps[:-1]] + steps, targets
    if isinstance(model, TransformedTargetRegressor):
        regressors, steps, targets = _parts(model.regressor_)
        return regressors, steps, [*targets, model.transformer_]
    members = getattr(model, "estimators_", None)
    if isinstance(members, list) and all(hasattr(each, "net_") for each in members):
        return members, [], []
    raise ValueError(
        f"a {type(model).__name__} cannot be written as ONNX; expected a GRUFrictionRegressor or a "
        "GRUFrictionEnsemble, alone or at the end of a Pipeline."
    )
