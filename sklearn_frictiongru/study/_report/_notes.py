"""The notes that limit the answers of a study."""

from sklearn_frictiongru.study._references import NETWORK
from sklearn_frictiongru.study._report._answers import IN_A_SENTENCE
from sklearn_frictiongru.study._report._names import label, names_in_figures
from sklearn_frictiongru.study._report._numbers import counted, fixed, listed, percent
from sklearn_frictiongru.study._report._race import race_note
from sklearn_frictiongru.study._summaries import length_table
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
    first, test = study.references.best.index[0], study.references.first_against_second
    if study.verdict == "yes" and first != NETWORK and test.verdict == "yes":
        notes.append(
            "The network is not the best model of this record: "
            f"{IN_A_SENTENCE.get(first, first)} has a lower error on the test rows."
        )
    notes += _law_notes(study.law)
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
