"""The band between the predictions of the repeats, and what it is called."""

import numpy as np

FEWEST_FOR_QUANTILES = 10
"""Repeats from which on a tenth of them may lie outside the band on either side."""


def bands_of(by_length, lengths, parts):
    """Return what the repeats predict between, two columns for each window length."""
    columns = {}
    for length in lengths:
        # A repeat that failed predicts nothing.
        predicted = by_length[length][np.isfinite(by_length[length]).all(axis=1)]
        few = len(predicted) < FEWEST_FOR_QUANTILES
        ends = np.nanquantile(predicted, [0.0, 1.0] if few else [0.1, 0.9], axis=0)
        for name, end in zip(("low", "high"), ends, strict=True):
            columns[f"repeats_{name}_{length}"] = np.where(parts == "warm-up", np.nan, end)
    return columns


def band_name(study):
    """Return what the band of the best window length is."""
    models = study.search.estimators_by_length_[study.search.best_window_length_]
    n_repeats = sum(model is not None for model in models)
    if n_repeats < FEWEST_FOR_QUANTILES:
        return f"range of the {n_repeats} repeats"
    return "10 % to 90 % quantile of the repeats"
