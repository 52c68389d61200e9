"""Named results with a short repr."""

import reprlib

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

FEW = 8
"""Size up to which the values of an array are shown."""

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


class Results(Bunch):
    """A Bunch whose repr is one line for each name, not all that its arrays hold."""

    def __repr__(self):
        width = max(map(len, self), default=0) + 2
        lines = [f"  {name:{width}}{_short(value)}" for name, value in self.items()]
        return "\n".join([type(self).__name__, *lines])


def _short(value):
    """Describe a value in one line."""
    if isinstance(value, np.ndarray):
        if value.size <= FEW:
            return " ".join(np.array2string(value, precision=4).split())
        return f"ndarray of shape {value.shape}, {value.dtype}"
    if isinstance(value, pd.DataFrame | pd.Series):
        return f"{type(value).__name__} of shape {value.shape}"
    if isinstance(value, Results):
        return f"Results: {', '.join(value)}"
    if isinstance(value, str):
        return _SHORT.repr(value.split("\n")[0])
    return " ".join(_SHORT.repr(value).split())
