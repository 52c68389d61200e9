"""Statistics over several models and several runs."""

import numpy as np
import pandas as pd
from scipy.stats import permutation_test, rankdata

from sklearn_frictiongru.inspection._reduction import shares
from sklearn_frictiongru.utils.units import split_unit

STRONG_CORRELATION = 0.9
CONFIDENCE = 0.95
N_PERMUTATIONS = 9999


def ranks_of(table):
    """Rank the inputs of each model."""
    ranks = rankdata(-table.to_numpy(), method="min", axis=1).astype(int)
    return pd.DataFrame(ranks, index=table.index, columns=table.columns)


def kendall_w(importances, random_state=0):
    r"""Return Kendall's coefficient of concordance and its p-value.

    For m models and n inputs with sums of ranks :math:`R_f` it is
    :math:`W = 12 \sum_f (R_f - \bar R)^2 / (m^2 (n^3 - n) - m \sum_m T_m)`, with
    :math:`T_m = \sum (t^3 - t)` over groups of t equal importances. The p-value is that
    of a permutation test: the share of permutations of the ranks of each model that agree
    as much.
    """
    n_models, n_features = importances.shape
    ranks = rankdata(importances, axis=1)
    ties = 0
    for of_model in ranks:
        _, counts = np.unique(of_model, return_counts=True)
        ties += (counts**3 - counts).sum()
    largest = n_models**2 * (n_features**3 - n_features) - n_models * ties
    if n_models < 2 or largest <= 0:
        return float("nan"), float("nan")

    def concordance(*of_models, axis=-1):
        totals = np.sum(of_models, axis=0)
        deviations = totals - totals.mean(axis=axis, keepdims=True)
        return 12 * (deviations**2).sum(axis=axis) / largest

    test = permutation_test(
        list(ranks),
        concordance,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=N_PERMUTATIONS,
        alternative="greater",
        random_state=np.random.default_rng(random_state),
    )
    return float(test.statistic), float(test.pvalue)


def bootstrap_intervals(importances, names, n_bootstrap, random_state):
    """Return intervals of the mean relative and net importance.

    Whole runs and whole models are drawn with replacement, runs within each model the
    same: neighbouring windows share almost all their rows, so they are never drawn
    individually. With a single run only models are drawn, and with a single model only runs.
    """
    n_models, rows_by_run = len(importances), importances[0].rows_by_run
    n_runs = len(rows_by_run)
    drawn = " and ".join(
        what for what, number in (("runs", n_runs), ("models", n_models)) if number > 1
    )
    columns = ["relative_low", "relative_high", "net_low", "net_high"]
    if not drawn:
        return pd.DataFrame(np.nan, index=pd.Index(names), columns=columns), "nothing"
    rng = np.random.default_rng(random_state)
    runs = rng.multinomial(n_runs, np.full(n_runs, 1 / n_runs), size=n_bootstrap)
    models = rng.multinomial(n_models, np.full(n_models, 1 / n_models), size=n_bootstrap)
    weights = runs * rows_by_run
    weights = weights / weights.sum(axis=1, keepdims=True)
    means = {"relative": 0.0, "net": 0.0}
    for number, importance in enumerate(importances):
        signed = np.tensordot(weights, importance.signed_by_lag_by_run, axes=1)
        of_models = models[:, number, None] / n_models
        means["relative"] += of_models * shares(weights @ importance.raw_by_run)
        means["net"] += of_models * shares(np.abs(signed).sum(axis=1))
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    bounds = np.vstack([np.quantile(means[name], tails, axis=0) for name in means])
    return pd.DataFrame(bounds.T, index=pd.Index(names), columns=columns), drawn


def correlated_pairs(rows, names):
    """Return the pairs of inputs that are strongly correlated over the rows."""
    correlation = pd.DataFrame(rows, columns=names).corr(method="spearman")
    return [
        (first, second, float(correlation.loc[first, second]))
        for i, first in enumerate(names)
        for second in names[i + 1 :]
        if abs(correlation.loc[first, second]) > STRONG_CORRELATION
    ]


def input_groups(names, pairs):
    """Join inputs between which importance can move."""
    quantities = {split_unit(name)[0]: name for name in names}
    joined = [(first, second) for first, second, _ in pairs]
    joined += [
        (name, quantities[rate])
        for quantity, name in quantities.items()
        # Where the unit per second has no name, the unit stays in the rate's name.
        for rate in (f"{quantity}_rate", f"{name}_rate")
        if rate in quantities
    ]
    group_of = {name: name for name in names}
    for first, second in joined:
        kept, dropped = group_of[first], group_of[second]
        group_of = {name: kept if of == dropped else of for name, of in group_of.items()}
    groups = pd.Series(names, index=names).groupby(group_of, sort=False).agg(list)
    return {" + ".join(members): members for members in groups if len(members) > 1}
