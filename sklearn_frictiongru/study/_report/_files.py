"""The files of a report: what each holds, and which tables each figure draws."""

BEHIND_FIGURES = {
    "figure_1_window_length": ("sweep_results", "sweep_summary"),
    "figure_1b_reference_models": ("references", "skill_of_law"),
    "figure_2_predictions": ("predictions", "accuracy"),
    "figure_2b_predictions_along_time": ("predictions", "shown_along_time"),
    "figure_2c_whole_record": ("predictions", "errors_by_block", "condition_along_time"),
    "figure_3_importance": ("importance_summary", "importance", "importance_ranks"),
    "figure_4_importance_by_condition": ("importance_by_condition", "importance"),
    "figure_5_importance_along_time": ("importance_along_time", "condition_along_time"),
    "figure_6_importance_by_lag": ("importance_by_lag", "ranking_checks"),
}
"""Tables that each figure draws."""

OF_RANGES = ", in each range of the condition"
"""What is left out of a description where there is no condition."""

DESCRIPTIONS = {
    "study.toml": "the options of the command, which repeat the study",
    "settings.json": "all settings, seeds, versions, the record and where it comes from",
    "best_model.safetensors": "the fitted pipeline, in a format that runs no code",
    "example_inputs.csv": "inputs of the last rows of the record, in the form that the model takes",
    "sweep_results.csv": "one row per training: loss, epochs, time, status",
    "sweep_summary.csv": "lowest validation loss of each window length",
    "learning_curves.csv": "training and validation loss of every epoch",
    "parts.csv": f"rows of training, validation and test{OF_RANGES}",
    "outside_training_range.csv": "ranges of the inputs, and the share of rows outside them",
    "correlated_inputs.csv": "pairs of inputs that are strongly correlated",
    "predictions.csv": "measured and predicted target of every row",
    "shown_along_time.csv": "the rows that figure 2b shows",
    "errors_by_block.csv": "squared error in each block of the whole record",
    "skill.csv": "skill of the models shown in figure 2",
    "accuracy.csv": "the same in the unit of the target: RMSE and MAE",
    "skill_of_repeats.csv": "skill of every repeat at the best window length",
    "skill_of_law.csv": "skill of the rate-and-state law",
    "rate_state_law.csv": "parameters of the rate-and-state law",
    "verdict.csv": "tests of skill, of history and of the best two models",
    "window_lengths.csv": "losses, skill and p-values of each window length",
    "references.csv": "skill of network and reference models at each window length",
    "importance.csv": f"importance of each input in each model{OF_RANGES}",
    "importance_summary.csv": "importance of each input over the models",
    "importance_ranks.csv": "rank of each input in each model",
    "importance_groups.csv": "importance of quantities together with their rates",
    "importance_by_condition.csv": "mean importance in each range of the condition",
    "importance_by_lag.csv": "importance at each lag",
    "importance_along_time.csv": "importance at each row",
    "condition_along_time.csv": "condition and its range at each row",
    "importance_by_permutation.csv": "importance by permuting the history of an input",
    "ranking_checks.csv": "agreement of the models; importance in the newer half of windows",
    "null_floor.csv": "floor of each input, and its test against surrogates",
    "null_floor_trainings.csv": "gradients of inputs and surrogates in each further training",
}
"""What each file holds, in the order of the list on the page."""


def number_of(figure):
    """Return the number of a figure, such as 2b."""
    return figure.split("_")[1]


def files_beside(folder, condition):
    """Return name and description of the files next to the report, without figures."""
    said = DESCRIPTIONS
    if condition is None:
        said = {name: text.split(OF_RANGES)[0] for name, text in said.items()}
    return [(name, text) for name, text in said.items() if (folder / name).is_file()]


def links_of(figure, folder):
    """Return the files of a figure: its pictures, and the tables that it draws."""
    names = [f"{figure}.{ending}" for ending in ("png", "svg", "pdf")]
    names += [f"{table}.csv" for table in BEHIND_FIGURES[figure]]
    # A study without a law has no table of it.
    return [name for name in names if (folder / name).is_file()]
