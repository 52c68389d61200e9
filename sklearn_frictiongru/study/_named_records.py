"""Records that a study knows by name: the shipped one and simulated ones."""

from sklearn_frictiongru.datasets import (
    load_p655,
    make_friction_experiment,
    make_memory_regression,
    make_velocity_steps,
)
from sklearn_frictiongru.study._preparation import rates_sentence

P655_START = 1750
"""From where friction has built up [s]: before, the record is a loading ramp."""
EXPERIMENT_STRESS_EDGES = [0, 2, 4, 6]
MEMORY = 25
VELOCITY_STEPS = {
    "duration": 32000,
    "sampling_interval": 4,
    "velocities": (2e-7, 3e-7, 4.5e-7, 6.7e-7, 1e-6, 1.5e-6, 2.2e-6, 3.3e-6, 5e-6),
    "hold": (40, 120),
    "b": 0.012,
    "d_c": 1e-5,
    "noise": 0.0005,
    "random_state": 3,
}
"""A record that forgets within 200 s, 50 rows: longer windows hold nothing more to learn. With b =
0.012 and this seed the present velocity says next to nothing of friction."""
P655_NOTES = [
    f"The rows before {P655_START:,} s, in which friction builds up while the sample is loaded, "
    "are left out.",
    "No temperature was measured on p655: the record cannot say whether temperature or its rate "
    "matters for friction.",
    "The inputs are load-point velocity, axial displacement and its rate. Load-point velocity "
    "replaces slip velocity, whose record was computed with the shear stress.",
    "There is one run, held at two normal stresses, 75 and 100 MPa: the results say nothing about "
    "other rocks, stresses or runs.",
]
P655_CITATION = (
    "p655, double-direct shear of intact Ghost Rocks (Kodiak, Alaska), 23 May 2005. Leeman "
    "Geophysical LLC (2020). pylook, version 0.1.1 [computer software], file p655intact100l"
)
P655_LEFT_OUT = (
    f"Rows before {P655_START:,} s, in which friction builds up while the sample is loaded, were "
    "left out."
)
P655_RATES = ("the displacement of the load point", "axial displacement")
SIMULATED_CITATION = "{}, simulated with {}() of sklearn_frictiongru"
LICENCE = "BSD-3-Clause"
"""Of pylook, and of this package with its simulations."""
SIMULATED_NOTE = (
    "This record was simulated: what is found in it shows what the method can find, and says "
    "nothing about a real sample."
)
VELOCITY_STEPS_NOTE = (
    "This record was selected: four sets of simulation parameters were tried, and of five records "
    "of the last one, with different seeds, that in which a single row predicts friction least was "
    "taken. Its results are an example."
)
EXPERIMENT_NOTE = (
    "Slip is fast here (0.004 m/s), so that the state of the surface changes within milliseconds: "
    "one row predicts friction nearly as well as a long window. In the record velocity_steps "
    "history matters."
)


def _p655(rate_kind):
    """The shipped laboratory record."""
    p655 = load_p655(rate=rate_kind)
    return {
        "X": p655.data.loc[P655_START:],
        "y": p655.target.loc[P655_START:],
        "condition": p655.normal_stress.loc[P655_START:],
        "condition_name": "normal stress [MPa]",
        # The load point is held and stepped while the sample creeps on: fitted to its velocity, the
        # rate-and-state law has a skill below -10. So no velocity is named.
        "notes": list(P655_NOTES),
        "source": {
            "citation": P655_CITATION,
            "licence": LICENCE,
            "preparation": f"{P655_LEFT_OUT} {rates_sentence(P655_RATES, rate_kind)}",
        },
    }


def _velocity_steps(rate_kind):
    """Simulated velocity steps at slow slip; they have no rates."""
    steps = make_velocity_steps(**VELOCITY_STEPS)
    velocity = steps.feature_names[0]
    # Those of the slowest, the middle and the fastest velocity: more would overlap.
    scales = list(steps.time_scales.items())
    scales = [scales[0], scales[len(scales) // 2], scales[-1]]
    return {
        "X": steps.data,
        "y": steps.target,
        "velocity": velocity,
        "log": [velocity],
        "truth": {"time_scales": dict(scales), "rate_state": steps.rate_state},
        "notes": [SIMULATED_NOTE, VELOCITY_STEPS_NOTE],
        "source": _simulated("velocity_steps", "make_velocity_steps"),
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
        "notes": [SIMULATED_NOTE, EXPERIMENT_NOTE],
        "source": _simulated(
            "experiment",
            "make_friction_experiment",
            rates_sentence(("temperature", "axial displacement"), "causal"),
        ),
    }


def _memory(rate_kind):
    """A target that is a known filter of its inputs."""
    X, y, coef = make_memory_regression(3000, memory=MEMORY, noise=0.1, random_state=0)
    return {
        "X": X,
        "y": y,
        "truth": {"memory": coef.memory, "importances": dict(coef.importances)},
        "notes": [SIMULATED_NOTE],
        "source": _simulated("memory", "make_memory_regression"),
    }


def _simulated(name, function, further=""):
    """Return the source of a simulated record."""
    return {
        "citation": SIMULATED_CITATION.format(name, function),
        "licence": LICENCE,
        "preparation": f"The record was simulated with the function {function}. {further}".rstrip(),
    }


RECORDS = {
    "velocity_steps": _velocity_steps,
    "p655": _p655,
    "experiment": _experiment,
    "memory": _memory,
}


def named_record(name, rate_kind):
    """Return a record that a study knows by name, as arguments of ``run_study``."""
    return RECORDS[name](rate_kind)
