"""Estimators behave as scikit-learn's own do."""

import importlib
import pkgutil

import pytest
import sklearn
from packaging.version import Version
from sklearn.base import BaseEstimator, clone
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

import sklearn_frictiongru
from tests.common.instances import (
    EXPECTED_FAILURES,
    INSTANCES,
    N_CHECKS,
    PARAMETERS_OF_CHECKS,
    expected_failures,
)

MINOR = "{0.major}.{0.minor}".format(Version(sklearn.__version__))


def name_of(check):
    return getattr(check, "func", check).__name__


def names_of_checks(estimator):
    return [name_of(check) for _, check in estimator_checks_generator(estimator)]


@parametrize_with_checks(list(INSTANCES.values()), expected_failed_checks=expected_failures)
def test_estimator_passes_the_check(estimator, check):
    needed = PARAMETERS_OF_CHECKS.get(name_of(check), {}).get(type(estimator).__name__, {})
    check(clone(estimator).set_params(**needed) if needed else estimator)


@pytest.mark.parametrize("name", INSTANCES)
def test_number_of_checks(name):
    if MINOR not in N_CHECKS:
        pytest.skip(f"the number of checks of scikit-learn {MINOR} has not been counted")
    assert len(names_of_checks(INSTANCES[name])) == N_CHECKS[MINOR][name]


def test_only_the_checks_of_row_order_may_fail_for_the_transformer_and_none_for_the_regressor():
    assert set(EXPECTED_FAILURES["SlidingWindowTransformer"]) == {
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
    }
    assert EXPECTED_FAILURES["GRUFrictionRegressor"] == {}
    assert EXPECTED_FAILURES["GRUFrictionEnsemble"] == {}


@pytest.mark.parametrize("name", INSTANCES)
def test_expected_failures_name_checks_that_run_and_a_reason(name):
    reasons = expected_failures(INSTANCES[name])
    assert set(reasons) <= set(names_of_checks(INSTANCES[name]))
    assert all(len(reason.split()) > 5 for reason in reasons.values())


def test_every_public_estimator_has_an_instance():
    public = set()
    for module in pkgutil.iter_modules(sklearn_frictiongru.__path__):
        if module.ispkg:
            room = importlib.import_module(f"sklearn_frictiongru.{module.name}")
            public |= {getattr(room, name) for name in getattr(room, "__all__", [])}
    estimators = {
        thing
        for thing in public
        if isinstance(thing, type)
        and issubclass(thing, BaseEstimator)
        and (hasattr(thing, "predict") or hasattr(thing, "transform"))
    }
    assert {type(instance) for instance in INSTANCES.values()} == estimators
