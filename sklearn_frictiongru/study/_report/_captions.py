"""The captions of the figures of a study."""


def captions(study):
    """Return the caption of each figure."""
    best, n_repeats = study.search.best_window_length_, study.settings.n_repeats
    lengths = ", ".join(f"{length} ({role})" for length, role in study.shown_lengths.items())
    reason = study.why_no_finding
    mark = "" if reason is None else f" Greyed: {reason}."
    known_scales = (study.truth or {}).get("time_scales")
    condition = None if study.condition is None else study.condition.name
    return {
        "figure_1_window_length": f"Lowest validation loss of {n_repeats} trainings of each window "
        "length. Boxes: quartiles and median; whiskers: last point within 1.5 interquartile "
        "ranges; points: trainings; diamonds: means, joined."
        + (" Dashed: known time scales of the simulation." if known_scales else ""),
        "figure_1b_reference_models": "Skill on test rows against the window length: the network "
        "(median of the repeats), ridge regression and gradient boosting on the same windows and "
        "rows, their settings chosen on validation rows."
        + ("" if study.law is None else " Dotted: the rate-and-state law.")
        + (" Dashed: known time scales of the simulation." if known_scales else ""),
        "figure_2_predictions": "Predicted against measured friction on validation and test rows, "
        f"for windows of {lengths}; each by the repeat with the median lowest loss, as trained in "
        "the sweep.",
        "figure_2b_predictions_along_time": f"Measured friction along the record, and predicted "
        f"from windows of {best}; validation and test parts are shaded. Unshaded rows are "
        "training and purged rows; the first rows have no full history and no prediction."
        + ("" if study.law is None else " Dotted: the rate-and-state law."),
        "figure_3_importance": f"Above: relative gradient importance of each input over the whole "
        f"record at a window of {best}: bars, mean of {len(study.importance.relative_)} models, "
        f"with {_intervals(study)}; points, each model; hollow diamonds, mean net importance; "
        "dashed and dotted, the floors of the two: the importance that an irrelevant input "
        f"receives. Below: the rank of each input in each model.{mark}",
        "figure_4_importance_by_condition": "Relative importance in each range of "
        f"{condition}, read at the target row: mean and standard deviation over the "
        f"models; hollow diamonds, net importance; dashed and dotted, the floors.{mark}",
        "figure_5_importance_along_time": "Above: measured friction. Below: relative importance of "
        f"each input at each row along time, mean of the models, smoothed; dotted, net importance "
        f"in blocks of rows; dashed, the highest floor.{mark}",
        "figure_6_importance_by_lag": "Share of the importance at each lag, mean of the models; "
        "dotted, of net importance; dashed, the share that 95 % of the surrogates stay below. The "
        f"gradients of recurrent networks fade with the lag, also without training.{mark}",
    }


def _intervals(study):
    """Say what the intervals of the importances stand on."""
    drawn = study.importance.drawn_
    if drawn == "nothing":
        return "no interval (one run, one model)"
    return f"95 % intervals from a bootstrap over {drawn}"
