"""The tables of a report on the record, on skill and on window lengths."""

import pandas as pd

from sklearn_frictiongru.study._numbers import decimals_apart, typeset
from sklearn_frictiongru.study._references import LAW
from sklearn_frictiongru.study._report._cells import Column
from sklearn_frictiongru.study._report._names import label, of_target, target_label
from sklearn_frictiongru.study._report._table import make_table
from sklearn_frictiongru.study._summaries import accuracy_table, length_table
from sklearn_frictiongru.study._verdict import verdict_table
from sklearn_frictiongru.utils.typography import MINUS, range_label
from sklearn_frictiongru.utils.units import squared

NEAR_ZERO = 1e-9
"""Share of the range of an input below which a value is zero."""
WINDOW = Column("Window", "history that a model sees, the target row included")


def record_tables(study):
    """Return the tables of the split and of the ranges of the inputs."""
    return [_parts(study), _outside(study)]


def _parts(study):
    """Return the rows of each part."""
    table = study.parts_table
    ranges = study.condition_ranges.cat.categories if len(table.columns) > 1 else []
    names = ["all rows", *map(range_label, ranges)]
    meanings = {
        "training": "rows that models are trained on",
        "validation": "rows that choose epochs, the best window length and settings",
        "test": _test_rows(study),
        "purged": "left out: too near to validation or test rows",
        "warm-up": "without full history for the longest window",
    }
    of_what = "the record" if study.condition is None else f"range of the {study.condition.name}"
    columns = [(Column("Rows", of_what), names)]
    columns += [
        (Column(part, meaning, "count"), table.loc[part].to_numpy())
        for part, meaning in meanings.items()
    ]
    return make_table("parts", "Rows of each part", columns, ("parts.csv",))


def _test_rows(study):
    """Return what test rows are, and what they take part in."""
    untouched = "rows that chose no weights, epoch, setting or best window length"
    if not study.lengths.table["p_blocks"].notna().any():
        return untouched
    return f"{untouched}; they take part in the choice of the recommended length"


def _outside(study):
    """Return the range of each input over the training rows."""
    table = study.outside_range
    low, high = table["training_min"], table["training_max"]
    width = high - low
    meaning = "share of rows outside the training range: there the models extrapolate"
    rows = [
        (Column("Input", "with its unit"), [label(study, name) for name in table.index]),
        (Column("Lowest", "over the training rows", "limit"), _zeroed(low, width), width),
        (Column("Highest", "over the training rows", "limit"), _zeroed(high, width), width),
        (Column("Validation outside", meaning, "percent"), table["validation_outside"]),
        (Column("Test outside", meaning, "percent"), table["test_outside"]),
    ]
    title = "Range of each input over the training rows"
    return make_table("ranges", title, rows, ("outside_training_range.csv",))


def _zeroed(values, widths):
    """Return values with a zero for what only the arithmetic has left of it."""
    return [
        value if abs(value) > NEAR_ZERO * width else 0.0
        for value, width in zip(values, widths, strict=True)
    ]


def skill_tables(study):
    """Return the tables of errors, tests and reference models."""
    tables = [_accuracy(study), _tests(study), _repeats(study), _references(study)]
    return tables if study.law is None else [*tables, _law(study)]


def _accuracy(study):
    """Return skill and errors of the shown models."""
    table = accuracy_table(study).reset_index()
    unit = f" [{of_target(study).strip()}]" if of_target(study) else ""
    of_baseline = "RMSE of the baseline that predicts the"
    spread = [table["rmse"].min() / 10]
    rows = [
        (Column("Model", "each network is the repeat whose loss is the median"), table["model"]),
        (WINDOW, _windows(study, table["window_length"])),
        (Column("Part", "rows it is compared on"), table["part"]),
        (Column("Rows", "number of them", "count"), table["n_rows"]),
        (Column("Skill", "of this model; 1 is perfect, above 0 is better than both baselines",
                "skill"), table["skill"]),
        (Column(f"RMSE{unit}", "root mean squared error", "value"), table["rmse"], spread),
        (Column(f"MAE{unit}", "mean absolute error", "value"), table["mae"], spread),
        (Column(f"RMSE of mean{unit}", f"{of_baseline} training mean", "value"),
         table["rmse_training_mean"], spread),
        (Column(f"RMSE of last value{unit}", f"{of_baseline} last training value before the row",
                "value"),
         table["rmse_last_training_value"], spread),
    ]  # fmt: skip
    title = "Errors of the models shown in figure 2"
    return make_table("errors", title, rows, ("accuracy.csv", "skill.csv"))


def _tests(study):
    """Return the tests of skill and history over blocks of rows."""
    table = verdict_table(study).reset_index()
    settings = study.settings
    labels = {str(length): settings.label_of(length) for length in settings.window_lengths}
    labels[""] = "none"
    windows = [labels.get(text, text) for text in table["window_length"].map(str)]
    one_row = settings.rows_label(min(settings.window_rows))
    against = [one_row if str(name).startswith("window") else name for name in table["against"]]
    # The last test compares two models, each with its own window.
    second = study.references.best.iloc[1]
    windows[-1] = f"{windows[-1]} against {labels[str(second['window_length'])]}"
    bounds = zip(table["skill"], table["skill_low"], table["skill_high"], strict=True)
    decimals = max(decimals_apart(*each) for each in bounds)
    rows = [
        (Column("Test", "which rows, or which two models on them"), table["rows"]),
        (WINDOW, windows),
        (Column("Against", "what it is compared with"), against),
        (Column("Verdict", "yes: better at 5 %, of two baselines than both"), table["verdict"]),
        (Column("Skill", "1 minus squared error over that of what it is compared with", "skill",
                decimals), table["skill"]),
        (Column("Lower", "one-sided 95 % bound; – : the blocks give none", "skill", decimals),
         table["skill_low"]),
        (Column("Upper", "one-sided 95 % bound", "skill", decimals),
         table["skill_high"]),
        (Column("p", "one-sided", "p"), table["p_value"]),
        (Column("Blocks", "5 are needed; blocks that are cut short count less", "decimals", 1),
         table["n_blocks"]),
        (Column("Longest block", "rows", "count"), table["longest_block"]),
        (Column("Detectable", "skill found in 80 % of such records; – : none", "decimals"),
         table["detectable_skill"].where(table["detectable_skill"] < 1)),
    ]  # fmt: skip
    title = "Tests of skill, of history and of the best two models over blocks of rows"
    return make_table("tests", title, rows, ("verdict.csv",))


def _repeats(study):
    """Return the skill of every repeat at the best window length."""
    table = study.repeat_skill["skill"].unstack("part")
    seeds = [study.search.seeds_[repeat] for repeat in table.index]
    rows = [
        (Column("Repeat", "number of the training, from 0"), table.index),
        (Column("Seed", "of weights and batches"), seeds),
        (Column("Validation skill", "of this repeat", "skill"), table["validation"]),
        (Column("Test skill", "of this repeat", "skill"), table["test"]),
    ]
    title = "Skill of every repeat at the best window length"
    return make_table("repeats", title, rows, ("skill_of_repeats.csv",))


def _references(study):
    """Return the skill of the network and of reference models."""
    table = study.references.table.reset_index()
    settings = study.settings
    lengths = [
        "none" if length == "" else settings.label_of(length) for length in table["window_length"]
    ]
    several = settings.n_repeats > 1
    median = "of the network the median of the repeats; " if several else ""
    rows = [
        (Column("Model", "by its name"), table["model"]),
        (WINDOW, lengths),
        (Column("Setting", "chosen on validation rows"), table["setting"].map(_setting)),
        (Column("Validation skill", f"{median}1 is perfect, 0 or less is none", "skill"),
         table["validation"]),
        (Column("Test skill", f"{median}on {_test_rows(study)}", "skill"), table["test"]),
    ]  # fmt: skip
    if several:
        averaged = Column(
            "Averaged skill", "on test rows, of errors averaged over the repeats", "skill"
        )
        rows.append((averaged, table["test_averaged"]))
    title = "Network and reference models on the same windows and rows"
    return make_table("references", title, rows, ("references.csv",))


def _setting(text):
    """Return the setting of a reference model in words."""
    name, _, value = str(text).partition("=")
    words = {"alpha": "penalty", "max_leaf_nodes": "leaves"}.get(name, name)
    return f"{words} {float(value):,.7g}" if value else words or "as in the study"


def _law(study):
    """Return the parameters of the rate-and-state law."""
    table = study.law.model.summary()
    numbers = [value if known else float("nan") for value, known in
               zip(table["value"], table["identified"], strict=True)]  # fmt: skip
    names = [typeset(name).replace(" - ", f" {MINUS} ") for name in table.index]
    rows = [
        (Column("Parameter", "of the aging law"), names),
        (
            Column("Value", "– : the record does not determine it", "value", None),
            numbers,
            list(table["standard_error"]),
        ),
        (Column("Standard error", "of the fit", "value", None), table["standard_error"]),
    ]
    title = f"{LAW.capitalize()} fitted to the training rows"
    return make_table("law", title, rows, ("rate_state_law.csv", "skill_of_law.csv"))


def _windows(study, lengths):
    """Return window lengths [rows] in rows and seconds."""
    settings = study.settings
    return [
        "none" if pd.isna(rows) else settings.label_of(settings.length_of(rows)) for rows in lengths
    ]


def _repeats_of(table):
    """Return the completed repeats of each length, and after how many it was given up."""
    return [
        f"{done}" if pd.isna(after) else f"{done}; given up after {after}"
        for done, after in zip(table["n_finished"], table["given_up_after"], strict=True)
    ]


def length_tables(study):
    """Return the table of the window lengths."""
    table = length_table(study)
    spread = [(table["validation_loss_max"] - table["validation_loss_min"]).median() / 4]
    best, recommended = study.lengths.best_window_length, study.lengths.recommended_window_length
    roles = {recommended: "recommended"}
    roles[best] = "best, recommended" if best == recommended else "best"
    rows = [
        (WINDOW, _windows(study, table.index)),
        (Column("Role", "best: lowest mean loss; recommended: the shortest not distinguishable "
                "from it"), [roles.get(rows, "") for rows in table.index]),
        (Column(f"Mean loss {squared(target_label(study))}", "lowest validation loss, mean of the "
                "repeats", "value"),
         table["validation_loss"], spread),
        (Column("Lowest", "of the repeats", "value"), table["validation_loss_min"], spread),
        (Column("Highest", "of the repeats", "value"), table["validation_loss_max"], spread),
        (Column("Averaged skill", "on test rows, of errors averaged over the repeats", "skill")
         if study.settings.n_repeats > 1
         else Column("Test skill", "on test rows", "skill"),
         table["test_skill"]),
        (Column("p, seeds", "best length against this one, validation loss", "p"),
         table["p_seeds"]),
        (Column("p, blocks", "the same over blocks of test rows", "p"), table["p_blocks"]),
        (Column("Last epoch best", "trainings that were still improving", "count"),
         table["n_last_epoch_best"]),
    ]  # fmt: skip
    if "given_up_after" in table:
        said = Column("Repeats", "completed; after how many the length was given up")
        rows.append((said, _repeats_of(table)))
    files = ("window_lengths.csv", "sweep_summary.csv", "sweep_results.csv", "learning_curves.csv")
    return [make_table("lengths", "Window lengths", rows, files)]
