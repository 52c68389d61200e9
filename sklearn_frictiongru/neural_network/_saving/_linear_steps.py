"""The linear steps around a network, as one factor and one offset per column."""

import numpy as np
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler


def linear_of(step, n_columns):
    """Return the factor and the offset, shape (n_columns,) each, of a fitted linear step."""
    one, zero = np.ones(n_columns), np.zeros(n_columns)
    if step is None or step == "passthrough":
        return one, zero
    if isinstance(step, MinMaxScaler) and not step.clip:
        return one * step.scale_, zero + step.min_
    if isinstance(step, StandardScaler):
        centre, scale = step.mean_, step.scale_
        centre = centre if step.with_mean else None
    elif isinstance(step, RobustScaler):
        centre, scale = step.center_, step.scale_
    elif isinstance(step, MaxAbsScaler) and not getattr(step, "clip", False):
        centre, scale = None, step.scale_
    else:
        raise ValueError(
            f"the step {type(step).__name__} cannot be written as ONNX; expected a scaler that is "
            "linear in each column (StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler). "
            "Apply this step before the windows are cut, and export the rest."
        )
    centre = zero if centre is None else centre
    scale = one if scale is None else scale
    return one / scale, zero - centre / scale
