"""Uses of projects that hold tables."""

import numpy as np

from tests.ecosystem._record import pipeline, record
from tests.ecosystem._table import use


@use("polars", "polars", recipe=True)
def polars_frames(tmp_path):
    """Train on polars frames

    Names are kept. A frame has no index: `with_runs` puts time and runs into one, and collects
    lazy frames, which are an error elsewhere.
    """
    import polars as pl
    import pytest

    from sklearn_frictiongru.preprocessing import with_runs

    X, y = record()
    frame = pl.DataFrame(X.reset_index())
    table = with_runs(frame.lazy().drop("time"), time=frame["time"])
    assert table.equals(X)
    zoned = pl.datetime_range(
        pl.datetime(2026, 1, 1),
        pl.datetime(2026, 1, 2),
        "1h",
        time_zone="Europe/Berlin",
        eager=True,
    )
    assert str(with_runs(np.zeros((25, 1)), time=zoned).index.tz) == "Europe/Berlin"
    model = pipeline(max_epochs=1).fit(frame.drop("time"), y.to_numpy())
    assert model.feature_names_in_.tolist() == ["slip_velocity_m_s", "temperature_degc"]
    with pytest.raises(TypeError, match=r"polars LazyFrame .* with_runs"):
        model.fit(frame.drop("time").lazy(), y.to_numpy())


@use("PyArrow", "pyarrow", recipe=True)
def arrow_tables(tmp_path):
    """Train on Arrow tables

    Convert them with `with_runs`, which keeps names, and the index of a table that comes from
    pandas. Elsewhere they are an error.
    """
    import pyarrow as pa
    import pytest

    from sklearn_frictiongru.preprocessing import with_runs

    X, y = record()
    table = pa.Table.from_pandas(X)
    assert with_runs(table).equals(X)
    without_time = pa.Table.from_pandas(X, preserve_index=False)
    assert with_runs(without_time, time=X.index).equals(X)
    with_time = pa.Table.from_pandas(X.reset_index(), preserve_index=False)
    assert with_runs(without_time, time=with_time["time"]).equals(X)
    with pytest.raises(TypeError, match=r"pyarrow Table .* with_runs"):
        pipeline().fit(table, y)


@use("xarray", "xarray", recipe=True)
def labelled_arrays(tmp_path):
    """Train on labelled arrays and data sets

    Convert them with `with_runs`, which keeps names and coordinates. Time is the last dimension of
    a data set, and of an array the dimension ``time`` or the first one. Elsewhere they are an
    error.
    """
    import pytest
    import xarray as xr

    from sklearn_frictiongru.preprocessing import with_runs

    X, y = record()
    data = xr.Dataset.from_dataframe(X)
    assert with_runs(data).equals(X)
    array = data.to_dataarray("input")
    assert array.dims == ("input", "time")
    assert with_runs(array).equals(X)
    assert with_runs(data["temperature_degc"]).equals(X["temperature_degc"])
    assert with_runs(X.to_numpy(), time=data["time"]).index.equals(X.index)
    with pytest.raises(TypeError, match=r"xarray Dataset .* with_runs"):
        pipeline().fit(data, y)


@use("aeon, tsai", "", "numpy")
def channels_first(tmp_path):
    """Use arrays of collections

    They hold (windows, inputs, rows). This package takes (windows, rows, inputs): transpose them
    by ``X.transpose(0, 2, 1)``. Where the shape shows it (windows of another length than in `fit`,
    or more than 16 inputs and more than rows), an error or a warning says so.
    """
    import pytest

    from sklearn_frictiongru.neural_network import GRUFrictionRegressor

    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3, 50))
    y = X[:, 0, -1]
    model = GRUFrictionRegressor(max_epochs=1, n_gru_layers=1, validation=None)
    with pytest.warns(UserWarning, match="aeon and tsai"):
        model.fit(X, y)
    model.fit(X.transpose(0, 2, 1), y)
    with pytest.raises(ValueError, match="aeon and tsai"):
        model.predict(X)
