"""What a simulator knows of a record, beside what a study has found."""

SCALES = {
    "state_s": "state, D_c / V",
    "thermocouple_s": "thermocouple, z^2 / alpha",
    "holder_loss_s": "loss to the holder",
}


def beside_truth(study):
    """Say what is true of the record beside what was found."""
    truth = study.truth or {}
    lines = []
    best = study.search.best_window_length_
    if "memory" in truth:
        lines.append(
            f"true memory: {truth['memory']} rows; found: best window length {best} "
            f"({_verdict(study)})"
        )
    if "importances" in truth:
        lines.append(_importances(study, truth["importances"]))
    if "time_scales" in truth:
        scales = "; ".join(
            f"{SCALES.get(name, name)}: {seconds:.3g} s"
            for name, seconds in truth["time_scales"].items()
        )
        lines.append(
            f"true time scales: {scales}; found: best window {_seconds(study, best)} "
            f"({_verdict(study)})"
        )
    if "causal_parents" in truth:
        lines += _parents(study, truth["causal_parents"])
    return lines


def _verdict(study):
    """Return how clearly the best window length won."""
    compared = len(study.settings["window_lengths"]) > 1
    return study.search.verdict_ if compared else "the only one"


def _seconds(study, best):
    """Return the best window length as a time, where the record has one."""
    rows = dict(zip(study.settings["window_lengths"], study.settings["window_rows"], strict=True))[
        best
    ]
    return f"{rows * (study.settings['sampling_interval'] or 1):g} s"


def _importances(study, true):
    """Set true importances beside those found."""
    summary = study.importance.summary()
    found = "; ".join(
        f"{name} {value:.2f} (relative {summary.loc[name, 'relative']:.2f}, net "
        f"{summary.loc[name, 'net']:.2f}"
        + ("" if summary.loc[name, "above_floor"] else ", not distinguishable from none")
        + ")"
        for name, value in true.items()
    )
    return f"true importances, and found: {found}" + _caution(study)


def _parents(study, parents):
    """Set the causes of friction in the simulator beside the inputs above the floor."""
    summary = study.importance.summary()
    above = list(summary.index[summary["above_floor"]])
    lines = [
        f"causal parents of friction in the simulator: {', '.join(parents)}; inputs found above "
        f"the floor: {', '.join(above) or 'none'}" + _caution(study)
    ]
    others = [name for name in above if name not in parents]
    if others:
        lines.append(
            f"above the floor without being a causal parent: {', '.join(others)}. They tell the "
            "network of parents that it is not shown, or follow friction instead of causing it."
        )
    return lines


def _caution(study):
    return "" if study.has_skill else " (not interpretable: no skill)"
