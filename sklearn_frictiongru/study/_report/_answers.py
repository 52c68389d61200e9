"""The three answers of a study, as the report states them first."""

import math
from typing import NamedTuple

import pandas as pd

from sklearn_frictiongru.study._numbers import (
    counted,
    decimals_apart,
    fixed,
    listed,
    number,
    p_value,
    percent,
    skill_text,
)
from sklearn_frictiongru.study._references import LAW, NETWORK
from sklearn_frictiongru.study._report._names import label, of_target, target
from sklearn_frictiongru.study._report._race import up_to
from sklearn_frictiongru.study._summaries import accuracy_table
from sklearn_frictiongru.study._verdict import BASELINES, WHOLE_RECORD, tested_length
from sklearn_frictiongru.utils.blocks import enough_blocks, number_of_blocks, too_few_blocks
from sklearn_frictiongru.utils.units import words_of

IN_A_SENTENCE = {
    NETWORK: "the network",
    LAW: "the rate-and-state law",
    "ridge": "ridge regression",
    "boosting": "gradient boosting",
}


class Answer(NamedTuple):
    """One question, its answer in a sentence, and the sentences with its numbers."""

    question: str
    verdict: str
    detail: list[str]
    good: bool = True


def answers(study):
    """Return the three answers."""
    return [_skill_answer(study), _length_answer(study), _ranking_answer(study)]


def _skill_answer(study):
    """Say whether the target can be predicted."""
    median = " and ".join(
        f"{skill_text(skill)} on {part} rows" for part, skill in study.median_skill.items()
    )
    best = study.settings.label_of(study.search.best_window_length_)
    detail = [
        "Skill is 1 minus the mean squared error of a model over that of the better of two "
        "baselines, the training mean and the last training value before the row: 1 is perfect, "
        "0 or less is no better than the baseline.",
        f"The {_median(study)} at the best window length, {best}, is {median}.",
        _errors(study),
        *_several_skills(study),
        f"{_what_decides(study)} Each test is one-sided at 5 %, over blocks of rows. "
        f"{_tested_errors(study)}"
        "The verdict is from the higher p of the two baselines. The last training value is one "
        "number for each stretch without training rows: where it is far off by chance, p can be "
        "high although the skill is near 1.",
        *(_test_sentence(study, rows, test) for rows, test in study.skill_tests.items()),
        references_sentence(study),
    ]
    return Answer(
        f"Can {target(study)} be predicted from the recent history of the inputs?",
        _skill_verdict(study),
        detail,
        study.has_skill,
    )


def _skill_verdict(study):
    """State in a sentence whether the models have skill, and on which rows."""
    whole = study.skill_tests.get(WHOLE_RECORD)
    where = "on validation and test rows" if whole is None else "over the whole record"
    settings, best = study.settings, study.search.best_window_length_
    tested = best if whole is None else tested_length(study, WHOLE_RECORD)
    network = f"the network with a window of {settings.label_of(tested)}"
    if study.verdict == "no":
        return f"No: {network} has no skill {where}."
    if study.verdict == "yes":
        verdict = f"Yes: {network} is better than both baselines {where}"
    else:
        verdict = f"Not clear: {network} is not shown to be better than the baselines {where}"
    if whole is not None and study.verdict == "not clear":
        name, least = max(whole.against.items(), key=lambda each: each[1].p_value)
        verdict += (
            f" (against the {BASELINES[name]} the skill is {skill_text(least.skill)}, "
            f"{p_value(least.p_value)})"
        )
    worse = [
        f"{part} rows"
        for part, test in study.skill_tests.items()
        if part != WHOLE_RECORD and test.skill < 0
    ]
    if not worse:
        return f"{verdict}."
    but = "; " if study.verdict == "not clear" else ", but "
    errors = "its errors are"
    if tested != best:
        errors = f"the errors with the best window length, {settings.label_of(best)}, are"
    return f"{verdict}{but}on {listed(worse)} {errors} larger than those of the better baseline."


def _what_decides(study):
    """Say which tests the verdict follows from."""
    if WHOLE_RECORD in study.skill_tests:
        return "The test over the whole record decides."
    return "The tests on validation rows and on test rows decide together."


def _tested_errors(study):
    """Say which errors are tested."""
    said = []
    if study.settings.n_repeats > 1:
        said.append("on validation and test rows the errors are averaged over the repeats")
    if WHOLE_RECORD in study.skill_tests:
        said.append("over the whole record each row is predicted by one training of a rotation")
    return f"{_capital('; '.join(said))}. " if said else ""


def _several_skills(study):
    """Say why the skill of the network on the same rows has several values."""
    if study.settings.n_repeats == 1:
        return
    best = study.search.best_window_length_
    shown, median = study.skill.loc[(best, "test"), "skill"], study.median_skill["test"]
    yield (
        "The network has three skills on the test rows, which differ where the repeats do: "
        f"{skill_text(median)} is the median of the repeats, {skill_text(shown)} is that of "
        f"{_shown(study)}, and {skill_text(study.skill_tests['test'].skill)} is that of the errors "
        "averaged over the repeats, which is tested."
    )


def _median(study):
    """Return what the skill of the repeats is called."""
    n_repeats = study.settings.n_repeats
    return "skill" if n_repeats == 1 else f"median skill of {n_repeats:,} repeats"


def _errors(study):
    """Say the errors of the shown model on test rows, in the unit of the target."""
    best = study.search.best_window_length_
    rows = study.settings.rows_of(best)
    found = accuracy_table(study).loc[(NETWORK, rows, "test")]
    unit = of_target(study)
    return (
        f"On test rows {_shown(study)} has a root mean squared error (RMSE) of "
        f"{number(found['rmse'])}{unit} and a mean absolute error (MAE) of "
        f"{number(found['mae'])}{unit}. The RMSE of the training mean is "
        f"{number(found['rmse_training_mean'])}{unit}, that of the last training value "
        f"{number(found['rmse_last_training_value'])}{unit}."
    )


def _shown(study):
    """Return what the model of figure 2 is called."""
    return "the network" if study.settings.n_repeats == 1 else "the repeat whose loss is the median"


def _test_sentence(study, rows, test):
    """Say what a test of skill has found."""
    length = study.settings.label_of(tested_length(study, rows))
    decimals = decimals_apart(test.skill, test.skill_low, test.skill_high)
    skill = (
        f"the skill is {skill_text(test.skill, decimals)}"
        if math.isfinite(test.skill)
        else "no skill is possible, since the best baseline has no error"
    )
    where = rows if rows == WHOLE_RECORD else f"{rows} rows"
    found = f"On the {where}, with a window of {length}, {skill}"
    if math.isfinite(test.skill):
        found += f" against the {BASELINES[test.baseline]}"
    if not enough_blocks(test.n_blocks):
        reason = too_few_blocks(test.n_rows, test.n_blocks, test.longest_block)
        return f"{found}, not tested. No p-value and no bounds can be given: {reason}."
    bounds = (
        f"one-sided 95 % bounds {skill_text(test.skill_low, decimals)} and "
        f"{skill_text(test.skill_high, decimals)}"
        if math.isfinite(test.skill_low)
        else "no bounds, since the error of the baseline differs too much between the blocks"
    )
    sentence = (
        f"{found} ({bounds}), {p_value(test.against[test.baseline].p_value)};"
        f"{_against_the_other(test)} the verdict over {_blocks(test)} is {test.verdict!r}."
    )
    if test.verdict != "not clear":
        return sentence
    if not test.detectable_skill < 1:
        return f"{sentence} These rows differ too much to show any skill."
    return (
        f"{sentence} A skill of {fixed(test.detectable_skill, 2)} is found in 80 % of such "
        "records, a smaller one less often."
    )


def _against_the_other(test):
    """Say skill and p-value against the baseline with the larger error."""
    (other,) = set(BASELINES) - {test.baseline}
    found = test.against[other]
    return (
        f" against the {BASELINES[other]} it is {skill_text(found.skill)}, "
        f"{p_value(found.p_value)};"
    )


def _blocks(test):
    """Return the number of blocks of a test and their length."""
    return f"{number_of_blocks(test.n_blocks)} blocks of up to {test.longest_block:,} rows"


def evidence(test):
    """Return the p-value of a test and its blocks, or that these are too few."""
    if not enough_blocks(test.n_blocks):
        return f"no p-value: {too_few_blocks(test.n_rows, test.n_blocks, test.longest_block)}"
    return f"{p_value(test.p_value)} over {_blocks(test)}"


def references_sentence(study):
    """Say which model is best on the test rows, also where it is not the network."""
    best, test = study.references.best, study.references.first_against_second
    skills = "; ".join(
        f"{model} {skill_text(row['test_averaged'])}"
        + (
            f" with a window of {study.settings.label_of(row['window_length'])}"
            if row["window_length"] != ""
            else ""
        )
        for model, row in best.iterrows()
    )
    first, second = (IN_A_SENTENCE.get(model, model) for model in best.index[:2])
    compared = (
        f"{first} is better than {second}"
        if test.verdict == "yes"
        else f"{second} is not distinguishable from {first}"
    )
    if not enough_blocks(test.n_blocks):
        compared = f"{first} and {second} cannot be compared"
    worse = "" if best["test_averaged"].iloc[0] > 0 else " None is better than the baselines there."
    several = study.settings.n_repeats > 1
    averaged = " and the errors of the network averaged over its repeats" if several else ""
    ahead = ""
    if best.index[0] != NETWORK:
        ahead = (
            " The network is not the best model of this record."
            if test.verdict == "yes"
            else " The network does not have the highest skill there."
        )
    return (
        f"The skills on test rows, each model at the window length that validation rows choose"
        f"{averaged}, are: {skills}.{worse} {_capital(compared)} ({evidence(test)}).{ahead}"
    )


def _length_answer(study):
    """Say whether history matters, and which window length is recommended."""
    question = "Does history matter, and how long a history is needed?"
    if study.history is None:
        return Answer(
            question,
            "Only a window of one row was trained.",
            ["Longer window lengths are needed for a comparison."],
            False,
        )
    history, lengths, settings = study.history.test, study.lengths, study.settings
    detail = [
        f"On the {_where(study)}, the mean squared error with a window of "
        f"{settings.label_of(study.history.window_length)} is {_change(history.skill)} than with "
        f"one row ({evidence(history)}).",
        *_over_seeds(study),
        f"The figures and the table of window lengths show the loss and the skill of "
        f"{up_to(study)}{counted(settings.n_repeats, 'repeat')} at each window length.",
    ]
    if lengths.best_window_length == max(settings.window_rows):
        detail.append(
            "The best length is the longest of those compared: the optimum may lie beyond."
        )
    recommended = settings.label_of(settings.length_of(lengths.recommended_window_length))
    detail.append(
        f"The recommended length in the figures and tables, {recommended}, is that of this split "
        "alone; other training and validation rows may give another one."
    )
    if not study.has_skill:
        detail.append(
            "Without a yes to the first question this says little about how much history matters."
        )
    good = history.verdict == study.verdict == "yes"
    return Answer(question, _length_verdict(study), detail, good)


def _where(study):
    """Return the rows of the test of history."""
    rows = study.history.rows
    return rows if rows == WHOLE_RECORD else f"{rows} rows"


def _length_verdict(study):
    """State in a sentence whether history matters and which window length is recommended."""
    history, settings = study.history.test, study.settings
    if history.verdict != "not clear" and study.verdict != "yes":
        # Without skill the better of two models may only be the less bad one, and a window of one
        # row that is as good as a longer one does not suffice.
        return f"Not clear: the verdict on skill is {study.verdict!r}."
    if history.verdict == "no":
        return "No history is needed: one row predicts as well as a longer window."
    if history.verdict != "yes":
        return "Not clear: longer windows are not shown to be better than one row."
    recommended = settings.length_of(study.lengths.recommended_window_length)
    best = study.search.best_window_length_
    verdict = f"History matters: a window of {settings.label_of(recommended)} is recommended, "
    if recommended == best:
        return f"{verdict}the best of those compared."
    return (
        f"{verdict}the shortest that is not distinguishable from the best, "
        f"{settings.label_of(best)}."
    )


def _change(skill):
    """Say by how much a mean squared error is lower or higher, from the skill."""
    return f"{percent(abs(skill))} {'lower' if skill >= 0 else 'higher'}"


def _over_seeds(study):
    """Compare the best length with one row on this split, over seeds and over blocks."""
    table, best = study.lengths.table, study.lengths.best_window_length
    if best == table.index[0]:
        return ["One row has the lowest validation loss."]
    found = table.loc[table.index[0]]
    length = study.settings.label_of(study.settings.length_of(best))
    return [
        f"On this split, the comparison of the best length, {length}, with one row gives "
        f"{p_value(found['p_seeds'])} over the seeds (validation loss) and "
        + (
            "no p-value over blocks of test rows, since they are too few."
            if pd.isna(found["p_blocks"])
            else f"{p_value(found['p_blocks'])} over blocks of test rows."
        )
    ]


def _ranking_answer(study):
    """Say which input matters."""
    question = "Which input matters?"
    summary = study.importance.summary()
    detail = [*_importances(study), *_agreement(study)]
    if study.why_no_finding is not None:
        reason = f"Not interpretable: {study.why_no_finding}."
        return Answer(
            question, reason, ["The following numbers are not to be interpreted.", *detail], False
        )
    above = [words_of(name) for name in summary.index[summary["above_floor"]]]
    if len(summary) == 1:
        only = f"{words_of(summary.index[0])}, the only input,"
        found = "matters" if above else "is not distinguishable from its surrogates"
        return Answer(question, _capital(f"{only} {found}."), detail, bool(above))
    if not above:
        nothing = "No input is distinguishable from an irrelevant one."
        return Answer(question, nothing, detail, False)
    verdict = f"{above[0]} matters"
    if len(above) > 1:
        verdict += f" most, then {listed(above[1:])}"
    others = "" if len(above) == len(summary) else "; no other input is distinguishable from none"
    return Answer(question, _capital(f"{verdict}{others}."), detail)


def _capital(text):
    """Return a sentence with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _importances(study):
    """Say the importance of each input, and what it is compared with."""
    importance, tests = study.importance, study.null_floor.tests
    summary = importance.summary()
    if len(summary) == 1:
        yield from _against_surrogates(study)
        return
    found = "; ".join(
        f"{label(study, name)} {fixed(row['relative'], 2)} (floor {fixed(row['floor'], 2)}, "
        f"{p_value(tests.loc[name, 'p_value'])}"
        + ("" if row["above_floor"] else ", not distinguishable from none")
        + ")"
        for name, row in summary.iterrows()
    )
    n_models = len(importance.relative_)
    models, median = "one model", ""
    if n_models > 1:
        models, median = f"{n_models:,} models (mean)", "median "
    yield (
        f"The relative importances are, from {models} with a {median}skill of "
        f"{fixed(importance.skill_, 2)} (the lower of validation and test): {found}."
    )
    yield (
        "The floor is the importance that an irrelevant input receives, from "
        f"{tests['n_surrogates'].iloc[0]:.0f} surrogates of each input in further trainings; "
        "p compares each input with its surrogates there. An input is distinguishable from an "
        "irrelevant one where its mean importance is above its floor and it is above its "
        "surrogates at 5 %." + _lowest_p(tests)
    )
    for _, row in importance.group_summary().iterrows():
        names = [words_of(name) for name in str(row.name).split(" + ")]
        yield _capital(f"{listed(names)} together have a share of {fixed(row['relative'], 2)}.")


def _against_surrogates(study):
    """Say how the gradients of the only input compare with those of its surrogates."""
    test = study.null_floor.tests.iloc[0]
    yield (
        "The relative importance of the only input is 1 in every model. In further trainings it "
        f"was compared with {test['n_surrogates']:.0f} surrogates: the strongest surrogate of a "
        f"training has {fixed(test['floor'], 2)} of the mean absolute gradient of the input, on "
        f"average, {p_value(test['p_value'])}.{_lowest_p(study.null_floor.tests)}"
    )


def _lowest_p(tests):
    """Say where a p-value is as low as so many surrogates allow."""
    lowest = 1 / (1 + tests["n_surrogates"].iloc[0])
    if tests["p_value"].min() > lowest + 1e-12:
        return ""
    n_surrogates = tests["n_surrogates"].iloc[0]
    return f" With {n_surrogates:.0f} surrogates no p can be lower than {number(lowest, 2)}."


def _agreement(study):
    """Say whether models, and another measure of importance, agree on the order."""
    importance, agreement = study.importance, study.permutation.spearman_of_means
    if len(importance.relative_) > 1 and len(importance.feature_names_) > 1:
        yield (
            f"The agreement of the models' ranks, Kendall's W, is "
            f"{fixed(importance.kendall_w_, 2)} (1 is full agreement; permutation test, "
            f"{p_value(importance.kendall_p_value_)})."
        )
    if pd.notna(agreement):
        best = study.settings.label_of(study.search.best_window_length_)
        yield (
            f"The order by permuting histories instead, for {_shown(study)} with a window of "
            f"{best}, has a Spearman correlation of {fixed(agreement, 2)} with this order."
        )
