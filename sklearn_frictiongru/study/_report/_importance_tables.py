"""The tables of a report on the importance of the inputs."""

from sklearn_frictiongru.study._numbers import listed
from sklearn_frictiongru.study._report._cells import Column, common_decimals
from sklearn_frictiongru.study._report._names import label
from sklearn_frictiongru.study._report._table import make_table
from sklearn_frictiongru.study._summaries import condition_table
from sklearn_frictiongru.utils.typography import range_label
from sklearn_frictiongru.utils.units import label_of, words_of

MEAN_GRADIENT = "mean absolute gradient"
RELATIVE = f"share of the {MEAN_GRADIENT}"
NET = "share of the mean signed gradient"
FILES = ("importance_summary.csv", "null_floor.csv", "null_floor_trainings.csv",
         "importance.csv", "ranking_checks.csv")  # fmt: skip


def importance_tables(study):
    """Return the tables of importances, greyed where their order is no finding."""
    tables = [_summary(study)]
    if len(study.importance.group_summary()):
        tables.append(_groups(study))
    if len(study.importance.feature_names_) > 1:
        tables.append(_permutation(study))
    if study.condition is not None:
        tables.append(_by_condition(study))
    return tables


def _summary(study):
    """Return the importance of each input, its verdict first."""
    table = study.importance.summary()
    if len(table) == 1:
        return _only_input(study)
    tests = study.null_floor.tests.loc[table.index]
    spread = table["relative_std"]
    shares = table[["relative", "relative_low", "relative_high", "floor", "net", "net_floor"]]
    # Of shares between 0 and 1: common, so that a share and its floor can be compared.
    decimals = min(3, max(2, common_decimals(shares.to_numpy().ravel(), spread) or 0))
    rows = [
        (Column("Input", "most important first"), _labels(study, table.index)),
        (Column("Verdict", "above its floor, and above its surrogates at 5 %"), _verdicts(table)),
        (Column("Importance", f"{RELATIVE}, mean of the models", "decimals", decimals),
         table["relative"]),
        (Column("Lower", "95 % interval", "decimals", decimals), table["relative_low"]),
        (Column("Upper", "95 % interval", "decimals", decimals), table["relative_high"]),
        (Column("Floor", "what an irrelevant input receives", "decimals", decimals),
         table["floor"]),
        (Column("p", "importance against surrogates", "p"), tests["p_value"]),
        (Column("Net", NET, "decimals", decimals), table["net"]),
        (Column("Net floor", "of the net importance", "decimals", decimals), table["net_floor"]),
        (Column("Mean rank", "over the models", "decimals", 1), table["mean_rank"]),
        (Column("Ranked first", "number of models", "count"), table["times_first"]),
    ]  # fmt: skip
    title = "Importance of the inputs"
    return make_table("importance", title, rows, FILES, study.why_no_finding is not None)


def _only_input(study):
    """Return how the only input compares with its surrogates: its own importance is 1."""
    table = study.importance.summary()
    tests = study.null_floor.tests.loc[table.index]
    rows = [
        (Column("Input", "with its unit"), _labels(study, table.index)),
        (Column("Verdict", "above its surrogates at 5 %"), _verdicts(table)),
        (Column("Strongest surrogate", f"its {MEAN_GRADIENT}, over that of the input; at most 1",
                "decimals"),
         tests["floor"]),
        (Column("p", "of the input against its surrogates", "p"), tests["p_value"]),
        (Column("Surrogates", "in all further trainings", "count"), tests["n_surrogates"]),
    ]  # fmt: skip
    title = "The only input against its surrogates"
    files = ("null_floor.csv", "null_floor_trainings.csv")
    return make_table("importance", title, rows, files, study.why_no_finding is not None)


def _verdicts(table):
    """Return whether each input is important."""
    return [
        "above the floor" if above else "not distinguishable from none"
        for above in table["above_floor"]
    ]


def _labels(study, names):
    """Return the names of inputs in words, with their units."""
    return [label(study, name) for name in names]


def _groups(study):
    """Return the importance of inputs that belong together."""
    table = study.importance.group_summary()
    names = [listed(map(words_of, str(group).split(" + "))) for group in table.index]
    spread = table["relative_std"]
    rows = [
        (Column("Inputs", "a quantity and its rate"), names),
        (Column("Importance", f"sum of the shares: {RELATIVE}", "value"),
         table["relative"], spread),
        (Column("Standard deviation", "over the models", "value"), spread, spread),
        (Column("Net", NET, "value"), table["net"], spread),
    ]  # fmt: skip
    title = "Importance of inputs that belong together"
    greyed = study.why_no_finding is not None
    return make_table("groups", title, rows, ("importance_groups.csv",), greyed)


def _permutation(study):
    """Return the importance by gradients and by permutation."""
    frame = study.permutation.frame
    values = frame.pivot(index="input", columns="measure", values="value")
    ranks = frame.pivot(index="input", columns="measure", values="rank")
    names = list(values.index)
    rows = [
        (Column("Input", "with its unit"), _labels(study, names)),
        (Column("By gradients", RELATIVE, "decimals"), values["gradient"]),
        (Column("Rank", "by gradients", "count"), ranks["gradient"]),
        (Column("By permutation", "share of the loss that permuting its history adds", "decimals"),
         values["permutation"]),
        (Column("Rank", "by permutation", "count"), ranks["permutation"]),
    ]  # fmt: skip
    best = study.settings.label_of(study.search.best_window_length_)
    title = f"Importance by gradients and by permutation, of one model with a window of {best}"
    greyed = study.why_no_finding is not None
    return make_table("permutation", title, rows, ("importance_by_permutation.csv",), greyed)


def _by_condition(study):
    """Return the importance of each input in each range of the condition."""
    table = condition_table(study).reset_index()
    condition = label_of(study.condition.name)
    rows = [
        (
            Column("Range", f"of the {condition} at the target row"),
            table["condition"].map(range_label),
        ),
        (Column("Input", "with its unit"), _labels(study, table["input"])),
        (Column("Rows", "in the range", "count"), table["n_rows"]),
        (Column("Importance", f"{RELATIVE}, mean of the models", "decimals"), table["relative"]),
        (Column("Net", NET, "decimals"), table["net"]),
    ]
    title = f"Importance by {condition}"
    greyed = study.why_no_finding is not None
    files = ("importance_by_condition.csv", "importance.csv")
    return make_table("by-condition", title, rows, files, greyed)
