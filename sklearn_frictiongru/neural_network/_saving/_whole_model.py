"""Whole fitted models as files that run no code."""

from __future__ import annotations

import os
import warnings
from typing import Any

import sklearn
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.utils.data_file import ModelFileError, read_data, write_data
from sklearn_frictiongru.utils.plain_data import Given, NotPlainError, Reader, Writer

WHOLE_FORMAT = "sklearn_frictiongru whole model"


def save_model(model: BaseEstimator, path: str | os.PathLike[str]) -> None:
    """Write a fitted model, such as a whole pipeline, to a file that runs no code when loaded.

    Weights and arrays are in the safetensors format, the rest as JSON in its header, with a
    version and a checksum; steps of scikit-learn in the format of skops. Any combination of
    estimators of this package and of scikit-learn can be saved.

    Parameters
    ----------
    model : estimator
        A fitted pipeline, ensemble, regressor or transformer.
    path : path-like
        Path of the file; an existing file is replaced when the new one is complete.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If the model holds an object that is not plain data.

    See Also
    --------
    load_model : Reads the file.
    GRUFrictionRegressor.save : Saves the network alone.
    to_onnx : Writes a model for use without Python.
    GRUFrictionEnsemble.save : Saves the ensemble alone.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_frictiongru.neural_network import (
    ...     GRUFrictionRegressor,
    ...     load_model,
    ...     save_model,
    ... )
    >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
    >>> X = np.random.default_rng(0).normal(size=(120, 2))
    >>> model = make_pipeline(
    ...     SlidingWindowTransformer(3),
    ...     GRUFrictionRegressor(hidden_size=8, max_epochs=2),
    ... )
    >>> model = model.fit(X, 0.1 * X[:, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     save_model(model, path)
    ...     loaded = load_model(path)
    >>> bool((loaded.predict(X) == model.predict(X)).all())
    True
    """
    check_is_fitted(model)
    writer = Writer(Given(model))
    try:
        plain = writer.plain(model)
    except NotPlainError as error:
        raise ValueError(
            f"the model cannot be saved as data: {error}. Use estimators of this package and of "
            "scikit-learn, or pickle the model."
        ) from error
    document = {"model": plain, "scikit-learn": sklearn.__version__}
    write_data(path, WHOLE_FORMAT, document, writer.tensors)


def load_model(path: str | os.PathLike[str], like: BaseEstimator | None = None) -> Any:
    """Load a fitted model from a file that :func:`save_model` has written.

    Parameters
    ----------
    path : path-like
        Path of the file.
    like : estimator, default=None
        An estimator, fitted or not, with the same parameters as the saved one. Custom classes,
        modules, losses and functions are taken from it: a file names them, but nothing is
        imported by a name from a file.

    Returns
    -------
    estimator
        The fitted model.

    Raises
    ------
    ModelFileError
        If the file holds no model, has been truncated or altered, has a newer format, or needs
        `like`.

    Warns
    -----
    UserWarning
        If parameters of a network that hold objects of the user's own, such as callbacks, are
        missing, or the file was written with another version of scikit-learn.

    See Also
    --------
    save_model : Writes the file.
    ModelFileError : Raised if the file cannot be used.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import (
    ...     GRUFrictionEnsemble,
    ...     GRUFrictionRegressor,
    ...     load_model,
    ...     save_model,
    ... )
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> member = GRUFrictionRegressor(hidden_size=8, max_epochs=2)
    >>> ensemble = GRUFrictionEnsemble(member, n_estimators=2).fit(X, 0.1 * X[:, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     save_model(ensemble, path)
    ...     len(load_model(path).estimators_)
    2
    """
    document, tensors = read_data(path, WHOLE_FORMAT)
    written_with = document.get("scikit-learn")
    if written_with != sklearn.__version__:
        warnings.warn(
            f"{os.fspath(path)} was written with scikit-learn {written_with}, this is "
            f"{sklearn.__version__}: check the predictions of the loaded model.",
            UserWarning,
            stacklevel=2,
        )
    # A document with a right checksum may still describe nonsense.
    try:
        model = Reader(tensors, Given(like)).value(document["model"])
    except Exception as error:
        raise ModelFileError(
            f"{os.fspath(path)} describes no model that can be made here: {error}. If it was saved "
            "with classes or functions of your own, pass an estimator that has them as like=."
        ) from error
    if not isinstance(model, BaseEstimator):
        raise ModelFileError(f"{os.fspath(path)} holds a {type(model).__name__}, not a model.")
    return model
