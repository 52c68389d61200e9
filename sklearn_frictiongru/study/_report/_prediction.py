"""Code that repeats a study and that predicts new data with its model."""

EXAMPLE = "example_inputs.csv"
MODEL = "best_model.safetensors"
CONFIG = "study.toml"


def repeating_code(study):
    """Return the command that repeats a study, or the call where it was run from Python."""
    if study.report.with_name(CONFIG).is_file():
        return f"python -m sklearn_frictiongru study --config {CONFIG} --output repeated"
    settings = study.settings
    lengths = [n if isinstance(n, int | str) else str(n) for n in settings.window_lengths]
    options = {
        "preset": settings.preset,
        "window_lengths": lengths,
        "n_repeats": settings.n_repeats,
        "max_epochs": settings.max_epochs,
        "stride": settings.stride,
        "purge": settings.purge,
        "rotations": settings.rotations,
        "eliminate": settings.eliminate,
        "log": settings.log,
        "validation": settings.validation,
        "test": settings.test,
        "n_blocks": settings.n_blocks,
        "random_state": settings.random_state,
    }
    if settings.max_gap is not None:
        options["max_gap"] = (
            settings.max_gap if isinstance(settings.max_gap, int | str) else str(settings.max_gap)
        )
    lines = [f"    {name}={value!r}," for name, value in options.items()]
    return "\n".join(
        [
            "from sklearn_frictiongru.study import run_study",
            "",
            'study = run_study(X, y, output="repeated",',
            *lines,
            ")",
        ]
    )


def model_text(study):
    """Say which model is stored, and which of its predictions are not to be used."""
    settings, best = study.settings, study.search.best_window_length_
    text = f"The model is that of the best window length, {settings.label_of(best)}"
    if settings.n_repeats > 1:
        text += "; of its repeats it is the one whose loss is the median"
    n_short = settings.rows_of(best) - 1
    if not n_short:
        return f"{text}."
    rows = "row" if n_short == 1 else f"{n_short:,} rows"
    return (
        f"{text}. Do not use the predictions of the first {rows} of a run: they come from windows "
        "that are not complete."
    )


def predicting_code(study, example):
    """Return code that predicts new data with the stored model, None without model.

    `example` is the table of inputs that the code reads.
    """
    if not study.report.with_name(MODEL).is_file():
        return None
    levels = example.index.nlevels
    comment = "" if example.index.names[-1] == "row" else "  # time in seconds"
    index_col = 0 if levels == 1 else list(range(levels))
    return f'''import pandas as pd
from sklearn_frictiongru.neural_network import load_model

X = pd.read_csv("{EXAMPLE}", index_col={index_col}){comment}
model = load_model("{MODEL}")
predicted = pd.Series(model.predict(X), index=X.index)
print(predicted.tail())'''
