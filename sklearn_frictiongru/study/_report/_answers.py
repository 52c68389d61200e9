"""The three answers of a study, as the report states them first."""

from typing import NamedTuple

import pandas as pd

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
    """Say whether friction can be predicted."""
    best = study.search.best_window_length_
    details, medians = [], {}
    for part in ("validation", "test"):
        rows = study.repeat_skill.xs(part, level="part")
        skill = rows["skill"]
        medians[part] = skill.median()
        details.append(
            f"{part}: median skill {medians[part]:.2f} over {len(skill)} repeats "
            f"({skill.min():.2f} to {skill.max():.2f}, {int((skill > 0).sum())} above 0) on "
            f"{int(rows['n_rows'].iloc[0])} rows (median mean squared error "
            f"{rows['mse'].median():.3g}, training mean {rows['mse_training_mean'].iloc[0]:.3g}, "
            f"last training value {rows['mse_last_training_target'].iloc[0]:.3g})"
        )
    if study.has_skill:
        verdict = "Yes: the models beat both baselines on validation and on test rows."
    elif medians["test"] <= 0 < medians["validation"]:
        verdict = "No: they beat the baselines on validation rows, not on test rows. No skill."
    elif medians["validation"] <= 0 < medians["test"]:
        verdict = "No: they beat the baselines on test rows, not on validation rows. No skill."
    else:
        verdict = "No: the models are no better than the baselines. No skill on this record."
    detail = (
        f"Skill = 1 - mean squared error / that of the better of two baselines, {BASELINES}; "
        f"1 is perfect, 0 or less is none. Window of {best}: " + "; ".join(details) + "."
    )
    if study.law is not None:
        skill = study.law.skill["skill"]
        detail += (
            " The rate-and-state law, fitted to the velocity of the training rows, has a skill of "
            f"{skill['validation']:.2f} on validation and {skill['test']:.2f} on test rows."
        )
    return Answer(
        "Can friction be predicted from the recent history of the inputs?",
        verdict,
        detail,
        study.has_skill,
    )


def _length_answer(study):
    """Say which window length is best and how clearly it won."""
    search, summary = study.search, study.search.summary()
    best = search.best_window_length_
    n_repeats = study.settings.n_repeats
    if len(summary) == 1:
        return Answer(
            "How long a history is needed?",
            f"Only one window length was trained: {best}.",
            "Give several window lengths to compare.",
            False,
        )
    others = summary.drop(best)
    tied = [str(length) for length in others.index[~(others["p_value"] < 0.05)]]
    verdict = {
        "clear": f"A window of {best} is best, clearly.",
        "tied": f"No clear optimum: {best} has the lowest mean loss, but "
        f"{', '.join(tied)} cannot be told apart from it.",
        "edge": f"A window of {best} is best of those compared, but stands at the end of their "
        "range: the optimum may lie beyond.",
    }[search.verdict_]
    runner_up = others["mean"].idxmin()
    detail = (
        f"Mean lowest validation loss over {n_repeats} repeats: {summary.loc[best, 'mean']:.3g} "
        f"at {best}, {others.loc[runner_up, 'mean']:.3g} at the runner-up {runner_up}; over all "
        f"lengths {summary['mean'].min():.3g} to {summary['mean'].max():.3g} (squared units of "
        "the target). Compared over common seeds on the same rows, by one-sided paired t-tests."
    )
    if not study.has_skill:
        detail += (
            " The models have no skill, so this tells how well they fit this record's validation "
            "rows, and little about how much history the rock needs."
        )
    return Answer("How long a history is needed?", verdict, detail, search.verdict_ == "clear")


def _ranking_answer(study):
    """Say which input matters."""
    importance, summary = study.importance, study.importance.summary()
    n_models = len(importance.relative_)
    question = "Which input matters?"
    listed = "; ".join(
        f"{name} {row['relative']:.2f} (net {row['net']:.2f}"
        + ("" if row["above_floor"] else "; not distinguishable from none")
        + ")"
        for name, row in summary.iterrows()
    )
    floor = study.null_floor
    detail = (
        f"Relative importance, mean of {n_models} models with a skill of {importance.skill_:.2f} "
        f"(the lower one of validation and test): {listed}. An input that does nothing still gets "
        f"up to {floor['relative']:.2f} (net {floor['net']:.2f})."
    )
    if not study.has_skill:
        return Answer(
            question,
            "Not interpretable: a model without skill says nothing about what matters.",
            "For the record only: " + detail,
            False,
        )
    above = summary.index[summary["above_floor"]]
    if not len(above):
        return Answer(
            question, "None can be told apart from an input that does nothing.", detail, False
        )
    verdict = " > ".join(above)
    for group, row in importance.group_summary().iterrows():
        detail += f" Summed, {group}: {row['relative']:.2f} (net {row['net']:.2f})."
    if n_models > 1 and summary.shape[0] > 1:
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
    return Answer(question, verdict, detail)
