"""The estimators under scikit-learn's checks, with what each may fail and why."""

from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import RepeatedSeedSearchCV, WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import RateOfChange, SlidingWindowTransformer
from sklearn_frictiongru.rate_state import RateStateRegressor

FAST_NETWORK = {
    "conv_channels": 4,
    "kernel_size": 1,
    "hidden_size": 8,
    "n_gru_layers": 1,
    "lr": 0.05,
    "random_state": 0,
}

INSTANCES = {
    "windows": SlidingWindowTransformer(3),
    "flattened windows": SlidingWindowTransformer(3, flatten=True),
    "rates": RateOfChange(),
    "regressor": GRUFrictionRegressor(**FAST_NETWORK, max_epochs=8),
    "ensemble": GRUFrictionEnsemble(
        GRUFrictionRegressor(**FAST_NETWORK, max_epochs=8), n_estimators=2, random_state=0
    ),
    "search": RepeatedSeedSearchCV(
        GRUFrictionRegressor(**FAST_NETWORK, max_epochs=4, batch_size=4),
        {"lr": [0.01, 0.05]},
        n_repeats=1,
        random_state=0,
    ),
    "sweep": WindowLengthSearchCV(
        make_pipeline(
            SlidingWindowTransformer(),
            # Some checks fit ten rows; a batch must not be larger than what is left of them.
            GRUFrictionRegressor(**FAST_NETWORK, max_epochs=2, batch_size=4),
        ),
        [2, 3],
        n_repeats=1,
        random_state=0,
    ),
    # The data of the checks slips by metres a second.
    "rate and state": RateStateRegressor(v0=1.0, d_c_bounds=(0.1, 100.0)),
}

WITHOUT_ORDER = {"validation": None, "precision": "float64"}
"""All rows in one batch and none at the end that validates, so that their order has no say."""

PARAMETERS_OF_CHECKS = {
    # The check shuffles the rows of one of two fits that are to be the same.
    "check_sample_weight_equivalence_on_dense_data": {
        "GRUFrictionRegressor": WITHOUT_ORDER,
        "GRUFrictionEnsemble": {
            f"estimator__{name}": value for name, value in WITHOUT_ORDER.items()
        },
    },
}
"""Parameters that a check needs, by its name and the class, as scikit-learn keeps for its own."""

ORDER_OF_ROWS = {
    "check_methods_sample_order_invariance": (
        "a window, a rate or a state is made of the rows before its row, so the order matters"
    ),
    "check_methods_subset_invariance": (
        "a window, a rate or a state is made of the rows before its row, so a row alone has another"
    ),
}

EXPECTED_FAILURES = {
    "SlidingWindowTransformer": ORDER_OF_ROWS,
    "RateOfChange": ORDER_OF_ROWS,
    "GRUFrictionRegressor": {},
    "GRUFrictionEnsemble": {},
    "RepeatedSeedSearchCV": {
        "check_dtype_object": (
            "an error inside a training is kept in results_, and where all trainings fail the "
            "search ends in a ValueError that quotes it, as GridSearchCV does; the check "
            "demands the TypeError itself"
        ),
    },
    "WindowLengthSearchCV": ORDER_OF_ROWS,
    "RateStateRegressor": ORDER_OF_ROWS,
}
"""Why each check may fail, by class."""

N_CHECKS = {
    "1.6": dict.fromkeys(("windows", "flattened windows", "rates"), 46)
    | {"regressor": 59, "ensemble": 59, "search": 51, "sweep": 51, "rate and state": 51},
    "1.9": dict.fromkeys(("windows", "flattened windows", "rates"), 47)
    | {"regressor": 60, "ensemble": 60, "search": 52, "sweep": 52, "rate and state": 52},
}
"""Number of checks that scikit-learn runs on each instance, by its minor version."""


def expected_failures(estimator):
    """Return the reasons by name of check, as scikit-learn asks for them."""
    return EXPECTED_FAILURES[type(estimator).__name__]
