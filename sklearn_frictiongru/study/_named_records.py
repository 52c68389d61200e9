"""Records that a study knows by name: the shipped one and simulated ones."""

from sklearn_frictiongru.datasets import (
    load_p655,
    make_friction_experiment,
    make_memory_regression,
)

P655_STRESS_EDGES = [70, 80, 95, 105]
EXPERIMENT_STRESS_EDGES = [0, 2, 4, 6]
MEMORY = 25
P655_NOTES = [
    "No temperature was measured on p655: the record cannot say what part temperature or its "
    "rate plays in friction.",
    "The inputs are load-point velocity, axial displacement and its rate. Load-point velocity "
    "stands in for slip velocity, whose record was computed with the shear stress.",
    "There is one run, held at two normal stresses, 75 and 100 MPa: other rocks, stresses and "
    "runs are not spoken of.",
]
SIMULATED_NOTE = (
    "This record was simulated: what is found in it shows what the method can find, and says "
    "nothing about rock."
)


def _p655(rate_kind):
    """The shipped laboratory record."""
    p655 = load_p655(rate=rate_kind)
    return {
        "X": p655.data,
        "y": p655.target,
        "condition": p655.normal_stress,
        "condition_name": "normal stress [MPa]",
        "condition_bins": P655_STRESS_EDGES,
        # The rate-and-state law describes sliding, but the first third of p655 is a loading ramp:
        # fitted to it, the law predicts nothing. So no velocity is named.
        "notes": list(P655_NOTES),
    }


def _experiment(rate_kind):
    """A simulated friction experiment; its rates are causal."""
    experiment = make_friction_experiment(random_state=0)
    return {
        "X": experiment.data,
        "y": experiment.target,
        "condition": experiment.normal_stress,
        "condition_name": "normal stress [MPa]",
        "condition_bins": EXPERIMENT_STRESS_EDGES,
        "velocity": "slip_velocity_m_s",
        "truth": {
            "causal_parents": experiment.causal_parents,
            "time_scales": experiment.time_scales,
        },
        "notes": [SIMULATED_NOTE],
    }


def _memory(rate_kind):
    """A target that is a known filter of its inputs."""
    X, y, coef = make_memory_regression(3000, memory=MEMORY, noise=0.1, random_state=0)
    return {
        "X": X,
        "y": y,
        "truth": {"memory": coef.memory, "importances": dict(coef.importances)},
        "notes": [SIMULATED_NOTE],
    }


RECORDS = {"p655": _p655, "experiment": _experiment, "memory": _memory}


def named_record(name, rate_kind):
    """Return a record that a study knows by name, as arguments of ``run_study``."""
    return RECORDS[name](rate_kind)
