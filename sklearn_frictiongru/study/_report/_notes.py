"""The notes that limit the answers of a study."""

from sklearn_frictiongru.study._report._names import names_in_figures
from sklearn_frictiongru.utils.lettering import drawable, undrawable

SHORT_WINDOW = 1.0
"""Seconds below which the longest window gets a note."""


def notes_of(study):
    """Say what limits the answers."""
    notes = [*study.notes, *study.lengths.notes]
    if not study.settings.rotations:
        notes.append(
            "The verdict stands on the validation and test blocks alone, which few independent "
            "blocks make up; slow drift can look like skill there. Rotations test the whole record."
        )
    elif "test" in study.skill_tests and study.skill_tests["test"].verdict not in (
        study.verdict,
        "not clear",
    ):
        notes.append(
            f"The test rows alone say {study.skill_tests['test'].verdict!r}, the whole record "
            f"{study.verdict!r}: the outcome depends on which rows are tested."
        )
    if study.law is not None:
        notes += [f"Rate-and-state law: {warning}" for warning in study.law.warnings]
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
            f"Up to {share:.0%} of the validation or test rows have {name} outside of "
            "the range it was trained on: there the model extrapolates."
        )
    for first, second, correlation in study.importance.correlated_pairs_:
        notes.append(
            f"{first} and {second} are strongly correlated (Spearman "
            f"{correlation:.2f}): importance moves freely between the two; read their sum."
        )
    failed = int((study.search.results_["status"] != "finished").sum())
    if failed:
        notes.append(f"{failed} trainings failed; sweep_results.csv names the reasons.")
    results = study.search.results_
    best = results[results["window_length"] == study.search.best_window_length_]
    at_end = best["n_epochs"] == best["best_epoch"]
    if at_end.mean() > 0.5:
        notes.append(
            f"In {int(at_end.sum())} of {len(at_end)} trainings at the best window length the last "
            "epoch was the best: more epochs may lower the loss further."
        )
    return [*notes, *_short_window_notes(study.settings), *_lettering_notes(study)]


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
