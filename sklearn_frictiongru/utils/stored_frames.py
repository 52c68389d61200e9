"""Data frames in the attributes of an estimator, stored as plain arrays."""

import numpy as np
import pandas as pd

MARK = "stored pandas.DataFrame"


class StoredFramesMixin:
    """Store frames as arrays in the state of an estimator, for tools such as skops."""

    def __getstate__(self):
        return {
            name: _arrays_of(value) if isinstance(value, pd.DataFrame) else value
            for name, value in super().__getstate__().items()
        }

    def __setstate__(self, state):
        super().__setstate__(
            {
                name: _frame_of(value) if isinstance(value, dict) and MARK in value else value
                for name, value in state.items()
            }
        )


def _arrays_of(frame):
    """Return a frame as arrays and texts."""
    return {
        MARK: [_plain(frame.iloc[:, number]) for number in range(frame.shape[1])],
        "columns": _levels(frame.columns),
        "index": _levels(frame.index),
    }


def _frame_of(stored):
    """Return the frame from the result of :func:`_arrays_of`."""
    columns = {number: _column(*plain) for number, plain in enumerate(stored[MARK])}
    frame = pd.DataFrame(columns, index=_index(*stored["index"]))
    frame.columns = _index(*stored["columns"])
    return frame


def _levels(index):
    """Return an index as its names and levels; the default index as its number of rows."""
    if isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1):
        return list(index.names), len(index)
    return list(index.names), [
        _plain(index.get_level_values(number)) for number in range(index.nlevels)
    ]


def _index(names, levels):
    if isinstance(levels, int):
        return pd.RangeIndex(levels, name=names[0])
    if len(levels) == 1:
        return pd.Index(_column(*levels[0]), name=names[0])
    return pd.MultiIndex.from_arrays([_column(*level) for level in levels], names=names)


def _plain(values):
    """Return values as a NumPy array without pandas' marks of missing values, and the dtype."""
    if isinstance(values.dtype, np.dtype):
        return values.to_numpy(), None
    return values.to_numpy(dtype=object, na_value=None), str(values.dtype)


def _column(values, dtype):
    return values if dtype is None else pd.array(values, dtype=dtype)
