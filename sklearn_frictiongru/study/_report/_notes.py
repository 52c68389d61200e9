"""The notes that limit the answers of a study."""

from sklearn_frictiongru.study._numbers import (
    counted,
    decimals_apart,
    fixed,
    listed,
    p_value,
    percent,
    skill_text,
)
from sklearn_frictiongru.study._references import NETWORK, PENALTIES
from sklearn_frictiongru.study._report._answers import IN_A_SENTENCE
from sklearn_frictiongru.study._report._error_places import most_of_the_error
from sklearn_frictiongru.study._report._names import label, names_in_figures
from sklearn_frictiongru.study._report._race import race_note
from sklearn_frictiongru.study._summaries import length_table
from sklearn_frictiongru.utils.blocks import enough_blocks
from sklearn_frictiongru.utils.lettering import drawable, undrawable

SHORT_WINDOW = 1.0
"""Seconds below which the longest window gets a note."""


def notes_of(study):
    """Say what limits the answers."""
    notes = [*study.notes, *study.lengths.notes]
    if not study.settings.rotations:
        notes.append(
            "The verdict is based on validation and test rows alone, which are few independent "
            "blocks; slow drift can look like skill there. Rotations test the whole record."
        )
    elif "test" in study.skill_tests and study.skill_tests["test"].verdict not in (
        study.verdict,
        "not clear",
    ):
        notes.append(
            f"The test rows alone say {study.skill_tests['test'].verdict!r}, the whole record "
            f"{study.verdict!r}: the outcome depends on which rows are tested."
        )
    most = most_of_the_error(study)
    if most:
        notes.append(f"{most} The skill over the whole record depends on these rows.")
    notes += [*_reference_notes(study.references, study.verdict), *_law_notes(study.law)]
    purge, longest = study.settings.purge, study.settings.longest_window
    if purge is not None and purge < longest - 1:
        notes.append(
            f"The purge was lowered to {purge} rows (strict would be {longest - 1}): training "
            "windows share rows with validation and test windows, so that losses and skill are "
            "better than on new data."
        )
    outside = study.outside_range[["validation_outside", "test_outside"]].max(axis=1)
    for name, share in outside[outside > 0.1].items():
        notes.append(
            f"Up to {percent(share)} of the validation or test rows have {label(study, name)} "
            "outside the range of the training rows: there the model extrapolates."
        )
    for first, second, correlation in study.importance.correlated_pairs_:
        notes.append(
            f"{label(study, first)} and {label(study, second)} are strongly correlated (Spearman "
            f"{fixed(correlation, 2)}): importance moves freely between the two; read their sum."
        )
    failed = int(study.search.results_["status"].str.startswith("failed").sum())
    if failed:
        notes.append(f"{counted(failed, 'training')} failed; sweep_results.csv names the reasons.")
    notes += race_note(study)
    best = length_table(study).loc[study.lengths.best_window_length]
    if best["n_last_epoch_best"] > 0.5 * best["n_finished"]:
        notes.append(
            f"In {best['n_last_epoch_best']:.0f} of {counted(int(best['n_finished']), 'training')} "
            "at the best window length the last epoch was the best: more epochs may lower the loss "
            "further."
        )
    return [*notes, *_short_window_notes(study.settings), *_lettering_notes(study)]


def _reference_notes(references, verdict):
    """Say where a simpler model is better than the network, and where it might still be better."""
    notes, best = [], references.best
    first = best.index[0]
    if verdict == "yes" and first != NETWORK:
        skills = best["test_averaged"]
        decimals = decimals_apart(skills[NETWORK], skills[first])
        higher = (
            f"{IN_A_SENTENCE.get(first, first)} has a higher skill on the test rows than the "
            f"network, {skill_text(skills[first], decimals)} against "
            f"{skill_text(skills[NETWORK], decimals)}"
        )
        test = references.first_against_second
        if best.index[1] != NETWORK or not enough_blocks(test.n_blocks):
            higher += ", which was not tested"
        elif test.verdict != "yes":
            higher += f", but is not distinguishable from it ({p_value(test.p_value)})"
        notes.append(f"{higher[0].upper()}{higher[1:]}.")
    setting = best.loc["ridge", "setting"]
    for end, penalty, beyond in (
        ("smallest", min(PENALTIES), "no penalty"),
        ("largest", max(PENALTIES), "the training mean"),
    ):
        if setting == f"alpha={penalty:g}":
            notes.append(
                f"Validation rows chose the {end} penalty of ridge regression that was tried, "
                f"{penalty:,.7g}: beyond it, towards {beyond}, ridge regression may be better."
            )
    return notes


def _law_notes(law):
    """Say what the record does not determine of the rate-and-state law, and what was assumed."""
    if law is None:
        return []
    table = law.model.summary()
    unknown = table.index[~table["identified"]]
    # What these say first is about the record; what follows is about the attributes of the model.
    assumed = [
        f"{warning.split('. ')[0].rstrip('.')}."
        for warning in law.warnings
        if warning.startswith(("velocity", "friction follows"))
    ]
    if len(unknown):
        names = listed(name.split(" [")[0].split(" at ")[0] for name in unknown)
        assumed.append(f"the record does not determine {names}.")
    return [f"Rate-and-state law: {text}" for text in assumed]


def _short_window_notes(settings):
    """Say in seconds how little of a record with a high sampling rate the windows see."""
    if settings.sampling_interval is None:
        return []
    seconds = settings.longest_window * settings.sampling_interval
    if seconds >= SHORT_WINDOW:
        return []
    return [
        f"The longest window, {settings.longest_window} rows, is only {seconds:.3g} s of this "
        f"record, which has a row every {settings.sampling_interval:.3g} s. Slower history is out "
        "of reach: give window lengths as times, such as '5s', or take means with resample."
    ]


def _lettering_notes(study):
    """Say which names the figures show with codes."""
    names = [name for name in dict.fromkeys(names_in_figures(study)) if undrawable([name])]
    if not names:
        return []
    return [
        "No font on this machine has all letters of these names, so that the figures show codes: "
        + "; ".join(f"{drawable(name)} is {name}" for name in names)
        + ". Install a font that has the letters, such as Noto Sans CJK for Japanese."
    ]
