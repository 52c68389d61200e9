"""The candidates and scorers of a search, checked before anything is trained."""

from sklearn.base import clone
from sklearn.metrics import get_scorer

from sklearn_frictiongru.model_selection._scoring import windowed_scorer
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    SlidingWindowTransformer,
    find_window_steps,
)
from sklearn_frictiongru.utils.nested import nested_estimators

DEFAULT_SCORING = "neg_mean_squared_error"


def candidate_of(estimator, params):
    """Return an estimator with the parameters of a candidate."""
    return clone(estimator).set_params(**clone(params, safe=False))


def on_common_rows(candidate, longest_rows):
    """Return a candidate that trains on the rows available for the longest window."""
    if not find_window_steps(candidate):
        return candidate
    settings = {}
    for nested in nested_estimators(candidate):
        if not nested.settable:
            continue
        if isinstance(nested.estimator, SlidingWindowTransformer):
            settings[nested.parameter("min_history")] = longest_rows
        elif isinstance(nested.estimator, GRUFrictionEnsemble) and not nested.estimator.estimator:
            member = GRUFrictionRegressor(purge=longest_rows - 1)
            settings[nested.parameter("estimator")] = member
        elif nested.own_params().get("purge", 0) is None:
            settings[nested.parameter("purge")] = longest_rows - 1
    return candidate.set_params(**settings)


def scorers_by_name(scoring, longest_rows, max_gap, windowed):
    """Return the scorers of out-of-fold predictions by name."""
    scoring = scoring or DEFAULT_SCORING
    if isinstance(scoring, list | tuple):
        scoring = {name: name for name in scoring}
    elif not isinstance(scoring, dict):
        scoring = {"score": scoring}
    return {
        name: complete_rows_scorer(scorer, longest_rows, max_gap, windowed)
        for name, scorer in scoring.items()
    }


def complete_rows_scorer(scoring, longest_rows, max_gap, windowed):
    """Return a scorer that counts rows with a full history only."""
    # Unknown names are an error before anything is trained.
    scorer = get_scorer(scoring)
    if isinstance(scorer, windowed_scorer) or (not windowed and longest_rows == 1):
        return scorer
    # Only if there is one: the key of a stored training includes all attributes of a scorer.
    options = {} if max_gap is None else {"max_gap": max_gap}
    return windowed_scorer(scoring, longest_rows, **options)


def check_refit(refit, scorers, multimetric):
    """Raise if it is not given which of several scorers decides."""
    if multimetric and "time" in scorers:
        raise ValueError(
            "a scorer is named 'time', but score_time is the time of scoring; use another name."
        )
    if isinstance(refit, str) and not multimetric:
        raise ValueError(
            f"refit is {refit!r}, the name of a scorer, but there are not several; "
            "expected True or False, or scorers by name in scoring."
        )
    if not multimetric or refit is False or callable(refit):
        return
    if refit not in scorers:
        raise ValueError(
            f"refit is {refit!r}; with several scorers expected the name of the scorer "
            f"that decides, one of {list(scorers)}, a callable, or False."
        )
