"""The truth of a simulated record beside what was found."""

from sklearn_frictiongru.study._report._page import formulas


def test_what_is_true_stands_beside_what_was_found(beside_the_law):
    study = beside_the_law
    page = study.report.read_text(encoding="utf-8")
    memory, importances, parents = study.beside_truth[:3]
    best = study.settings.label_of(study.search.best_window_length_)
    assert memory.startswith(f"True memory: 1 row. Found: best window length {best}, ")
    summary = study.importance.summary()
    assert f"slip velocity [m/s] 1.00 (relative {summary['relative'].iloc[0]:.2f}" in importances
    assert "bystander 0.00" in importances
    assert "Inputs found above the floor: slip velocity [m/s]" in parents
    for line in study.beside_truth:
        assert formulas(line) in page
    caution = "(not interpretable)"
    assert (caution in parents) == (caution in importances) == (study.why_no_finding is not None)
