"""The three answers of a study, as the report states them first."""

from typing import NamedTuple

import pandas as pd

from sklearn_frictiongru.study._references import LAW, NETWORK
from sklearn_frictiongru.study._verdict import tested_length
from sklearn_frictiongru.utils.blocks import FEWEST_BLOCKS

IN_A_SENTENCE = {NETWORK: "the network", LAW: "the rate-and-state law"}
BASELINES = "the training mean and the last training value before the row"


class Answer(NamedTuple):
    """One question and its answer."""

    question: str
    verdict: str
    detail: str
    good: bool = True


def answers(study):
    """Return the three answers."""
    return [_skill_answer(study), _length_answer(study), _ranking_answer(study)]


def _skill_answer(study):
    """Say whether the target can be predicted."""
    verdict = {
        "yes": "Yes: the models are better than both baselines.",
        "not clear": "Not clear: the models are not shown to be better than the baselines.",
        "no": "No: the models have no skill on this record.",
    }[study.verdict]
    tests = " ".join(
        f"{rows.capitalize()}, window of {tested_length(study, rows)}: {test}"
        for rows, test in study.skill_tests.items()
    )
    median = ", ".join(f"{skill:.2f} on {part} rows" for part, skill in study.median_skill.items())
    detail = (
        f"Skill = 1 - mean squared error / that of the better of two baselines, {BASELINES}; "
        "1 is perfect, 0 or less is none. One-sided 5 % tests over blocks of rows, of errors "
        f"averaged over the repeats. {tests} "
        f"Median skill of {study.settings.n_repeats} repeats at the best window length: {median}. "
        + references_sentence(study)
    )
    return Answer(
        "Can friction be predicted from the recent history of the inputs?",
        verdict,
        detail,
        study.has_skill,
    )


def references_sentence(study):
    """Say which model is best on the test rows, also where it is not the network."""
    best, test = study.references.best, study.references.first_against_second
    listed = ", ".join(
        f"{model} {row['test']:.2f}"
        + (f" (window of {row['window_length']})" if row["window_length"] != "" else "")
        for model, row in best.iterrows()
    )
    first, second = (IN_A_SENTENCE.get(model, model) for model in best.index[:2])
    compared = (
        f"{first} is better than {second}"
        if test.verdict == "yes"
        else f"{second} is not distinguishable from {first}"
    )
    compared += f" ({evidence(test)})"
    worse = "" if best["test"].iloc[0] > 0 else " None is better than the baselines there."
    ahead = "" if best.index[0] == NETWORK else " The network is not the best model of this record."
    return (
        f"Skill on test rows, each model at the window length that validation rows choose: "
        f"{listed}.{worse} {compared[0].upper()}{compared[1:]}.{ahead}"
    )


def evidence(test):
    """Return the p-value of a test and its blocks, or that these are too few."""
    if test.n_blocks < FEWEST_BLOCKS:
        return (
            f"no p-value: the {test.n_rows} rows make fewer than {FEWEST_BLOCKS} blocks of at "
            f"least {test.block_length} rows"
        )
    return f"p = {test.p_value:.2g} over {test.n_blocks:.0f} blocks of {test.block_length} rows"


def _length_answer(study):
    """Say whether history matters, and which window length is recommended."""
    question = "Does history matter, and how long a history is needed?"
    if study.history is None:
        return Answer(
            question,
            "Only a window of one row was trained.",
            "Give longer window lengths to compare.",
            False,
        )
    history, lengths, settings = study.history.test, study.lengths, study.settings
    best = study.search.best_window_length_
    recommended = settings.length_of(lengths.recommended_window_length)
    if history.verdict == "yes" and study.verdict != "yes":
        # Without skill the better of two models may only be the less bad one.
        verdict = f"Not clear: the verdict on skill is {study.verdict!r}."
    elif history.verdict == "yes":
        verdict = f"History matters. Recommended: a window of {recommended}"
        verdict += (
            ", the best."
            if recommended == best
            else f", the shortest that is not distinguishable from the best, {best}."
        )
    elif history.verdict == "no":
        verdict = "No history is needed: one row predicts as well as a longer window."
    else:
        verdict = "Not clear: longer windows are not shown to be better than one row."
    table = lengths.table
    listed = "; ".join(
        f"{settings.length_of(rows)}: {row['validation_loss']:.3g} and {row['test_skill']:.2f}"
        for rows, row in table.iterrows()
    )
    detail = (
        f"Window of {study.history.window_length} against one row, over blocks of rows "
        f"({study.history.rows}): the mean squared error changes by {-history.skill:+.0%} "
        f"({evidence(history)}). {_over_seeds(study)}Mean lowest validation loss (squared units "
        f"of the target) and skill on test rows over {settings.n_repeats} repeats, by window "
        f"length: {listed}."
    )
    if lengths.best_window_length == max(settings.window_rows):
        detail += " The best length is the longest of those compared: the optimum may lie beyond."
    if not study.has_skill:
        detail += (
            " Without a yes to the first question this says little about how much history matters."
        )
    return Answer(question, verdict, detail, history.verdict == study.verdict == "yes")


def _over_seeds(study):
    """Set the two p-values of the best length against one row side by side."""
    table, best = study.lengths.table, study.lengths.best_window_length
    without = table.index[0]
    if best == without:
        return "One row has the lowest validation loss. "
    found = table.loc[without]
    return (
        f"On this split, window of {study.search.best_window_length_} against one row: "
        f"{_p_value(found['p_seeds'])} over the seeds (validation loss) and "
        f"{_p_value(found['p_blocks'])} over blocks of test rows. "
    )


def _p_value(value):
    """Return a p-value in words, where too few seeds or blocks give none."""
    return "no p-value" if pd.isna(value) else f"p = {value:.2g}"


def _ranking_answer(study):
    """Say which input matters."""
    importance, summary = study.importance, study.importance.summary()
    n_models = len(importance.relative_)
    question = "Which input matters?"
    tests = study.null_floor.tests
    listed = "; ".join(
        f"{name} {row['relative']:.2f} (floor {row['floor']:.2f}, p = "
        f"{tests.loc[name, 'p_value']:.2g}; net {row['net']:.2f}"
        + ("" if row["above_floor"] else "; not distinguishable from none")
        + ")"
        for name, row in summary.iterrows()
    )
    detail = (
        f"Relative importance, mean of {n_models} models with a skill of {importance.skill_:.2f} "
        f"(the lower median of validation and test rows): {listed}. The floor is the importance "
        f"that an irrelevant input receives, from {tests['n_surrogates'].iloc[0]:.0f} surrogates "
        "of each input in further trainings; p compares each input with its surrogates there."
    )
    for group, row in importance.group_summary().iterrows():
        detail += f" Summed, {group}: {row['relative']:.2f} (net {row['net']:.2f})."
    if n_models > 1 and len(summary) > 1:
        detail += (
            f" Agreement of the models' ranks, Kendall's W: {importance.kendall_w_:.2f} (1 is "
            f"full; permutation test, p = {importance.kendall_p_value_:.2g})."
        )
    agreement = study.permutation.spearman_of_means
    if pd.notna(agreement):
        detail += (
            " Ranked by permuting histories instead, for the model of figure 2: Spearman "
            f"correlation {agreement:.2f}."
        )
    if study.why_no_finding is not None:
        reason = f"Not interpretable: {study.why_no_finding}."
        return Answer(question, reason, "For the record only: " + detail, False)
    above = summary.index[summary["above_floor"]]
    if not len(above):
        nothing = "None is distinguishable from an input that does nothing."
        return Answer(question, nothing, detail, False)
    if len(summary) == 1:
        return Answer(question, f"{above[0]}, the only input, matters.", detail)
    return Answer(question, " > ".join(above), detail)
