"""The sweep over window lengths, and what is taken from it."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.logarithm import log10_step

MOST_SHOWN = 4
"""Window lengths whose predictions are shown."""


def set_up(regressor, settings, holdout):
    """Return the regressor to train, with the parameters that the protocol sets."""
    if regressor is None:
        # Ten times fewer batches than in the published protocol want larger steps.
        regressor = GRUFrictionRegressor(lr=0.003)
    return clone(regressor).set_params(
        max_epochs=settings.max_epochs,
        stride=settings.stride,
        purge=settings.purge,
        validation=holdout,
    )


def sweep_lengths(regressor, settings, X, y, trainings, goal):
    """Train every window length with every seed, or those that a race needs for its goal."""
    steps = [("log", log10_step(settings.log))] if settings.log else []
    window = SlidingWindowTransformer(max_gap=settings.max_gap)
    search = WindowLengthSearchCV(
        Pipeline([*steps, ("window", window), ("gru", regressor)]),
        settings.window_lengths,
        n_repeats=settings.n_repeats,
        keep_estimators="all",
        elimination_alpha=settings.eliminate,
        elimination_goal="best" if settings.eliminate is None else goal,
        **trainings,
    )
    return search.fit(X, y)


def shown_lengths_of(search, recommended):
    """Choose up to four window lengths whose predictions are shown, and name the roles of each."""
    rows = search.results_.groupby("window_length", sort=False)["rows"].first()
    by_rows = list(rows.sort_values().index)
    roles = {
        "shortest": by_rows[0],
        "longest": by_rows[-1],
        "recommended": recommended,
        "best": search.best_window_length_,
    }
    others = [length for length in by_rows if length not in roles.values()]
    if others and len(set(roles.values())) < MOST_SHOWN:
        middle = len(by_rows) / 2
        roles["medium"] = min(others, key=lambda length: abs(by_rows.index(length) - middle))
    given_up = repeats_before_given_up(search)
    return {
        length: ", ".join(
            [role for role, of_role in roles.items() if of_role == length]
            + ["given up"] * (length in given_up)
        )
        for length in by_rows
        if length in roles.values()
    }


def repeats_before_given_up(search):
    """Return the number of repeats after which each window length was given up, of those that were.

    A dict by window length as given.
    """
    given_up = search.results_["status"].str.startswith("given up")
    counts = (~given_up).groupby(search.results_["window_length"], sort=False).sum()
    return {
        length: int(counts[length])
        for length in dict.fromkeys(search.results_["window_length"][given_up])
    }


def longer_and_without(lengths, settings):
    """Return the best of the window lengths with history, and the length without."""
    without = settings.length_of(min(settings.window_rows))
    longer = lengths.longer_window_length
    return (without if longer is None else settings.length_of(longer)), without


def rotated_length_of(search, settings, lengths):
    """Return the window length whose models are tested over the whole record.

    The recommended one. A single row is recommended also where the sweep is too small to tell it
    from the best: then a test of one row would not answer for models with history.
    """
    recommended = settings.length_of(lengths.recommended_window_length)
    best, without = search.best_window_length_, settings.length_of(min(settings.window_rows))
    return best if recommended == without else recommended


def middle_repeats(search):
    """Return the number of the repeat with the median loss at each window length."""
    return {
        length: next(
            i for i, model in enumerate(models) if model is search.median_estimator(length)
        )
        for length, models in search.estimators_by_length_.items()
    }
