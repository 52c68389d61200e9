"""How a study was made: facts for a table, a paragraph for a paper, and what to cite."""

from sklearn_frictiongru.study._references import LAW
from sklearn_frictiongru.study._report._names import label, target_label
from sklearn_frictiongru.study._report._numbers import counted, listed, percent
from sklearn_frictiongru.study._report._race import race_method, up_to

LIBRARIES = {"sklearn_frictiongru": "sklearn_frictiongru", "scikit-learn": "scikit-learn",
             "torch": "PyTorch", "skorch": "skorch", "numpy": "NumPy", "pandas": "pandas",
             "python": "Python"}  # fmt: skip
OPTIMIZERS = {"Adam": "the Adam optimiser"}
LOSSES = {"squared_error": "the mean squared error", "huber": "the Huber loss"}
PROTOCOL = (
    "Uhmb, T.-H., Hamada, Y., and Hirose, T. (2025). Applied Computing and Geosciences. "
    "doi:10.1016/j.acags.2025.100231"
)
TESTS = (
    "Diebold, F. X., and Mariano, R. S. (1995). Comparing predictive accuracy. Journal of Business "
    "& Economic Statistics, 13(3), 253–263.",
    "Theiler, J., Eubank, S., Longtin, A., Galdrikian, B., and Farmer, J. D. (1992). Testing for "
    "nonlinearity in time series: the method of surrogate data. Physica D, 58(1–4), 77–94.",
)
OF_RACE = (
    "Spiegelhalter, D. J., Freedman, L. S., and Blackburn, P. R. (1986). Monitoring clinical "
    "trials: conditional or predictive power? Controlled Clinical Trials, 7(1), 8–17.",
)
OF_LAW = (
    "Dieterich, J. H. (1979). Modeling of rock friction: 1. Experimental results and constitutive "
    "equations. Journal of Geophysical Research, 84(B5), 2161–2168.",
    "Ruina, A. (1983). Slip instability and state variable friction laws. Journal of Geophysical "
    "Research, 88(B12), 10359–10370.",
)


def facts(study, kept):
    """Return what a reader wants to know first, as pairs of a term and a value."""
    settings, record = study.settings, kept["record"]
    regressor = kept["regressor"]
    interval = settings.sampling_interval
    counts = study.parts_table.iloc[:, 0]
    pairs = {
        "Record": settings.name,
        "Target": target_label(study),
        "Inputs": ", ".join(label(study, name) for name in record["inputs"]),
        "Logarithm of": ", ".join(label(study, name) for name in settings.log),
        "Condition": "" if study.condition is None else str(study.condition.name),
        "Rows": f"{counted(record['n_rows'], 'row')} in {counted(record['n_runs'], 'run')}"
        + (f", one every {interval:g} s" if interval else ""),
        "Split": "; ".join(f"{part} {n:,}" for part, n in counts.items())
        + f" rows; {counted(settings.n_blocks, 'block')} per run",
        "Purge": settings.rows_label(settings.purge_rows)
        + (", strict" if settings.purge_rows >= settings.longest_window - 1 else ", lowered"),
        "Longest gap inside a run": "" if settings.max_gap is None else str(settings.max_gap),
        "Window lengths": _lengths(settings),
        "Trainings": up_to(study)
        + f"{counted(settings.n_repeats, 'repeat')} of each window length, "
        f"{counted(settings.max_epochs, 'epoch')} each, training stride {settings.stride}",
        "Network": _network(study, regressor),
        "Learning rate": f"{regressor['lr']:g}",
        "Rotations": "yes" if settings.rotations else "no",
        "Preset": settings.preset,
        "Seeds": ", ".join(map(str, kept["seeds"])),
        **{_source_name(key): _value(value) for key, value in study.source.items()},
        "Version": f"sklearn_frictiongru {kept['versions']['sklearn_frictiongru']}",
        "Date": kept["date"],
    }
    return [(term, value) for term, value in pairs.items() if value]


def _source_name(key):
    """Return what a part of the source is called in the table of facts."""
    words = key.removesuffix(" of the file").replace("sha256", "SHA-256")
    words = words[0].upper() + words[1:]
    return f"{words} (column of the file)" if key.endswith(" of the file") else words


def _value(value):
    """Return a value as text, several with commas between them."""
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _lengths(settings):
    """Return the window lengths in rows, and in seconds where these are known."""
    rows = f"{listed(f'{n:,}' for n in settings.window_rows)} rows"
    if settings.sampling_interval is None:
        return rows
    seconds = listed(settings.seconds_text(n).removesuffix(" s") for n in settings.window_rows)
    return f"{rows} ({seconds} s)"


def _network(study, regressor):
    """Describe the network."""
    if study.search.estimator[-1].module is not None:
        return "a custom network"
    return (
        f"two one-dimensional convolutions ({regressor['conv_channels']} channels, kernels of "
        f"{regressor['kernel_size']} rows), {counted(regressor['n_gru_layers'], 'GRU layer')} with "
        f"a state of {regressor['hidden_size']}, and one dense output"
    )


def methods(study, kept):
    """Return the paragraph of methods."""
    sentences = [
        *_of_the_record(study, kept),
        *_of_the_split(study),
        *_of_the_training(study, kept["regressor"]),
        *_of_the_tests(study),
        *_of_the_importance(study),
        f"All seeds were drawn with the random state {study.settings.random_state}; the "
        "repeats used the seeds "
        f"{listed(map(str, kept['seeds']))}.",
        "Software: "
        + listed(f"{LIBRARIES[name]} {version}" for name, version in kept["versions"].items())
        + ".",
    ]
    return " ".join(sentences)


def _of_the_record(study, kept):
    """Say what was predicted from what."""
    settings, record = study.settings, kept["record"]
    interval = settings.sampling_interval
    sampled = f", sampled every {interval:g} s" if interval else ""
    inputs = [label(study, name) for name in record["inputs"]]
    yield (
        f"The record “{settings.name}” has {counted(record['n_rows'], 'row')} in "
        f"{counted(record['n_runs'], 'run')}{sampled}."
    )
    yield (
        f"The target, {target_label(study)}, was predicted from {counted(len(inputs), 'input')}: "
        f"{listed(inputs)}."
    )
    if settings.log:
        logged = listed(label(study, name) for name in settings.log)
        yield f"Models were given the common logarithm of {logged}."
    yield (
        "Each row was predicted from a window that ends at that row; window lengths of "
        f"{_lengths(settings)} were compared on the same target rows."
    )


def _of_the_split(study):
    """Say how rows were split."""
    settings, counts = study.settings, study.parts_table.iloc[:, 0]
    yield (
        f"Each run was cut into {counted(settings.n_blocks, 'block')} of time for training, "
        f"validation ({percent(settings.validation)} of each run) and test "
        f"({percent(settings.test)}): {counts['training']:,} training, "
        f"{counts['validation']:,} validation and "
        f"{counts['test']:,} test rows as targets."
    )
    purge = f"Rows within {settings.rows_label(settings.purge_rows)} of a validation or test row"
    if settings.purge_rows:
        strict = settings.purge_rows >= settings.longest_window - 1
        yield f"{purge} were not trained on (purge)" + (
            ", so that no training window shares a row with a validation or test window."
            if strict
            else "; training windows share some rows with validation and test windows."
        )
    else:
        yield "No rows were purged; training windows share rows with validation and test windows."


def _of_the_training(study, regressor):
    """Say what was trained, and how."""
    settings = study.settings
    standardised = [
        what
        for what, done in (
            ("inputs", regressor["normalize_X"]),
            ("the target", regressor["normalize_y"]),
        )
        if done
    ]
    yield (
        f"The network has {_network(study, regressor)}"
        + (f"; {listed(standardised)} were standardised over the training rows" if standardised
           else "")
        + "."
    )  # fmt: skip
    optimizer = regressor.get("optimizer", "a custom optimiser")
    loss = regressor.get("loss", "a custom loss")
    yield (
        f"It was trained with {OPTIMIZERS.get(optimizer, optimizer)} (learning rate "
        f"{regressor['lr']:g}, batches of {regressor['batch_size']} windows) on "
        f"{LOSSES.get(loss, loss)} for {counted(settings.max_epochs, 'epoch')}"
        + (f", on one window in {settings.stride}" if settings.stride > 1 else "")
        + ("; the weights of the epoch with the lowest validation loss were kept."
           if regressor["restore_best"] else ".")
    )  # fmt: skip
    yield (
        f"Each window length was trained {up_to(study)}{counted(settings.n_repeats, 'time')} "
        "from the same seeds, and the length with the lowest mean validation loss is called the "
        "best. No model was trained on validation or test rows."
    )
    if settings.eliminate is not None:
        yield race_method(study)


def _of_the_tests(study):
    """Say what skill is and how it was tested."""
    yield (
        "Skill is 1 minus the mean squared error over that of the better of two baselines, the "
        "training mean and the last training value before the row. It was tested by a one-sided "
        "t-test at 5 % over blocks of rows at least as long as the longest window and twice the "
        "autocorrelation time of the loss difference (Diebold and Mariano, 1995)."
    )
    if study.settings.rotations:
        yield (
            "For the verdict over the whole record the split was rotated, and each block was "
            "predicted by a model that had not seen it, neither in training nor in validation."
        )
    yield (
        "The recommended window length is the shortest that is not distinguishable at 5 % from "
        "the best, over seeds and over blocks of test rows. Ridge regression and histogram "
        "gradient boosting were trained on the same windows and rows, their settings chosen on "
        "validation rows."
    )
    if study.law is not None:
        yield (
            f"The {LAW} (aging law; Dieterich, 1979; Ruina, 1983) was fitted to the training rows."
        )


def _of_the_importance(study):
    """Say how inputs were ranked."""
    n_models = len(study.importance.relative_)
    surrogates = study.null_floor.tests["n_surrogates"].iloc[0]
    yield (
        "The importance of an input is the mean absolute gradient of the prediction with respect "
        "to it, per standard deviation, over windows and lags, as a share of the sum over the "
        f"inputs, averaged over {counted(n_models, 'model')}. It was compared at 5 % with the "
        f"importance of {surrogates:.0f} phase-randomised surrogates of the input (Theiler et "
        "al., 1992)."
    )


def citations(kept, law=None):
    """Return what to cite: the software, its protocol, and the sources of the paragraph."""
    version, year = kept["versions"]["sklearn_frictiongru"], kept["date"][:4]
    return [
        f"sklearn_frictiongru developers ({year}). sklearn_frictiongru, version {version} "
        "[software], BSD-3-Clause.",
        f"The protocol: {PROTOCOL}",
        *TESTS,
        *(OF_RACE if kept["eliminate"] is not None else ()),
        *(OF_LAW if law is not None else ()),
    ]
