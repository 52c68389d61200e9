"""What a search compares, and by which scores, checked before anything is trained."""

import numpy as np
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection._scoring import windowed_scorer
from sklearn_frictiongru.model_selection._split_checks import check_splits, check_training_windows
from sklearn_frictiongru.model_selection._train_once import final_step
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, WindowArray

DEFAULT_SCORING = "neg_mean_squared_error"


def window_step_of(estimator):
    """Return the name of a pipeline's window step, or None."""
    if isinstance(estimator, Pipeline):
        for name, step in estimator.steps:
            if isinstance(step, SlidingWindowTransformer):
                return name
    return None


def window_rows(estimator, window_step, candidate_params, runs, X):
    """Return the rows of each candidate's window, checked against the runs."""
    if window_step is None:
        return [X.window_length if isinstance(X, WindowArray) else 1] * len(candidate_params)
    given = estimator.get_params()[f"{window_step}__window_length"]
    lengths = [params.get(f"{window_step}__window_length", given) for params in candidate_params]
    rows = [runs.rows_of(length) for length in lengths]
    longest_run = int(runs.history.max())
    for length, n_rows in zip(lengths, rows, strict=True):
        if n_rows > longest_run:
            raise ValueError(
                f"window length {length!r} ({n_rows} rows) is longer than the longest run of "
                f"X ({longest_run} rows, n_samples={runs.n_rows}); leave it out or give "
                "longer runs."
            )
    return rows


def candidate_estimator(estimator, window_step, params, longest_rows):
    """Return the estimator of a candidate, comparable with the longest window."""
    candidate = clone(estimator).set_params(**clone(params, safe=False))
    if window_step is None:
        return candidate
    candidate.set_params(**{f"{window_step}__min_history": longest_rows})
    name, final = candidate.steps[-1]
    if final.get_params(deep=False).get("purge", 0) is None:
        candidate.set_params(**{f"{name}__purge": longest_rows - 1})
    return candidate


def scorers_by_name(scoring, window_step, longest_rows):
    """Return the scorers of out-of-fold predictions by name."""
    scoring = scoring or DEFAULT_SCORING
    if isinstance(scoring, list | tuple):
        scoring = {name: name for name in scoring}
    elif not isinstance(scoring, dict):
        scoring = {"score": scoring}
    return {
        name: complete_rows_scorer(scorer, window_step, longest_rows)
        for name, scorer in scoring.items()
    }


def complete_rows_scorer(scoring, window_step, longest_rows):
    """Return a scorer that counts rows with a full history only."""
    # Unknown names are an error before anything is trained.
    scorer = get_scorer(scoring)
    if window_step is None and longest_rows == 1:
        return scorer
    return windowed_scorer(scoring, longest_rows)


def check_refit(refit, scorers, multimetric):
    """Raise if several scorers leave open which of them decides."""
    if multimetric and "time" in scorers:
        raise ValueError(
            "a scorer is named 'time', but score_time is what scoring took; expected another name."
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
            f"refit is {refit!r}; with several scorers expected the name of the one "
            f"that decides, one of {list(scorers)}, a callable, or False."
        )


def check_windows_of_splitters(cv, estimator, runs, longest_rows):
    """Raise if a splitter of the search or of the regressor is made for shorter windows."""
    final = final_step(estimator)
    params = final.get_params(deep=False) if hasattr(final, "get_params") else {}
    for name, splitter in (("cv", cv), ("validation", params.get("validation"))):
        length = getattr(splitter, "window_length", None)
        if length is None or getattr(splitter, "purge", None) is not None:
            continue
        if runs.rows_of(length) < longest_rows:
            raise ValueError(
                f"{name}={splitter!r} is made for windows of {length!r}, but the longest of "
                f"window_lengths has {longest_rows} rows: training windows would share rows with "
                "those it tests. Set its window_length to the longest one."
            )


def check_room_to_train(cv, splits, runs, window_step, candidates, n_rows, X, y):
    """Raise if the splits leak, or leave a run too short to train on.

    The window of each candidate has one of `n_rows`.
    """
    if cv is not None:
        lowered = getattr(cv, "purge", None) is not None
        check_splits(splits, runs, max(n_rows), f"cv={cv!r}", may_share=lowered)
    elif window_step is not None:
        check_training_windows(candidates[int(np.argmax(n_rows))], X, y)
