"""The captions of the figures of a study."""

from numbers import Real

from sklearn_frictiongru.study._excerpts import excerpts_table
from sklearn_frictiongru.study._report._names import target
from sklearn_frictiongru.study._report._numbers import counted, listed
from sklearn_frictiongru.study._report._race import race_caption, up_to
from sklearn_frictiongru.utils.typography import signed
from sklearn_frictiongru.utils.units import label_of


def captions(study):
    """Return the caption of each figure."""
    settings, name = study.settings, target(study)
    best = settings.label_of(study.search.best_window_length_)
    recommended = settings.label_of(settings.length_of(study.lengths.recommended_window_length))
    lengths = "; ".join(
        f"{settings.label_of(length)}, {role}" for length, role in study.shown_lengths.items()
    )
    reason = study.why_no_finding
    mark = "" if reason is None else f" Greyed: {reason}."
    scales = " Vertical: known time scales of the simulation between these lengths." * bool(
        (study.truth or {}).get("time_scales")
    )
    law = "" if study.law is None else " Dotted: the rate-and-state law."
    n_models = counted(len(study.importance.relative_), "model")
    condition = "" if study.condition is None else label_of(study.condition.name)
    return {
        "figure_1_window_length": "Lowest validation loss of "
        f"{up_to(study)}{counted(settings.n_repeats, 'training')} of each window length. Boxes: "
        "quartiles and median; whiskers: last training within 1.5 interquartile ranges; points: "
        f"trainings; diamonds: means, joined.{race_caption(study)} Triangle: "
        f"the recommended length, {recommended}.{scales}",
        "figure_1b_reference_models": "Skill on test rows against the window length: the network "
        "(median of the repeats), ridge regression and gradient boosting on the same windows and "
        f"rows, their settings chosen on validation rows.{_far_below(study)}{law}{scales}",
        "figure_2_predictions": f"Predicted against measured {name} on validation and test rows, "
        f"by window length ({lengths}): each by the repeat whose lowest loss is the median, as "
        "trained in the sweep. Line: equality. Predictions outside the axes are triangles at the "
        "edge, and counted there.",
        "figure_2b_predictions_along_time": f"Measured and predicted {name} on validation and test "
        f"rows, by window length ({lengths}). {_shown(study)} Band: 80 % of the repeats at the "
        f"best length. Below: predicted minus measured {name} at the best length. Predictions "
        f"outside the axes are triangles at the edge.{law}",
        "figure_3_importance": "(a) Relative gradient importance of each input over the whole "
        f"record at a window of {best}: bars, mean of {n_models}, with {_intervals(study)}; "
        "points, each model; hollow diamonds, mean net importance; lines, the floors of the two: "
        "the importance that an irrelevant input receives. (b) The same in each model. (c) Rank "
        f"of each input in each model.{mark}",
        "figure_4_importance_by_condition": f"Relative importance in each range of {condition}, "
        f"read at the target row: mean and standard deviation over {n_models}; hollow diamonds, "
        f"net importance; lines, the floors.{mark}",
        "figure_5_importance_along_time": "From above: "
        + (f"{condition}, with its changes marked; " if condition else "")
        + f"measured {name}; relative importance of each input at each row, mean of "
        f"{n_models}, smoothed; dotted, net importance in blocks of rows; dashed, the highest "
        "floor. Here each row counts the same; over the whole record or a range, rows with large "
        f"gradients count more.{mark}",
        "figure_6_importance_by_lag": f"Share of the importance at each lag, mean of {n_models}; "
        "dotted, of net importance; dashed, the share that 95 % of the surrogates stay below. The "
        f"gradients of recurrent networks fade with the lag, also without training.{mark}",
    }


def _far_below(study):
    """Say how skills far below zero are drawn."""
    if study.references.table["test"].min() >= -1:
        return ""
    return (
        " Where skills are below −1, the scale is logarithmic there; a skill outside the "
        "axes is a triangle, with its value in the legend."
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
            text += f" ({_seconds(row['first_time'])} to {_seconds(row['last_time'])})"
        shown.append(text)
    return f"Shown: {listed(shown)}, where {name} varies most."


def _seconds(value):
    """Return a time as its table has it."""
    return signed(f"{value:,.10g} s")


def _intervals(study):
    """Say how the intervals of the importances were found."""
    drawn = study.importance.drawn_
    if drawn == "nothing":
        return "no interval (one run, one model)"
    return f"95 % intervals from a bootstrap over {drawn}"
