"""The captions of the figures of a study."""

from numbers import Real

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._bands import band_name
from sklearn_frictiongru.study._errors import runs_with_the_largest_errors
from sklearn_frictiongru.study._excerpts import excerpts_table, hidden_lines
from sklearn_frictiongru.study._limits import (
    leaves_scatter,
    leaves_time,
    leaves_whole_record,
    skill_limits,
    without_law,
)
from sklearn_frictiongru.study._numbers import counted, listed, number, percent
from sklearn_frictiongru.study._report._error_places import most_of_the_error, seconds_between
from sklearn_frictiongru.study._report._names import of_target, target
from sklearn_frictiongru.study._report._race import race_caption, up_to
from sklearn_frictiongru.study._verdict import WHOLE_RECORD, tested_length
from sklearn_frictiongru.utils.box_scale import box_scale, looks_flat
from sklearn_frictiongru.utils.lag_trend import highest_at_oldest, lag_trend, near_share
from sklearn_frictiongru.utils.plotting import limits_around
from sklearn_frictiongru.utils.units import label_of

OF_MEDIANS = (
    "The predictions are those of the repeat whose loss is the median, as trained in the sweep."
)
OF_ONE = "Each length was trained once."
OUTSIDE_SCATTER = " Predictions outside the axes are triangles at the edge, and counted there."
OUTSIDE_TIME = " What lies outside the axes is triangles at the edge."


def captions(study):
    """Return the caption of each figure."""
    settings, name = study.settings, target(study)
    best = settings.label_of(study.search.best_window_length_)
    lengths = "; ".join(
        f"{settings.label_of(length)}, {roles}" for length, roles in study.shown_lengths.items()
    )
    reason = study.why_no_finding
    mark = "" if reason is None else f" Greyed: {reason}."
    condition = "" if study.condition is None else label_of(study.condition.name)
    law = "" if study.law is None else " The dotted line is the rate-and-state law."
    return {
        "figure_1_window_length": f"{_boxes(study)}{race_caption(study)} The triangle below the "
        f"axis marks the recommended length, {_recommended(study)}.{_scale(study)}"
        f"{_time_scales(study)}",
        "figure_1b_reference_models": "Skill on test rows against the window length: the network "
        f"({_repeat(study, 'median of the repeats', 'one training')}), ridge regression and "
        "gradient boosting on the same windows and rows, their settings chosen on validation rows."
        f"{_far_below(study)}{law}{_time_scales(study)}",
        "figure_2_predictions": f"Predicted against measured {name} on validation and test rows, "
        f"by window length ({lengths}). {_repeat(study, OF_MEDIANS, OF_ONE)} The dashed line is "
        f"equality.{OUTSIDE_SCATTER * leaves_scatter(study)}",
        "figure_2b_predictions_along_time": f"Measured and predicted {name} on validation and test "
        f"rows, by window length ({lengths}). {_shown(study)}{_repeat(study, _band(study), '')} "
        f"The lower panels show predicted minus measured {name} at the best length.{_hidden(study)}"
        f"{OUTSIDE_TIME * leaves_time(study)}{law}",
        "figure_2c_whole_record": _whole_record(study),
        "figure_3_importance": "(a) Relative gradient importance of each input over the whole "
        f"record at a window of {best}. Bars are {_mean_of(study, 'means')}, with "
        f"{_intervals(study)}; "
        "points are models; hollow diamonds are mean net importances; dashed and dotted lines are "
        "the floors of the two, the importance that an irrelevant input receives. An input is not "
        "distinguishable from none if its bar does not reach its floor, or if it is not above its "
        "surrogates at 5 %. (b) The relative importance in each model. (c) The rank of each input "
        f"in each model.{mark}",
        "figure_4_importance_by_condition": f"Relative importance in each range of {condition}, "
        f"read at the target row{_while_changing(study)}. Bars are {_mean_of(study, 'means')}, "
        "with the standard deviation; hollow diamonds are net importances; dashed and dotted "
        f"lines are the floors of the two, those of the whole record.{mark}",
        "figure_5_importance_along_time": "From above: "
        + (f"{condition}, with its changes marked by vertical lines; " if condition else "")
        + f"measured {name}; relative importance of each input at each row, {_mean_of(study)}, "
        "smoothed. Dotted lines are net importances in blocks of rows; the dashed line is the "
        "highest floor. Here each row counts the same; over the whole record or a range, rows with "
        f"large gradients count more.{mark}",
        "figure_6_importance_by_lag": f"Share of the importance at each lag, {_mean_of(study)}. "
        "Dotted lines are shares of the net importance; the dashed line is the share that 95 % of "
        f"the surrogates stay below.{_floor_of_lags(study)} {_over_the_lags(study)}{mark}",
    }


def _while_changing(study):
    """Say where rows count while a condition of numbers changes."""
    numeric = study.condition is not None and pd.api.types.is_numeric_dtype(study.condition)
    return "; rows while it changes count in the nearest range" * numeric


def _recommended(study):
    """Return the recommended window length."""
    rows = study.lengths.recommended_window_length
    return study.settings.label_of(study.settings.length_of(rows))


def _repeat(study, several, one):
    """Return a text for several repeats, or for a single one."""
    return several if study.settings.n_repeats > 1 else one


def _mean_of(study, mean="mean"):
    """Say of how many models an importance is the mean."""
    n_models = len(study.importance.relative_)
    return f"{mean} of {n_models:,} models" if n_models > 1 else "of one model"


def _boxes(study):
    """Say what the box plot shows of the trainings."""
    broken = _box_scale(study).name == "broken"
    line = "a line on each side of the break" if broken else "a line"
    if study.settings.n_repeats == 1:
        return f"Lowest validation loss of one training of each window length, joined by {line}."
    return (
        f"Lowest validation loss of {up_to(study)}"
        f"{counted(study.settings.n_repeats, 'training')} of each window length. Boxes are "
        "quartiles and median; whiskers reach to the last training within 1.5 interquartile "
        f"ranges; points are trainings; diamonds are means, joined by {line}."
    )


def _time_scales(study):
    """Say what the vertical lines are."""
    if not (study.truth or {}).get("time_scales"):
        return ""
    return " Vertical lines are known time scales of the simulation between these lengths."


def _floor_of_lags(study):
    """Say how far the floor of the lags exceeds its axes."""
    floor = study.importance.null_floor_["relative_by_lag"]
    frame = study.importance.frame()
    frame = frame[(frame["condition"] == "all") & frame["lag"].notna()]
    shares = frame.groupby(["measure", "input", "lag"])["value"].mean()
    if np.max(floor) <= limits_around([0.0, *shares], floor)[1]:
        return ""
    return f" Triangles: the floor exceeds the axes, up to {number(np.max(floor), 2)}."


def _over_the_lags(study):
    """Say in which half of the window the importance is, and what that means."""
    oldest = (
        " The importance is highest at the oldest lag: the window may be too short, or this is an "
        "effect of its edge."
    )
    models = study.importance.importances_
    share = near_share(models)
    if np.isnan(share):
        return "No lag is important."
    said = (
        f"The half of the window next to the target holds {percent(share)} of the importance of "
        f"{'the input' if len(study.importance.feature_names_) == 1 else 'all inputs'}."
    )
    fading = (
        " Gradients of recurrent networks fade with the lag also without training, so that this "
        "does not show how long a history matters."
    )
    return said + fading * (lag_trend(models) == "near") + oldest * highest_at_oldest(models)


def _scale(study):
    """Say what was done so that boxes of very different losses can be seen."""
    scores, scale = _scores(study), _box_scale(study)
    far = [study.settings.label_of(list(scores)[number]) for number in scale.far]
    low, high = scale.limits
    reason = "the losses span more than a decade"
    if scale.name == "log" and high < 10 * low:
        reason = "boxes would look like lines on a linear scale"
    said = {
        "linear": "",
        "log": f" The scale is logarithmic, since {reason}.",
        "broken": f" The axis is broken between the losses of {listed(far)} and the others, whose "
        f"boxes would look like lines on a common scale.{_far_boxes(scores, scale)}",
    }[scale.name]
    losses = np.concatenate(list(scores.values()))
    if ((losses < low) | (losses > high)).any():
        said += " Trainings beyond the axis are triangles at its edge."
    return said


def _scores(study):
    """Return the losses of the trainings of each window length."""
    found = study.search.results_.groupby("window_length", sort=False)["score"]
    return {length: losses.dropna().to_numpy() for length, losses in found}


def _box_scale(study):
    """Return the scale of the box plot."""
    scores = _scores(study)
    return box_scale(list(scores.values()), list(scores).index(study.search.best_window_length_))


def _far_boxes(scores, scale):
    """Say whether boxes beyond a break look like lines."""
    flat = looks_flat([list(scores.values())[number] for number in scale.far], scale)
    return " Boxes beyond the break still look like lines." * flat


def _band(study):
    """Say what the band contains."""
    return f" The band is the {band_name(study)} at the best length."


def _hidden(study):
    """Say which lines can hardly be told from that of the best length."""
    hidden = hidden_lines(study)
    if not hidden:
        return ""
    lengths = listed(study.settings.label_of(length) for length in hidden)
    apart = f"{number(max(hidden.values()), 2)}{of_target(study)}"
    return (
        f" The line{'s' * (len(hidden) > 1)} of {lengths} nearly coincide"
        f"{'s' * (len(hidden) == 1)} with that of the best length; the largest difference is "
        f"{apart}."
    )


def _whole_record(study):
    """Say what was predicted over the whole record, and where most of the error is."""
    if WHOLE_RECORD not in study.skill_tests:
        return ""
    length = study.settings.label_of(tested_length(study, WHOLE_RECORD))
    condition = "" if study.condition is None else f"{label_of(study.condition.name)}; "
    runs, n_runs = runs_with_the_largest_errors(study), study.predictions["run"].nunique()
    few = f" Shown are the {len(runs)} runs with the largest errors, of {n_runs:,}."
    most = most_of_the_error(study)
    return (
        f"From above: {condition}measured and predicted {target(study)}; predicted minus measured "
        f"{target(study)}, along the whole record. Each row is predicted by a network, with a "
        f"window of {length}, that was not trained on its block; the verdict on skill is from "
        f"these errors.{few * (len(runs) < n_runs)}{f' {most} These rows are shaded.' * bool(most)}"
        f"{OUTSIDE_TIME * leaves_whole_record(study)}"
    )


def _far_below(study):
    """Say how skills far below zero are drawn."""
    skills = study.references.table["test"]
    low, logarithmic = skill_limits(skills)
    outside = " A skill outside the axes is a triangle, with its value or range in the legend."
    return " The scale is logarithmic below −1." * logarithmic + outside * bool(
        (without_law(skills) < low).any()
    )


def _shown(study):
    """Say which rows are drawn along time, and why these."""
    table, name = excerpts_table(study), target(study)
    interval = study.settings.sampling_interval
    several = study.predictions["run"].nunique() > 1
    shown = []
    for _, row in table.iterrows():
        text = f"{row['n_rows']:,} of {row['n_rows_of_part']:,} {row['part']} rows"
        if several:
            text += f" of run {row['run']}"
        if interval is not None and isinstance(row["first_time"], Real):
            text += f" ({seconds_between(row)})"
        shown.append(text)
    zoomed = f", where {name} varies most" * bool((table["n_rows"] < table["n_rows_of_part"]).any())
    return f"Shown are {listed(shown)}{zoomed}."


def _intervals(study):
    """Say how the intervals of the importances were found."""
    drawn = study.importance.drawn_
    if drawn == "nothing":
        return "no interval (one run, one model)"
    return f"95 % intervals from a bootstrap over {drawn}"
