"""The captions of the figures of a study."""

from sklearn_frictiongru.study._report._names import target
from sklearn_frictiongru.study._report._numbers import counted, listed
from sklearn_frictiongru.utils.units import label_of


def captions(study):
    """Return the caption of each figure."""
    settings = study.settings
    best, name = settings.label_of(study.search.best_window_length_), target(study)
    lengths = listed(
        f"{settings.label_of(length)}, {role}" if role else settings.label_of(length)
        for length, role in study.shown_lengths.items()
    )
    reason = study.why_no_finding
    mark = "" if reason is None else f" Greyed: {reason}."
    known_scales = (study.truth or {}).get("time_scales")
    scales = " Dashed: known time scales of the simulation." if known_scales else ""
    law = "" if study.law is None else " Dotted: the rate-and-state law."
    condition = "" if study.condition is None else label_of(study.condition.name)
    return {
        "figure_1_window_length": "Lowest validation loss of "
        f"{counted(settings.n_repeats, 'training')} of each window length. Boxes: quartiles and "
        "median; whiskers: last point within 1.5 interquartile ranges; points: trainings; "
        f"diamonds: means, joined.{scales}",
        "figure_1b_reference_models": "Skill on test rows against the window length: the network "
        "(median of the repeats), ridge regression and gradient boosting on the same windows and "
        f"rows, their settings chosen on validation rows.{law}{scales}",
        "figure_2_predictions": f"Predicted against measured {name} on validation and test rows, "
        f"for windows of {lengths}; each by the repeat with the median lowest loss, as trained in "
        "the sweep.",
        "figure_2b_predictions_along_time": f"Measured {name} along the record, and predicted from "
        f"windows of {best}; validation and test parts are shaded. Unshaded rows are training and "
        f"purged rows; the first rows have no full history and no prediction.{law}",
        "figure_3_importance": "Above: relative gradient importance of each input over the whole "
        f"record at a window of {best}: bars, mean of "
        f"{counted(len(study.importance.relative_), 'model')}, with {_intervals(study)}; points, "
        "each model; hollow diamonds, mean net importance; dashed and dotted, the floors of the "
        "two: the importance that an irrelevant input receives. Below: the rank of each input in "
        f"each model.{mark}",
        "figure_4_importance_by_condition": f"Relative importance in each range of {condition}, "
        "read at the target row: mean and standard deviation over the models; hollow diamonds, "
        f"net importance; dashed and dotted, the floors.{mark}",
        "figure_5_importance_along_time": f"Above: measured {name}. Below: relative importance of "
        "each input at each row along time, mean of the models, smoothed; dotted, net importance "
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
