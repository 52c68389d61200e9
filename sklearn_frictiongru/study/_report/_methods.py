"""How a study was made, as a paragraph for a paper."""

import pandas as pd

from sklearn_frictiongru.study._numbers import counted, listed, percent, times, typeset
from sklearn_frictiongru.study._ranking import N_PERMUTATIONS
from sklearn_frictiongru.study._references import LAW, LEAVES, PENALTIES
from sklearn_frictiongru.study._report._facts import lengths_text, network_text
from sklearn_frictiongru.study._report._names import label, target_label
from sklearn_frictiongru.study._report._race import race_method, up_to
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.study._verdict import WHOLE_RECORD, tested_length
from sklearn_frictiongru.utils.blocks import enough_blocks
from sklearn_frictiongru.utils.typography import range_label
from sklearn_frictiongru.utils.units import label_of

LIBRARIES = {"sklearn_frictiongru": "sklearn_frictiongru", "scikit-learn": "scikit-learn",
             "torch": "PyTorch", "skorch": "skorch", "numpy": "NumPy", "pandas": "pandas",
             "python": "Python"}  # fmt: skip
OPTIMIZERS = {"Adam": "the Adam optimiser"}
LOSSES = {"squared_error": "the mean squared error", "huber": "the Huber loss"}
MOST_PARTS = 12
"""Parts in a row that a sentence lists."""
ROWS = {"validation": "validation rows", "test": "test rows", WHOLE_RECORD: "the whole record"}


def methods(study, kept):
    """Return the paragraph of methods."""
    return " ".join(
        [
            *_of_the_record(study, kept),
            *_of_the_split(study, kept),
            *_of_the_training(study, kept),
            *_of_the_tests(study),
            *_of_the_lengths(study),
            *_of_the_references(study),
            *_of_the_importance(study),
            *_of_the_seeds(study, kept),
        ]
    )


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
    if "preparation" in study.source:
        yield typeset(study.source["preparation"])
    if settings.max_gap is not None:
        gap = settings.max_gap
        gap = f"{gap} sampling intervals" if isinstance(gap, int) else gap
        yield f"A time step longer than {gap} began a new run."
    several = f"{len(inputs):,} inputs: {listed(inputs)}"
    yield (
        f"The target, {target_label(study)}, was predicted from "
        f"{several if len(inputs) > 1 else f'one input, {inputs[0]}'}."
    )
    if settings.log:
        logged = listed(label(study, name) for name in settings.log)
        yield f"Models were given the common logarithm of {logged}."
    if study.condition is not None:
        ranges = listed(map(range_label, study.condition_ranges.cat.categories))
        yield (
            f"The importance of the input{'s' if len(inputs) > 1 else ''} was also found for the "
            f"target rows in each range of the {label_of(study.condition.name)} ({ranges}), "
            "which was a condition and no input."
        )
    yield (
        "Each row was predicted from a window that ends at that row; window lengths of "
        f"{lengths_text(settings)} were compared on the same target rows."
        if len(settings.window_rows) > 1
        else "Each row was predicted from that row alone."
    )


def _of_the_split(study, kept):
    """Say how rows were split."""
    settings, counts = study.settings, study.parts_table.iloc[:, 0]
    what = "The record" if kept["record"]["n_runs"] == 1 else "Each run"
    shares = (
        f"training, validation ({percent(settings.validation)}) and test ({percent(settings.test)})"
    )
    cut = (
        f"into {settings.n_blocks:,} blocks of time, assigned in turn to {shares}"
        if settings.n_blocks > 1
        else f"in the order of time into {shares}"
    )
    yield (
        f"{what} was cut {cut}{_pattern(study, kept)}: {counts['training']:,} training, "
        f"{counts['validation']:,} validation and {counts['test']:,} test rows as targets."
    )
    if counts["warm-up"]:
        yield (
            f"The first rows of {'the record' if what == 'The record' else 'each run'} "
            f"({counts['warm-up']:,} rows in all) have no full history for the longest window, "
            "and were neither trained on nor scored."
        )
    purge = f"Rows within {settings.rows_label(settings.purge_rows)} of a validation or test row"
    if settings.purge_rows:
        strict = settings.purge_rows >= settings.longest_window - 1
        yield f"{purge} were not trained on (purge)" + (
            ", so that no training window shares a row with a validation or test window."
            if strict
            else "; training windows share some rows with validation and test windows."
        )
    elif settings.longest_window > 1:
        yield "No rows were purged; training windows share rows with validation and test windows."


def _pattern(study, kept):
    """Return in which order the parts follow each other, where the record is one run."""
    if study.settings.n_blocks == 1 or kept["record"]["n_runs"] > 1:
        return ""
    scored = pd.Series(study.parts)
    # What is purged and what has no full history belongs to training in between.
    scored = scored.where(scored.isin(SCORED_PARTS), "training")
    pieces = scored.groupby((scored != scored.shift()).cumsum()).agg(["first", "size"])
    blocks = (pieces["size"] * study.settings.n_blocks / len(scored)).round().astype(int)
    order = [
        f"{part} ({counted(n, 'block')})" for part, n in zip(pieces["first"], blocks, strict=True)
    ]
    return f" in the order {', '.join(order)}" if len(order) <= MOST_PARTS else ""


def _of_the_training(study, kept):
    """Say what was trained, and how."""
    settings, regressor = study.settings, kept["regressor"]
    standardised = [
        what
        for what, done in (
            ("the inputs", regressor["normalize_X"]),
            ("the target", regressor["normalize_y"]),
        )
        if done
    ]
    yield (
        f"The network has {network_text(study, regressor)}"
        + (f"; {listed(standardised)} were standardised over the training rows" if standardised
           else "")
        + "."
    )  # fmt: skip
    optimizer = regressor.get("optimizer", "a custom optimiser")
    loss = regressor.get("loss", "a custom loss")
    epochs = counted(settings.max_epochs, "epoch")
    yield (
        f"It was trained with {OPTIMIZERS.get(optimizer, optimizer)} (learning rate "
        f"{regressor['lr']:g}, batches of {regressor['batch_size']} windows"
        f"{''.join(_of_the_optimiser(regressor))}) on "
        f"{LOSSES.get(loss, loss)} for {'' if _runs_all_epochs(regressor) else 'up to '}{epochs}"
        + (f", on one window in {settings.stride}" if settings.stride > 1 else "")
        + ("; the weights of the epoch with the lowest validation loss were kept."
           if regressor["restore_best"] else ".")
    )  # fmt: skip
    if len(settings.window_rows) == 1:
        yield (
            f"It was trained {times(settings.n_repeats)}, each time from another seed."
            if (settings.n_repeats > 1)
            else "It was trained once."
        )
    else:
        repeats = settings.n_repeats
        yield (
            f"Each window length was trained {up_to(study)}{times(repeats)}, from the same "
            f"seed{'s' if repeats > 1 else ''} at every length, and the length with the lowest "
            f"{'mean ' if repeats > 1 else ''}validation loss"
            + ("" if settings.eliminate is None else ", of those not given up,")
            + " is called the best."
        )
    swept = "In the sweep no" if study.settings.rotations else "No"
    yield f"{swept} model was trained on validation or test rows."
    if settings.eliminate is not None:
        yield race_method(study)


def _of_the_optimiser(regressor):
    """Say which further settings of the training are in use."""
    for name, said in (
        ("dropout", "dropout of {:g}"),
        ("weight_decay", "weight decay of {:g}"),
        ("gradient_clip", "gradients clipped at a norm of {:g}"),
        ("patience", "stopped after {} epochs without a lower validation loss"),
    ):
        if regressor.get(name):
            yield f", {said.format(regressor[name])}"
    if regressor.get("lr_schedule", "other") is not None:
        yield f", learning-rate schedule: {regressor.get('lr_schedule', 'custom')}"


def _runs_all_epochs(regressor):
    """Tell whether nothing ends a training early."""
    return regressor.get("patience") is None and regressor.get("callbacks", "some") is None


def _of_the_tests(study):
    """Say what skill is, and which rows it was tested on."""
    enough = {rows: enough_blocks(test.n_blocks) for rows, test in study.skill_tests.items()}
    tested = [ROWS[rows] for rows, done in enough.items() if done]
    untested = [ROWS[rows] for rows, done in enough.items() if not done]
    yield (
        "Skill is 1 minus the mean squared error over that of the better of two baselines, the "
        "training mean and the last training value before the row."
    )
    if study.settings.rotations:
        yield (
            "For the verdict over the whole record the split was rotated, and each block was "
            "predicted by a model that had not seen it, neither in training nor in validation: "
            "one training for each rotation. The window length was chosen once, for all rotations."
        )
    yield _tested_lengths(study)
    if tested:
        yield (
            f"On {listed(tested)} the skill was tested against each of the two baselines by a "
            "one-sided t-test at 5 % over blocks of rows (Diebold and Mariano, 1995); the higher p "
            f"counts. Blocks are at least as long as {_shortest_block(study)}. Bounds of a skill "
            "are one-sided as well, by Fieller's theorem."
        )
    if untested:
        what = listed(untested)
        one = untested == [ROWS[WHOLE_RECORD]]
        yield (
            f"{what[0].upper()}{what[1:]} {'makes' if one else 'make'} up fewer than five such "
            f"blocks, so that the skill there was not tested."
            if tested
            else f"The skill was not tested: {what} {'makes' if one else 'make'} up fewer than "
            f"five independent blocks, each at least as long as {_shortest_block(study)}."
        )
    if not study.settings.rotations:
        yield (
            (
                "The verdict is yes only where the tests on validation rows and on test rows both "
                "reject at 5 %."
            )
            if tested
            else "Without a test the verdict is not clear."
        )


def _shortest_block(study):
    """Say how long a block is at least."""
    of_split = ""
    if WHOLE_RECORD in study.skill_tests:
        of_split = ", and over the whole record as a block of the split"
    return "the longest window and twice the autocorrelation time of the loss difference" + of_split


def _tested_lengths(study):
    """Say which window length each test is of."""
    settings = study.settings
    best = settings.label_of(study.search.best_window_length_)
    errors = ", of errors averaged over the repeats" if settings.n_repeats > 1 else ""
    said = (
        f"The skill on validation and test rows is that of the best window length, {best}{errors}"
    )
    if WHOLE_RECORD not in study.skill_tests:
        return f"{said}."
    tested = tested_length(study, WHOLE_RECORD)
    recommended = settings.length_of(study.lengths.recommended_window_length)
    which = "recommended" if tested == recommended else "best"
    return f"{said}; that on the whole record is of the {which} one, {settings.label_of(tested)}."


def _of_the_lengths(study):
    """Say how window lengths were compared."""
    if study.history is None:
        return
    rows = ROWS[study.history.rows]
    if enough_blocks(study.history.test.n_blocks):
        yield (
            f"Whether history matters was tested in the same way on {rows}, between a window of "
            f"{study.settings.label_of(study.history.window_length)} and one of one row."
        )
    else:
        yield (
            "Whether history matters was not tested, since the independent blocks of "
            f"{rows} are too few."
        )
    table = study.lengths.table
    over = [
        how
        for how, column in (
            ("over the seeds (one-sided paired t-test of the validation losses)", "p_seeds"),
            ("over blocks of test rows", "p_blocks"),
        )
        if table[column].notna().any()
    ]
    if over:
        yield (
            "The recommended window length is the shortest that is not distinguishable at 5 % from "
            f"the best, {listed(over)}."
        )
    else:
        yield "Neither seeds nor blocks of test rows allowed a test between window lengths."


def _of_the_references(study):
    """Say which other models were compared."""
    yield (
        f"Ridge regression (penalties of {listed(f'{penalty:,.7g}' for penalty in PENALTIES)}) and "
        f"histogram gradient boosting (up to {' or '.join(map(str, LEAVES))} leaves in a tree) "
        "were trained on the same windows and rows, their settings chosen on validation rows."
    )
    if enough_blocks(study.references.first_against_second.n_blocks):
        yield "The best two models on test rows were compared by the same test."
    if study.law is not None:
        yield (
            f"The {LAW} (aging law; Dieterich, 1979; Ruina, 1983) was fitted to the training rows."
        )


def _of_the_importance(study):
    """Say how inputs were ranked."""
    n_models, n_inputs = study.importance.relative_.shape
    surrogates = study.null_floor.tests["n_surrogates"].iloc[0]
    best = study.settings.label_of(study.search.best_window_length_)
    models = f"the {counted(n_models, 'model')}" if n_models > 1 else "the model"
    yield (
        "The importance of an input is the mean absolute gradient of the prediction with respect "
        "to it, per standard deviation, over windows and lags, as a share of the sum over the "
        f"inputs, {'averaged over' if n_models > 1 else 'in'} {models} with a window of {best}."
        + (" That of the only input is 1." if n_inputs == 1 else "")
    )
    made = {
        "shift": "copies of the input that were shifted circularly in time",
        "phases": "copies of the input with random phases (Theiler et al., 1992; Schreiber and "
        "Schmitz, 1996)",
    }[study.null_floor.kind]
    n_trainings = study.null_floor.repeats["repeat"].nunique()
    yield (
        f"In {counted(n_trainings, 'further training')} {'it' if n_inputs == 1 else 'each input'} "
        f"was compared at 5 % with {surrogates:.0f} surrogates among the inputs, "
        f"{surrogates / n_trainings:.0f} in each: {made}."
    )
    if n_inputs > 1:
        yield (
            "The floor of an input is the share that the strongest of its surrogates would have in "
            "its place, averaged over these trainings; an input is distinguishable from an "
            "irrelevant one where its importance is above the floor as well."
        )
    if n_inputs > 1 and n_models > 1:
        yield (
            "The order of the inputs is taken as a finding only where the verdict on skill is yes, "
            "the models agree on it (Kendall's W, permutation test at 5 %) and the importance "
            "by permutation does not contradict it: the mean increase of the squared error over "
            "all rows when the histories of an input are exchanged between windows "
            f"({times(N_PERMUTATIONS)}, in the model whose loss is the median)."
        )


def _of_the_seeds(study, kept):
    """Say where the random numbers came from, and which software was used."""
    seeds = list(map(str, kept["seeds"]))
    used = f"repeats used the seeds {listed(seeds)}" if len(seeds) > 1 else f"seed was {seeds[0]}"
    yield f"All seeds were drawn with the random state {study.settings.random_state}; the {used}."
    versions = listed(f"{LIBRARIES[name]} {version}" for name, version in kept["versions"].items())
    yield f"Software: {versions}."
