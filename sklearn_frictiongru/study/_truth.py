"""The truth of a simulated record, and what a study has found."""

import numpy as np

from sklearn_frictiongru.utils.units import label_of

SCALES = {
    "state_s": "state, D_c / V",
    "thermocouple_s": "thermocouple, z^2 / alpha",
    "holder_loss_s": "loss to the holder",
}


SAID = {
    "clear": "a clear optimum",
    "tied": "not distinguishable from at least one other length",
    "edge": "at the end of the range compared",
}


def beside_truth(truth, *, best, target, verdict, summary, no_finding, law=None, recommended=None):
    """Say what is true of the record, and what was found.

    The best and the recommended window length and the target are given as they are to be printed.
    """
    truth = truth or {}
    caution = "" if no_finding is None else " (not interpretable)"
    said = SAID.get(verdict, verdict)
    if recommended not in (None, best):
        said += f"; recommended {recommended}"
    lines = []
    if "memory" in truth:
        lines.append(
            f"True memory: {truth['memory']} row{'s' * (truth['memory'] != 1)}. Found: best window "
            f"length {best}, {said}."
        )
    if "importances" in truth:
        lines.append(_importances(summary, truth["importances"]) + caution + ".")
    if "time_scales" in truth:
        scales = "; ".join(
            f"{SCALES.get(name, name)}: {scale:.3g} s"
            for name, scale in truth["time_scales"].items()
        )
        lines.append(f"True time scales: {scales}. Found: best window length {best}, {said}.")
    if "rate_state" in truth and law is not None:
        lines.append(_d_c(truth["rate_state"]["d_c"], law.model))
    if "causal_parents" in truth:
        lines += _parents(summary, truth["causal_parents"], target, caution)
    return lines


def _importances(summary, true):
    """Compare true importances with those found."""
    found = "; ".join(
        f"{label_of(name)} {value:.2f} (relative {summary.loc[name, 'relative']:.2f}, net "
        f"{summary.loc[name, 'net']:.2f}"
        + ("" if summary.loc[name, "above_floor"] else ", not distinguishable from none")
        + ")"
        for name, value in true.items()
    )
    return f"True importances, and those found: {found}"


def _parents(summary, parents, target, caution):
    """Compare the causes of the target in the simulator with the inputs above the floor."""
    above = list(summary.index[summary["above_floor"]])
    lines = [
        f"Causes of {target} in the simulator: {_listed(parents)}. Inputs found above the floor: "
        f"{_listed(above) or 'none'}{caution}."
    ]
    missed = [name for name in parents if name in summary.index and name not in above]
    if missed:
        lines.append(f"Causes among the inputs that are not above the floor: {_listed(missed)}.")
    others = [name for name in above if name not in parents]
    if others:
        lines.append(
            f"Above the floor without being a cause: {_listed(others)}. Such an input is related "
            f"to causes that are not among the inputs, or is an effect of {target}."
        )
    return lines


def _listed(names):
    """Return the names of columns in words."""
    return ", ".join(map(label_of, names))


def _d_c(true, law):
    """Compare the true critical slip distance with that of the fitted law."""
    found = "not identified"
    if np.all(law.identified_["d_c"]):
        value = ", ".join(f"{each:.3g}" for each in np.atleast_1d(law.d_c_))
        error = ", ".join(f"{each:.2g}" for each in np.atleast_1d(law.standard_errors_["d_c"]))
        found = f"{value} m (standard error {error} m)"
    return (
        f"True D_c: {true:.3g} m. Fitted to the training rows by the rate-and-state law: {found}."
    )
