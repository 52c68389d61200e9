"""Whether an interruption ends one training, or the caller's loop over trainings."""

import sys

PASS_FIT_ON = (
    "sklearn.base",
    "sklearn.pipeline",
    "sklearn.compose",
    "sklearn.utils",
    "sklearn.callback",
)
"""Modules of scikit-learn whose functions fit once, not one estimator after the other."""


def raise_in_loops():
    """Raise KeyboardInterrupt in a fit that one of scikit-learn's loops has called.

    If the training kept its state and returned, the loop, such as that of `cross_val_score`,
    would continue with the next training.
    """
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("sklearn.") and not module.startswith(PASS_FIT_ON):
            raise KeyboardInterrupt(f"interrupted while {module} trained one of several models")
        frame = frame.f_back
