"""What is seen in each figure, for readers who do not see it."""

from sklearn_frictiongru.study._numbers import fixed, listed, number, skill_text
from sklearn_frictiongru.study._references import LAW, NETWORK
from sklearn_frictiongru.study._report._answers import IN_A_SENTENCE
from sklearn_frictiongru.study._report._error_places import most_of_the_error
from sklearn_frictiongru.study._report._names import label, of_target, target
from sklearn_frictiongru.study._summaries import accuracy_table, condition_table
from sklearn_frictiongru.study._verdict import WHOLE_RECORD
from sklearn_frictiongru.utils.typography import range_label
from sklearn_frictiongru.utils.units import label_of


def alternatives(study):
    """Return the text that describes each figure."""
    best = study.settings.label_of(study.search.best_window_length_)
    found = {
        "figure_1_window_length": _losses(study),
        "figure_1b_reference_models": _references(study),
        "figure_2_predictions": f"Scatter plots of predicted over measured {target(study)} with "
        f"the line of equality. {_skills(study)}",
        "figure_2b_predictions_along_time": f"Lines of measured and predicted {target(study)} "
        f"along time, for several window lengths, and of the errors at the best one, {best}. "
        f"{_errors(study)}",
        "figure_2c_whole_record": f"Lines of measured and predicted {target(study)}, and of the "
        f"errors, along the whole record. {_whole_record(study)}",
        "figure_3_importance": f"Bars of the relative importance of each input: {_shares(study)}.",
        "figure_5_importance_along_time": f"Lines of the relative importance of each input along "
        f"the record. Shares over the whole record: {_shares(study)}.",
        "figure_6_importance_by_lag": _lags(study),
    }
    if study.condition is not None:
        found["figure_4_importance_by_condition"] = _ranges(study)
    return found


def _losses(study):
    """Say how the loss changes with the window length."""
    table, settings = study.lengths.table["validation_loss"], study.settings
    values = "; ".join(f"{settings.rows_label(n)} {number(loss)}" for n, loss in table.items())
    best = settings.label_of(study.search.best_window_length_)
    return (
        "Box plot of the lowest validation loss over the window length. Mean loss by window "
        f"length: {values}. The lowest is at {best}."
    )


def _references(study):
    """Say the best skill of each model."""
    skills = listed(
        f"{IN_A_SENTENCE.get(model, model)} {skill_text(row['test'])}"
        + (" (median of the repeats)" if model == NETWORK and study.settings.n_repeats > 1 else "")
        for model, row in study.references.best.iterrows()
    )
    lines = "Lines of the skill on test rows over the window length, one for each model."
    return f"{lines} At the length that validation rows choose: {skills}."


def _skills(study):
    """Say the skill on test rows at each shown length."""
    table = accuracy_table(study)["skill"].xs("test", level="part")
    skills = "; ".join(
        f"{study.settings.rows_label(length)} {skill_text(skill)}"
        for (model, length), skill in table.items()
        if model == NETWORK
    )
    return f"Skill on test rows by window length: {skills}."


def _errors(study):
    """Say the errors of network and law on test rows."""
    table, unit = accuracy_table(study)["rmse"], of_target(study)
    best = study.search.best_window_length_
    rows = study.settings.rows_of(best)
    text = f"Root mean squared error on test rows: {number(table[NETWORK, rows, 'test'])}{unit}"
    if study.law is not None:
        of_law = table.loc[LAW].xs("test", level="part").iloc[0]
        text += f"; of the {LAW} {number(of_law)}{unit}"
    return f"{text}."


def _whole_record(study):
    """Say the skill over the whole record, and where most of the error is."""
    test = study.skill_tests.get(WHOLE_RECORD)
    if test is None:
        return ""
    return f"Skill over the whole record: {skill_text(test.skill)}. {most_of_the_error(study)}"


def _shares(study):
    """Say the importance of each input."""
    summary = study.importance.summary()
    return "; ".join(
        f"{label(study, name)} {fixed(row['relative'], 2)}"
        + ("" if row["above_floor"] else " (not distinguishable from none)")
        for name, row in summary.iterrows()
    )


def _ranges(study):
    """Say which input is most important in each range of the condition."""
    table = condition_table(study)["relative"].reset_index()
    first = table.loc[table.groupby("condition", sort=False)["relative"].idxmax()]
    said = "; ".join(
        f"{range_label(row['condition'])}: {label(study, row['input'])} {fixed(row['relative'], 2)}"
        for _, row in first.iterrows()
    )
    condition = label_of(study.condition.name)
    return f"Bars of the relative importance in each range of {condition}. Highest: {said}."


def _lags(study):
    """Say at which lag each input's importance is highest."""
    frame = study.importance.frame()
    frame = frame[(frame["condition"] == "all") & frame["lag"].notna()]
    shares = frame[frame["measure"] == "relative"].groupby(["input", "lag"])["value"].mean()
    highest = "; ".join(
        f"{label(study, name)} {shares[name].idxmax():,} rows"
        for name in study.importance.feature_names_
    )
    return (
        f"Lines of the share of the importance over the lag. Lag of the highest share: {highest}."
    )
