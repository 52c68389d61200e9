"""Summaries that a report states and that are written as tables."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._references import LAW
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.study._sweep import repeats_before_given_up
from sklearn_frictiongru.utils.lag_trend import near_share


def accuracy_table(study):
    """Return skill and errors, in the unit of the target, of the shown models.

    A row for each model and scored part; the window length [rows] of the law is missing.
    """
    rows = []
    for length in study.shown_lengths:
        n_rows = study.settings.rows_of(length)
        for part in SCORED_PARTS:
            found = study.skill.loc[(length, part)]
            rows.append(_accuracy(study, "network", n_rows, part, f"predicted_{length}", found))
    if study.law is not None:
        for part in SCORED_PARTS:
            found = study.law.skill.loc[part]
            rows.append(_accuracy(study, LAW, None, part, "predicted_law", found))
    table = pd.DataFrame(rows).astype({"window_length": "Int64"})
    return table.set_index(["model", "window_length", "part"])


def _accuracy(study, model, length, part, column, skill):
    """Return the errors of a model on the rows of a part."""
    rows = study.predictions[study.predictions["part"] == part]
    error = rows[column] - rows["measured"]
    return {
        "model": model,
        "window_length": length,
        "part": part,
        "n_rows": len(rows),
        "skill": skill["skill"],
        "rmse": float(np.sqrt((error**2).mean())),
        "mae": float(error.abs().mean()),
        "rmse_training_mean": float(np.sqrt(skill["mse_training_mean"])),
        "rmse_last_training_value": float(np.sqrt(skill["mse_last_training_target"])),
    }


def length_table(study):
    """Return what was found of each window length [rows]: losses, skill, p-values, epochs."""
    settings, summary = study.settings, study.search.summary()
    by_rows = dict(zip(settings.window_rows, settings.window_lengths, strict=True))
    table = study.lengths.table.copy()
    lengths = [by_rows[rows] for rows in table.index]
    if settings.sampling_interval is not None:
        table.insert(0, "seconds", table.index * settings.sampling_interval)
    for name in ("min", "max"):
        table[f"validation_loss_{name}"] = summary.loc[lengths, name].to_numpy()
    results = study.search.results_
    results = results[results["status"] == "finished"]
    last = (results["n_epochs"] == results["best_epoch"]).groupby(
        results["window_length"], sort=False
    )
    table["n_finished"] = last.size().reindex(lengths, fill_value=0).to_numpy()
    table["n_last_epoch_best"] = last.sum().reindex(lengths, fill_value=0).to_numpy()
    if settings.eliminate is not None:
        stopped = study.search.results_["status"].str.startswith("stopped")
        stopped = stopped.groupby(study.search.results_["window_length"], sort=False).sum()
        table["n_stopped_early"] = stopped[lengths].to_numpy()
        given_up = repeats_before_given_up(study.search)
        table["given_up_after"] = pd.array([given_up.get(n) for n in lengths], dtype="Int64")
    return table


def share_of_epochs(study):
    """Return the share of the epochs of all repeats that the sweep has trained."""
    results = study.search.results_
    return float(results["n_epochs"].sum() / (len(results) * study.settings.max_epochs))


def condition_table(study):
    """Return the mean importance of each input over the models in each range of the condition."""
    frame = study.importance.frame()
    chosen = (frame["condition"] != "all") & frame["lag"].isna()
    return frame[chosen & frame["measure"].isin(["relative", "net"])].pivot_table(
        index=["condition", "input", "n_rows"], columns="measure", values="value", sort=False
    )


def ranking_checks(study):
    """Return what helps to interpret the importances, as one row."""
    importance = study.importance
    several = len(importance.relative_) > 1 and len(importance.feature_names_) > 1
    return pd.DataFrame(
        {
            "n_models": [len(importance.relative_)],
            "skill": [importance.skill_],
            "kendall_w": [importance.kendall_w_ if several else np.nan],
            "kendall_p_value": [importance.kendall_p_value_ if several else np.nan],
            "spearman_with_permutation": [study.permutation.spearman_of_means],
            "share_of_near_half": [near_share(importance.importances_)],
        }
    ).set_index("n_models")


def correlated_inputs(study):
    """Return the pairs of inputs that are strongly correlated."""
    pairs = study.importance.correlated_pairs_
    return pd.DataFrame(pairs, columns=["input", "other_input", "spearman"]).set_index("input")
