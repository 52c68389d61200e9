"""What a search passes on in addition to X and y, with or without metadata routing."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.utils.metadata_routing import MethodMapping, process_routing
from sklearn.utils.validation import _check_method_params

from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.validation import check_same_index, index_of, without_masks

SCORER = "scorer_"
"""Prefix of the names of scorers in the metadata routing of a search."""


@dataclass(frozen=True)
class SearchMetadata:
    """Arguments of a search's `fit` in addition to X and y, by recipient."""

    of_fit: dict[str, Any]
    of_split: dict[str, Any]
    # By the name of the scorer.
    of_scorers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def labels(self):
        """Run labels that reach the window step, or None."""
        return self.of_fit.get("groups")

    def runs(self, X, max_gap, *, windowed):
        """Return the runs of X that the window step uses."""
        options = {} if isinstance(X, WindowArray) else {"max_gap": max_gap}
        runs = Runs.of(X, groups=self.labels, **options)
        groups = self.of_split.get("groups")
        if groups is not None and self.labels is None and windowed:
            _check_groups_reach_windows(X, runs, groups)
        return runs


def metadata_of_fit(search, X, params):
    """Return the arguments of a search's `fit`, by recipient."""
    for name, values in params.items():
        check_same_index(X, values, name)
    given = {name: without_masks(values) for name, values in params.items() if values is not None}
    params = _check_method_params(X, given)
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
    """Return what `predict` or `score` of a search passes to the best estimator or a scorer."""
    if not params or not get_config()["enable_metadata_routing"]:
        return params
    routed = process_routing(search, method, **params)
    return routed.estimator[method] if scorer is None else routed[SCORER + scorer].score


def add_scorers_to(router, scorers):
    """Route metadata to those scorers that can request it."""
    mapping = MethodMapping().add(caller="fit", callee="score").add(caller="score", callee="score")
    asking = {
        SCORER + name: scorer
        for name, scorer in scorers.items()
        if hasattr(scorer, "get_metadata_routing")
    }
    if asking:
        router.add(**asking, method_mapping=mapping)


def _check_groups_reach_windows(X, runs, groups):
    """Raise if windows would include rows of two groups."""
    index = index_of(X)
    if isinstance(index, pd.MultiIndex):
        # Named runs may be grouped in any way for the splits.
        return
    codes, _ = pd.factorize(np.asarray(groups))
    same_run = np.diff(runs.codes) == 0
    if (np.diff(codes)[same_run] != 0).any():
        raise ValueError(
            "groups reach the splitter but not the window step, whose windows would cross from "
            "one run into the next. Name the runs in the index, with_runs(X, groups=...), or "
            "switch metadata routing on: sklearn.set_config(enable_metadata_routing=True)."
        )
