"""R2 where there is a full history."""

import numpy as np
from sklearn.metrics import r2_score

from sklearn_frictiongru.preprocessing import WindowArray
from sklearn_frictiongru.utils.validation import check_same_index, without_masks


def score_complete(estimator, X, y, sample_weight=None):
    """Return R2 over the complete windows."""
    check_same_index(X, y)
    check_same_index(X, sample_weight, "sample_weight")
    y = without_masks(y)
    predictions = estimator.predict(X)
    complete = X.complete if isinstance(X, WindowArray) else np.ones(len(predictions), bool)
    if not complete.any():
        raise ValueError(
            f"none of the {len(predictions)} windows is complete, so there is nothing to "
            f"score: the longest run has {X.longest_history} rows, a complete window needs "
            f"{X.min_history}. Score longer pieces (PurgedKFold keeps the history)."
        )
    weights = None if sample_weight is None else np.asarray(sample_weight)[complete]
    return r2_score(np.asarray(y)[complete], predictions[complete], sample_weight=weights)
