"""Limits of the axes that predictions are drawn on, and which predictions leave them."""

import numpy as np

from sklearn_frictiongru.study._excerpts import excerpts_of
from sklearn_frictiongru.study._references import LAW, NETWORK
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.utils.plotting import limits_around


def skill_limits(skills):
    """Return the lower limit of skills by model and window length, and if it is logarithmic.

    The network sets it; references that fail leave the axes. Where the network fails, the scale is
    logarithmic below -1.
    """
    low = float(np.nanmin([*skills[NETWORK], 0.0]))
    if low < -1:
        return 2 * low, True
    return max(min(low, float(np.nanmin(without_law(skills)))) - 0.05, -1.0), False


def without_law(skills):
    """Return the skills of models with windows."""
    return skills[skills.index.get_level_values("model") != LAW]


def value_limits(study, rows, trusted=()):
    """Return limits that measured values set, and predictions of networks up to a reach."""
    trusted = np.concatenate([rows["measured"], np.ravel(trusted)])
    return limits_around(trusted, np.ravel(_predicted(study, rows)), reach=0.25)


def limits_along_time(study):
    """Return the limits of the values and of the residuals of the rows drawn along time."""
    shown = _rows_shown(study)
    measured = shown["measured"].to_numpy()
    errors = shown[f"predicted_{study.search.best_window_length_}"] - measured
    band = np.ravel(_band_near(study, shown, 1.0) - measured)
    return {
        "time": value_limits(study, shown, _band_near(study, shown, 0.5)),
        # All errors of the best window length, and those of its repeats.
        "residuals": limits_around([*errors, 0.0, *band]),
    }


def whole_record_limits(study):
    """Return the limits of the values and of the residuals along the whole record."""
    measured, predicted = study.predictions["measured"], study.predictions["predicted_rotated"]
    scored = predicted.notna()
    return {
        "time": limits_around(measured[scored], predicted, reach=0.5),
        "residuals": limits_around([*(predicted - measured), 0.0]),
    }


def leaves_whole_record(study):
    """Return whether a prediction lies outside the axes along the whole record."""
    return _outside(study.predictions["predicted_rotated"], whole_record_limits(study)["time"])


def band_of(study, rows):
    """Return what the repeats at the best length predict between, (2, n_rows)."""
    best = study.search.best_window_length_
    return rows[[f"repeats_low_{best}", f"repeats_high_{best}"]].to_numpy().T


def leaves_scatter(study):
    """Return whether a prediction lies outside the axes of predicted over measured values."""
    scored = study.predictions[study.predictions["part"].isin(SCORED_PARTS)]
    return _outside(_predicted(study, scored), value_limits(study, scored))


def leaves_time(study):
    """Return whether a prediction, or the band of the repeats, lies outside the axes along time."""
    shown, limits = _rows_shown(study), limits_along_time(study)
    values, band = _predicted(study, shown), band_of(study, shown)
    if study.settings.n_repeats > 1:
        errors = band - shown["measured"].to_numpy()
        if _outside(errors, limits["residuals"]):
            return True
        values = np.concatenate([values, band])
    return _outside(values, limits["time"])


def _outside(values, limits):
    """Return whether some of the values are below or above limits."""
    low, high = limits
    return bool(((values < low) | (values > high)).any())


def _predicted(study, rows):
    """Return what is predicted of rows at each shown window length, (n_lengths, n_rows)."""
    return rows[[f"predicted_{length}" for length in study.shown_lengths]].to_numpy().T


def _rows_shown(study):
    """Return the rows that are drawn along time."""
    chosen, _ = excerpts_of(study)
    return study.predictions.iloc[np.concatenate([each.rows for each in chosen])]


def _band_near(study, rows, reach):
    """Return the band of the repeats (2, n_rows), as far as `reach` of the measured values' span.

    A repeat that failed never sets a scale.
    """
    measured = rows["measured"]
    beyond = reach * (measured.max() - measured.min())
    return np.clip(band_of(study, rows), measured.min() - beyond, measured.max() + beyond)
