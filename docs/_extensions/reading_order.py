"""The order in which the examples of the gallery are read."""

from pathlib import Path

EXAMPLES = (
    "plot_velocity_steps",
    "plot_friction_damper",
    "plot_p655",
    "plot_published_like_study",
    "plot_window_length",
    "plot_predictions",
    "plot_importance",
    "plot_importance_conditions",
    "plot_simulated_experiment",
    "plot_leakage",
    "plot_cross_validation",
    "plot_gradient_boosting",
    "plot_rate_state",
    "plot_ensemble",
    "plot_dask",
    "plot_other_sensors",
)


def place(filename):
    """Return the place of an example in the gallery."""
    name = Path(filename).stem
    if name not in EXAMPLES:
        raise ValueError(f"{name} has no place in the gallery; add it to EXAMPLES in {__file__}")
    return EXAMPLES.index(name)
