"""What a search hands on beside X and y, by metadata routing or without it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.utils.metadata_routing import MethodMapping, process_routing
from sklearn.utils.validation import _check_method_params

from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.validation import check_same_index, index_of

SCORER = "scorer_"
"""What the name of a scorer begins with among those that a search routes metadata to."""


@dataclass(frozen=True)
class SearchMetadata:
    """What `fit` of a search was given beside X and y, by who gets it."""

    of_fit: dict[str, Any]
    of_split: dict[str, Any]
    # By the name of the scorer.
    of_scorers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def labels(self):
        """Run labels that the window step sees; None where it sees none."""
        return self.of_fit.get("groups")

    def runs(self, X, max_gap, *, windowed):
        """Return the runs of X as the window step sees them."""
        options = {} if isinstance(X, WindowArray) else {"max_gap": max_gap}
        runs = Runs.of(X, groups=self.labels, **options)
        groups = self.of_split.get("groups")
        if groups is not None and self.labels is None and windowed:
            _check_groups_reach_windows(X, runs, groups)
        return runs


def metadata_of_fit(search, X, params):
    """Return what `fit` of a search was given, by who gets it."""
    for name, values in params.items():
        check_same_index(X, values, name)
    params = _check_method_params(X, {k: v for k, v in params.items() if v is not None})
    if not params or not get_config()["enable_metadata_routing"]:
        groups = {name: params.pop(name) for name in ("groups",) if name in params}
        return SearchMetadata(params, groups if search.cv is not None else {})
    routed = process_routing(search, "fit", **params)
    return SearchMetadata(
        dict(routed.estimator.fit),
        dict(routed.splitter.split) if search.cv is not None else {},
        {
            name.removeprefix(SCORER): dict(wanted.score)
            for name, wanted in routed.items()
            if name.startswith(SCORER)
        },
    )


def routed_to_best(search, method, params, scorer=None):
    """Return what the best estimator, or a scorer, gets in `predict` or `score` of a search."""
    if not params or not get_config()["enable_metadata_routing"]:
        return params
    routed = process_routing(search, method, **params)
    return routed.estimator[method] if scorer is None else routed[SCORER + scorer].score


def add_scorers_to(router, scorers):
    """Route metadata to those of some scorers that can ask for it."""
    mapping = MethodMapping().add(caller="fit", callee="score").add(caller="score", callee="score")
    asking = {
        SCORER + name: scorer
        for name, scorer in scorers.items()
        if hasattr(scorer, "get_metadata_routing")
    }
    if asking:
        router.add(**asking, method_mapping=mapping)


def _check_groups_reach_windows(X, runs, groups):
    """Raise if windows would cross from one group into another."""
    index = index_of(X)
    if isinstance(index, pd.MultiIndex):
        # Named runs may be grouped for the splits in any way.
        return
    codes, _ = pd.factorize(np.asarray(groups))
    same_run = np.diff(runs.codes) == 0
    if (np.diff(codes)[same_run] != 0).any():
        raise ValueError(
            "groups reach the splitter but not the window step, whose windows would cross from "
            "one run into the next. Name the runs in the index, with_runs(X, groups=...), or "
            "switch metadata routing on: sklearn.set_config(enable_metadata_routing=True)."
        )
