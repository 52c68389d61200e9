"""The study at a glance: a table of facts, and their parts that other texts need as well."""

from sklearn_frictiongru.study._numbers import counted, listed
from sklearn_frictiongru.study._report._names import label, target_label
from sklearn_frictiongru.study._report._race import up_to
from sklearn_frictiongru.utils.units import label_of

PRESETS = {
    "quick": "few window lengths, repeats and epochs, for a first answer",
    "paper": "the window lengths, repeats and epochs of the published protocol",
    "paper-fast": "as paper, but window lengths that will not be recommended are given up",
}
"""What the presets are."""

SOURCES = {
    "bytes": "Size of the file",
    "citation": "Source of the record",
    "licence": "Licence of the record",
    "resample of the file": "Resampled to",
}
"""What parts of the source are called, where their own names do not say it."""


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
        "Condition": "" if study.condition is None else label_of(study.condition.name),
        "Rows": f"{counted(record['n_rows'], 'row')} in {counted(record['n_runs'], 'run')}"
        + (f", one every {'second' if interval == 1 else f'{interval:g} s'}" if interval else ""),
        "Split": "; ".join(f"{part} {n:,}" for part, n in counts.items())
        + f" rows; {counted(settings.n_blocks, 'block')}"
        + (" per run" if record["n_runs"] > 1 else ""),
        "Purge": _purge_text(settings),
        "Longest gap inside a run": "" if settings.max_gap is None else str(settings.max_gap),
        "Window lengths": lengths_text(settings),
        "Trainings": up_to(study)
        + f"{counted(settings.n_repeats, 'repeat')} of each window length, "
        f"{counted(settings.max_epochs, 'epoch')} each, training stride {settings.stride}",
        "Network": network_text(study, regressor),
        "Learning rate": f"{regressor['lr']:g}",
        "Rotations": "yes: each block was predicted once by a model that was not trained on it"
        if settings.rotations
        else "no: only the validation and test rows were predicted by models not trained on them",
        "Preset": f"{settings.preset}: {PRESETS[settings.preset]}; options override it",
        "Seeds": ", ".join(map(str, kept["seeds"])),
        **{_source_name(key): _value(key, value) for key, value in study.source.items()},
        "Version": f"sklearn_frictiongru {kept['versions']['sklearn_frictiongru']}",
        "Date": kept["date"],
    }
    return [(term, value) for term, value in pairs.items() if value]


def _source_name(key):
    """Return what a part of the source is called in the table of facts."""
    if key in SOURCES:
        return SOURCES[key]
    words = key.removesuffix(" of the file").replace("sha256", "SHA-256")
    words = words[0].upper() + words[1:]
    return f"{words} (column of the file)" if key.endswith(" of the file") else words


def _purge_text(settings):
    """Say how many rows are purged and what that prevents."""
    rows = f"{settings.rows_label(settings.purge_rows)} next to validation and test blocks"
    if settings.purge_rows >= settings.longest_window - 1:
        return f"{rows} (strict: no training window shares a row with a validation or test window)"
    return f"{rows} (lowered: training windows share rows with validation and test windows)"


def _value(key, value):
    """Return a value as text, several with commas between them."""
    if key == "bytes":
        return counted(value, "byte")
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def lengths_text(settings):
    """Return the window lengths in rows, and in seconds where these are known."""
    rows = f"{listed(f'{n:,}' for n in settings.window_rows)} rows"
    if settings.sampling_interval is None:
        return rows
    seconds = listed(settings.seconds_text(n).removesuffix(" s") for n in settings.window_rows)
    return f"{rows} ({seconds} s)"


def network_text(study, regressor):
    """Describe the network."""
    if study.search.estimator[-1].module is not None:
        return "a custom network"
    return (
        f"two one-dimensional convolutions ({regressor['conv_channels']} channels, kernels of "
        f"{regressor['kernel_size']} rows), {counted(regressor['n_gru_layers'], 'GRU layer')} with "
        f"a state of {regressor['hidden_size']}, and one dense output"
    )
