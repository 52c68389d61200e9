"""The tables of a report on the importance of the inputs."""

from sklearn_frictiongru.study._report._cells import Column, common_decimals
from sklearn_frictiongru.study._report._names import label
from sklearn_frictiongru.study._report._numbers import listed
from sklearn_frictiongru.study._report._table import make_table
from sklearn_frictiongru.study._summaries import condition_table
from sklearn_frictiongru.utils.typography import range_label
from sklearn_frictiongru.utils.units import label_of, words_of

RELATIVE = "share of the mean absolute gradient"
NET = "share of the mean signed gradient"


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
    tests = study.null_floor.tests.loc[table.index]
    verdicts = [
        "above the floor" if above else "not distinguishable from none"
        for above in table["above_floor"]
    ]
    spread = table["relative_std"]
    shares = table[["relative", "relative_low", "relative_high", "floor", "net", "net_floor"]]
    # Of shares between 0 and 1: common, so that a share and its floor can be compared.
    decimals = min(3, max(2, common_decimals(shares.to_numpy().ravel(), spread) or 0))
    order = "most important first" if len(table) > 1 else "with its unit"
    rows = [
        (Column("Input", order), _labels(study, table.index)),
        (Column("Verdict", "above its floor, and above its surrogates at 5 %"), verdicts),
        (Column("Importance", f"{RELATIVE}, mean of the models", "decimals", decimals),
         table["relative"]),
        (Column("Lower", "95 % interval", "decimals", decimals), table["relative_low"]),
        (Column("Upper", "95 % interval", "decimals", decimals), table["relative_high"]),
        (Column("Floor", "what an irrelevant input receives", "decimals", decimals),
         table["floor"]),
        (Column("p", "importance against surrogates", "p"), tests["p_value"]),
        (Column("Net", NET, "decimals", decimals), table["net"]),
        (Column("Net floor", "of the net importance", "decimals", decimals), table["net_floor"]),
    ]  # fmt: skip
    title = "Importance of the input"
    if len(table) > 1:
        title += "s"
        rows += [
            (Column("Mean rank", "over the models", "decimals", 1), table["mean_rank"]),
            (Column("Ranked first", "number of models", "count"), table["times_first"]),
        ]
    files = ("importance_summary.csv", "null_floor.csv", "null_floor_trainings.csv",
             "importance.csv", "ranking_checks.csv")  # fmt: skip
    return make_table("importance", title, rows, files, study.why_no_finding is not None)


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
    title = "Importance by gradients and by permutation, for the model of figure 2"
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
