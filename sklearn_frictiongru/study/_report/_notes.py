"""The notes that limit the answers of a study."""


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
    return notes
