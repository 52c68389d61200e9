"""What a simulator knows of a record, beside what a study has found."""

import numpy as np

SCALES = {
    "state_s": "state, D_c / V",
    "thermocouple_s": "thermocouple, z^2 / alpha",
    "holder_loss_s": "loss to the holder",
}


def beside_truth(truth, *, best, seconds, verdict, summary, no_finding, law=None):
    """Say what is true of the record beside what was found.

    The best window length is `best` rows or `seconds` seconds long.
    """
    truth = truth or {}
    caution = "" if no_finding is None else " (not interpretable)"
    lines = []
    if "memory" in truth:
        lines.append(
            f"true memory: {truth['memory']} rows; found: best window length {best} ({verdict})"
        )
    if "importances" in truth:
        lines.append(_importances(summary, truth["importances"]) + caution)
    if "time_scales" in truth:
        scales = "; ".join(
            f"{SCALES.get(name, name)}: {scale:.3g} s"
            for name, scale in truth["time_scales"].items()
        )
        lines.append(f"true time scales: {scales}; found: best window {seconds:g} s ({verdict})")
    if "rate_state" in truth and law is not None:
        lines.append(_d_c(truth["rate_state"]["d_c"], law.model))
    if "causal_parents" in truth:
        lines += _parents(summary, truth["causal_parents"], caution)
    return lines


def _importances(summary, true):
    """Set true importances beside those found."""
    found = "; ".join(
        f"{name} {value:.2f} (relative {summary.loc[name, 'relative']:.2f}, net "
        f"{summary.loc[name, 'net']:.2f}"
        + ("" if summary.loc[name, "above_floor"] else ", not distinguishable from none")
        + ")"
        for name, value in true.items()
    )
    return f"true importances, and found: {found}"


def _parents(summary, parents, caution):
    """Set the causes of friction in the simulator beside the inputs above the floor."""
    above = list(summary.index[summary["above_floor"]])
    lines = [
        f"causal parents of friction in the simulator: {', '.join(parents)}; inputs found above "
        f"the floor: {', '.join(above) or 'none'}{caution}"
    ]
    others = [name for name in above if name not in parents]
    if others:
        lines.append(
            f"above the floor without being a causal parent: {', '.join(others)}. They tell the "
            "network of parents that it is not shown, or follow friction instead of causing it."
        )
    return lines


def _d_c(true, law):
    """Set the true critical slip distance beside that of the fitted law."""
    found = "not identified"
    if np.all(law.identified_["d_c"]):
        value = ", ".join(f"{each:.3g}" for each in np.atleast_1d(law.d_c_))
        error = ", ".join(f"{each:.2g}" for each in np.atleast_1d(law.standard_errors_["d_c"]))
        found = f"{value} m (standard error {error} m)"
    return f"true D_c: {true:.3g} m; fitted to the training rows by the rate-and-state law: {found}"
