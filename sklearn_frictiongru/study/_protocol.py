"""The whole protocol in one call: sweep, test, importance, report."""

import json
import platform
import warnings
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
import skorch
import torch
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from sklearn_frictiongru import __version__
from sklearn_frictiongru.inspection import GradientImportance, compare_permutation, null_floor
from sklearn_frictiongru.inspection._conditions import condition_ranges
from sklearn_frictiongru.model_selection import RunHoldout, WindowLengthSearchCV, skill_score
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.preprocessing._runs import find_runs
from sklearn_frictiongru.rate_state import RateStateRegressor
from sklearn_frictiongru.study import _figures
from sklearn_frictiongru.study._report import write_report
from sklearn_frictiongru.study._truth import beside_truth
from sklearn_frictiongru.utils.validation import (
    check_finite,
    check_same_index,
    column_names,
    index_of,
)

PRESETS = {
    "quick": {
        "window_lengths": (10, 25, 50, 100),
        "n_repeats": 5,
        "max_epochs": 25,
        "stride": 3,
        "purge": None,
    },
    # Windows of 500 rows, purged strictly, would leave nothing of most records to train on;
    # how the published protocol split its record is not known.
    "paper": {
        "window_lengths": tuple(range(50, 501, 50)),
        "n_repeats": 20,
        "max_epochs": 100,
        "stride": 1,
        "purge": 0,
    },
}

FEWEST_ROWS_OF_A_RANGE = 30
MOST_CATEGORIES = 6
N_SHOWN_LENGTHS = 4
N_PERMUTATIONS = 2
SCORED_PARTS = ("validation", "test")


def run_study(
    X,
    y,
    *,
    condition=None,
    condition_name=None,
    condition_bins=None,
    velocity=None,
    truth=None,
    output="study",
    preset="quick",
    window_lengths=None,
    n_repeats=None,
    max_epochs=None,
    stride=None,
    purge="preset",
    validation=0.2,
    test=0.2,
    n_blocks=10,
    regressor=None,
    n_jobs=-1,
    random_state=0,
    name="record",
    notes=(),
    verbose=1,
):
    """Run the published protocol on a record and write a report of it.

    The record is split into training, validation and test parts in blocks of time. Every
    window length is trained with every seed; the models that come out of that sweep, never
    trained again, predict validation and test rows; the gradients of all repeats at the
    best window length rank the inputs. Interrupted and called again with the same
    arguments, it goes on where it stopped.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        Inputs, with runs and time in the index.
    y : array-like of shape (n_rows,)
        Target, friction.
    condition : array-like of shape (n_rows,), default=None
        Condition to give importances for, such as normal stress in MPa. It is no input.
    condition_name : str, default=None
        Its name and unit; the name of the series if None.
    condition_bins : array-like of shape (n_ranges + 1,), default=None
        Edges of its ranges; if None, each value where there are few, else up to four
        ranges of equal width, joined where they hold few rows.
    velocity : str or int, default=None
        Column of the slip velocity [m/s] among the inputs: the rate-and-state law is fitted
        to it over the training rows and shown beside the network. None: no law.
    truth : dict, default=None
        What is known of a simulated record, to be printed beside what is found:
        ``causal_parents`` (list of str), ``time_scales`` (dict of seconds), ``memory``
        (rows) and ``importances`` (dict by input), or some of these.
    output : str or path-like, default="study"
        Folder for everything that is written.
    preset : {"quick", "paper"}, default="quick"
        What the following four and `purge` are where they are not given. "quick": windows of
        10, 25, 50 and 100 rows, 5 repeats of 25 epochs, strict purge. "paper": 50, 100, ...
        500 rows, 20 repeats of 100 epochs, no purge (how the published protocol split its
        record is not known; the report says so).
    window_lengths : sequence of int, str or pandas.Timedelta, default=None
        Window lengths, in rows or as times.
    n_repeats : int, default=None
        Trainings of each window length.
    max_epochs : int, default=None
        Epochs of each training.
    stride : int, default=None
        Train on every so-manyth window.
    purge : int or None, default="preset"
        Rows left out of training next to validation and test blocks; None is strict, one
        less than the longest window.
    validation, test : float, default=0.2
        Shares of each run.
    n_blocks : int, default=10
        Blocks that each run is cut into; 1 is the plain tail split.
    regressor : GRUFrictionRegressor, default=None
        Regressor to train, whose epochs, stride, purge and validation are set by this
        function; the default network with a learning rate of 0.003 if None.
    n_jobs : int, default=-1
        Trainings side by side, one thread each; -1 is one per core.
    random_state : int, default=0
        Where all seeds are drawn from.
    name : str, default="record"
        Name of the record, for the report.
    notes : sequence of str, default=()
        What a reader must know of the record, for the report.
    verbose : int, default=1
        Whether to show progress bars.

    Returns
    -------
    Bunch
        ``search``, ``importance``, ``null_floor``, ``permutation`` (the comparison of the
        shown model's gradients with permutation), ``parts`` (part of each row),
        ``parts_table``, ``outside_range``, ``shown_lengths``, ``predictions``, ``skill`` (of
        the shown lengths), ``repeat_skill`` (of every repeat at the best length),
        ``has_skill`` (whether the median of these is above 0 on validation and on test
        rows), ``law`` (the fitted law, its predictions, skill and warnings, or None),
        ``truth``, ``beside_truth`` (sentences), ``settings`` and ``report`` (path of
        ``report.html``).

    Raises
    ------
    ValueError
        If the data or an argument cannot be used, before any training starts where that
        can be known; finished trainings stay in the folder.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> from sklearn_frictiongru.study import run_study
    >>> X = np.random.default_rng(0).normal(size=(600, 2))
    >>> y = 0.6 + 0.1 * np.convolve(X[:, 0], np.ones(4) / 4)[:600]
    >>> small = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, lr=0.01)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = run_study(
    ...         X,
    ...         y,
    ...         window_lengths=[2, 8],
    ...         n_repeats=2,
    ...         max_epochs=15,
    ...         stride=1,
    ...         regressor=small,
    ...         output=folder,
    ...         n_jobs=1,
    ...         verbose=0,
    ...     )
    ...     study.report.name
    'report.html'
    >>> study.search.best_window_length_, study.has_skill
    (8, True)
    """
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}; expected one of {sorted(PRESETS)}.")
    given = {
        "window_lengths": window_lengths,
        "n_repeats": n_repeats,
        "max_epochs": max_epochs,
        "stride": stride,
    }
    settings = {**PRESETS[preset], **{k: v for k, v in given.items() if v is not None}}
    settings["window_lengths"] = list(settings["window_lengths"])
    if purge != "preset":
        settings["purge"] = purge
    settings.update(
        preset=preset,
        validation=validation,
        test=test,
        n_blocks=n_blocks,
        random_state=random_state,
        name=name,
    )
    folder = _writable(output)
    study = Bunch(settings=settings, notes=list(notes), n_features=np.shape(X)[1], truth=truth)
    _check_names(study, X, velocity)
    check_same_index(X, y)
    _read_condition(study, condition, condition_name, X)
    holdout = _holdout(settings, X)
    regressor = _regressor(settings, regressor, holdout)
    study.parts = _split(study, holdout, regressor, X, y)
    study.condition_bins = _condition_bins(study, condition_bins)
    # What the importance will need is checked before anything is trained.
    condition_ranges(
        study.condition, study.condition_bins, len(X), np.flatnonzero(study.parts != "warm-up")
    )
    study.parts_table = _parts_table(study)
    study.outside_range = _outside_range(X, study.parts)

    study.search = _sweep(study, regressor, X, y, folder, n_jobs, verbose)
    study.shown_lengths = _shown_lengths(study.search)
    study.predictions, study.skill = _predict(study, X, y)
    study.repeat_skill = _repeat_skill(study, X)
    study.law = None if velocity is None else _law(study, X, y, velocity)
    # One training can be lucky, so that the median of the repeats decides.
    median_skill = study.repeat_skill.groupby("part")["skill"].median()
    study.has_skill = bool((median_skill > 0).all())
    study.null_floor = null_floor(
        study.search.best_estimator_,
        X,
        y,
        n_jobs=n_jobs,
        random_state=random_state,
        memory=folder / "trainings",
        verbose=verbose,
    )
    study.importance = _importance(study, float(median_skill.min()), X, y)
    study.permutation = _permutation(study, X, y)
    study.beside_truth = beside_truth(study)
    study.report = _write(study, folder, X, y)
    return study


def _writable(output):
    """Return the output folder, made and tried."""
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(
            f"the folder {str(output)!r} cannot be written to ({error.strerror}); expected a "
            "folder for the results. Choose another one with output."
        ) from error
    return folder


def _read_condition(study, condition, condition_name, X):
    """Check the condition and keep it with its name."""
    study.condition, study.condition_name = None, None
    if condition is None:
        return
    values = pd.Series(np.asarray(condition))
    if len(values) != len(X):
        raise ValueError(
            f"condition has {len(values)} values; expected one for each of the {len(X)} rows."
        )
    if pd.api.types.is_numeric_dtype(values):
        check_finite(values.to_numpy(dtype=np.float64), ["condition"], "condition")
    study.condition = values
    study.condition_name = condition_name or getattr(condition, "name", None) or "condition"


def _check_names(study, X, velocity):
    """Raise where the velocity or the true importances name no input."""
    names = column_names(X, study.n_features)
    named = {"velocity": [velocity] if isinstance(velocity, str) else []}
    named["truth"] = (study.truth or {}).get("importances", [])
    for argument, wanted in named.items():
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ValueError(
                f"{argument} names {missing[0]!r}, which is none of the inputs {names}. Name one "
                "of these, or leave it out."
            )


def _holdout(settings, X):
    """Return the splitter, made for the longest window."""
    interval = find_runs(X).sampling_interval
    probe = [
        SlidingWindowTransformer(window_length=length).fit(X).window_length_
        for length in settings["window_lengths"]
    ]
    settings["window_rows"] = probe
    settings["sampling_interval"] = interval
    return RunHoldout(
        settings["validation"],
        settings["test"],
        n_blocks=settings["n_blocks"],
        window_length=max(probe),
        purge=settings["purge"],
    )


def _split(study, holdout, regressor, X, y):
    """Return the part of each row, checked for something to train on."""
    longest_run, longest = int(find_runs(X).lengths.max()), holdout.window_length
    if longest > longest_run:
        raise ValueError(
            f"the longest window has {longest} rows, the longest run only {longest_run}; expected "
            "runs longer than every window. Choose shorter window lengths."
        )
    check_finite(
        np.asarray(X, dtype=np.float64), column_names(X, study.n_features), "X", index_of(X)
    )
    check_finite(np.asarray(y, dtype=np.float64), ["y"], "y", index_of(y))
    parts = holdout.parts(X)
    n_rows = int((parts == "training").sum())
    n_training = n_rows // regressor.stride
    if n_training < regressor.batch_size:
        raise ValueError(
            f"the split leaves {n_training} complete windows to train on ({n_rows} rows, every "
            f"{regressor.stride}. of them; {int((parts == 'purged').sum())} rows are purged); "
            f"expected at least one batch of {regressor.batch_size}. Choose shorter window "
            "lengths, fewer blocks, a smaller stride or a lower purge."
        )
    return parts


def _condition_bins(study, bins):
    """Return the edges of the condition's ranges; None for categories or no condition."""
    condition = study.condition
    if condition is None or not pd.api.types.is_numeric_dtype(condition):
        return None
    values = condition.to_numpy(dtype=np.float64)
    if bins is not None:
        return [float(edge) for edge in bins]
    if len(np.unique(values)) <= MOST_CATEGORIES:
        return None
    # A range counts rows with their full history only.
    counted = values[study.parts != "warm-up"]
    edges = list(np.histogram_bin_edges(values, bins=4))
    while len(edges) > 2:
        counts, _ = np.histogram(counted, edges)
        few = int(counts.argmin())
        if counts[few] >= FEWEST_ROWS_OF_A_RANGE:
            break
        del edges[few if few == len(counts) - 1 else few + 1]
    return [float(edge) for edge in edges]


def _parts_table(study):
    """Count the rows of each part, in all and in each range of the condition."""
    parts = pd.Categorical(
        study.parts, ["training", "validation", "test", "purged", "warm-up"], ordered=True
    )
    table = pd.DataFrame({"rows": pd.Series(parts).value_counts(sort=False)})
    if study.condition is not None:
        ranges = study.condition.astype(str)
        if study.condition_bins is not None:
            ranges = pd.cut(study.condition, study.condition_bins, include_lowest=True)
        counts = pd.crosstab(parts, np.asarray(ranges.astype(str)))
        for column in counts:
            table[f"{study.condition_name} {column}"] = counts[column]
    table.index.name = "part"
    return table.fillna(0).astype(int)


def _outside_range(X, parts):
    """Return the share of rows outside of each input's range over the training rows."""
    values = np.asarray(X, dtype=np.float64)
    training = values[parts == "training"]
    low, high = training.min(axis=0), training.max(axis=0)
    table = {"training_min": low, "training_max": high}
    for part in SCORED_PARTS:
        here = values[parts == part]
        table[f"{part}_outside"] = ((here < low) | (here > high)).mean(axis=0)
    return pd.DataFrame(table, index=pd.Index(column_names(X, values.shape[1]), name="parameter"))


def _regressor(settings, regressor, holdout):
    """Return the regressor to train, with what the protocol sets."""
    if regressor is None:
        # Ten times fewer batches than in the published protocol want larger steps.
        regressor = GRUFrictionRegressor(lr=0.003)
    regressor = sklearn.base.clone(regressor).set_params(
        max_epochs=settings["max_epochs"],
        stride=settings["stride"],
        purge=settings["purge"],
        validation=holdout,
    )
    settings["regressor"] = {
        key: value
        for key, value in regressor.get_params().items()
        if isinstance(value, str | int | float | bool | None)
    }
    return regressor


def _sweep(study, regressor, X, y, folder, n_jobs, verbose):
    """Train every window length with every seed."""
    settings = study.settings
    search = WindowLengthSearchCV(
        Pipeline([("window", SlidingWindowTransformer()), ("gru", regressor)]),
        settings["window_lengths"],
        n_repeats=settings["n_repeats"],
        n_jobs=n_jobs,
        memory=folder / "trainings",
        random_state=settings["random_state"],
        keep_estimators="all",
        verbose=verbose,
    )
    search.fit(X, y)
    settings["seeds"] = [int(seed) for seed in search.seeds_]
    return search


def _shown_lengths(search):
    """Choose the window lengths whose predictions are shown, and say what each stands for."""
    rows = search.results_.groupby("window_length", sort=False)["rows"].first()
    by_rows = list(rows.sort_values().index)
    best = search.best_window_length_
    wanted = {by_rows[0]: "shortest", by_rows[-1]: "longest"}
    wanted[best] = "best" if best not in wanted else f"best, {wanted[best]}"
    # From the middle outwards, so that the first one added is the medium length.
    middle = sorted(by_rows, key=lambda length: abs(by_rows.index(length) - len(by_rows) / 2))
    for length in middle:
        if len(wanted) >= min(N_SHOWN_LENGTHS, len(by_rows)):
            break
        wanted.setdefault(length, "medium")
    return {length: wanted[length] for length in by_rows if length in wanted}


def _predict(study, X, y):
    """Predict all rows by the sweep's own models and compare them with the baselines."""
    runs = find_runs(X)
    index = index_of(X)
    index = pd.RangeIndex(len(X)) if index is None else index
    predictions = pd.DataFrame(
        {
            "run": runs.codes,
            "time": index.get_level_values(-1),
            "part": study.parts,
            "measured": np.asarray(y, dtype=np.float64),
        }
    )
    skills = {}
    for length in study.shown_lengths:
        model = study.search.median_estimator(length)
        predicted = model.predict(X)
        # Rows without full history for the longest window are compared nowhere.
        predicted[study.parts == "warm-up"] = np.nan
        predictions[f"predicted_{length}"] = predicted
        for part in SCORED_PARTS:
            skills[length, part] = _skill_on(part, study, model, predictions, predicted)
    return predictions, _skill_table(skills, ["window_length", "part"])


def _repeat_skill(study, X):
    """Compare every repeat at the best window length with the baselines."""
    skills = {
        (repeat, part): _skill_on(part, study, model, study.predictions, predicted)
        for repeat, model in enumerate(study.search.estimators_)
        if model is not None
        for predicted in [model.predict(X)]
        for part in SCORED_PARTS
    }
    return _skill_table(skills, ["repeat", "part"])


def _law(study, X, y, velocity):
    """Fit the classical law to the training rows and compare it with the baselines."""
    training = np.flatnonzero(study.parts == "training")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # The states follow the velocity of all rows; the friction of the others is not used.
        model = RateStateRegressor(velocity=velocity).fit(X, y, rows=training)
    predicted = model.predict(X)
    study.predictions["predicted_law"] = predicted
    skills = {
        part: _skill_on(part, study, study.search.best_estimator_, study.predictions, predicted)
        for part in SCORED_PARTS
    }
    return Bunch(
        model=model,
        skill=pd.DataFrame.from_dict(skills, orient="index").rename_axis("part"),
        warnings=[str(warning.message) for warning in caught],
    )


def _skill_on(part, study, model, table, predicted):
    """Compare predictions with the baselines on the rows of a part."""
    return skill_score(
        table["measured"],
        predicted,
        training=model[-1].training_indices_,
        scored=np.flatnonzero(study.parts == part),
        run_codes=table["run"],
    )


def _skill_table(skills, names):
    """Return skills by key as a table."""
    table = pd.DataFrame.from_dict(skills, orient="index")
    table.index = pd.MultiIndex.from_tuples(skills, names=names)
    return table


def _importance(study, skill, X, y):
    """Take the gradients of every repeat at the best window length.

    One model after another, each on all threads: to hand few models to other processes
    takes longer than their gradients do.
    """
    condition = study.condition
    importance = GradientImportance(
        by=None if condition is None else condition.rename(study.condition_name),
        bins=study.condition_bins,
        null_floor=study.null_floor,
        skill=skill,
        random_state=study.settings["random_state"],
    )
    with _silent_on_what_the_report_says():
        return importance.fit([m for m in study.search.estimators_ if m is not None], X, y)


def _permutation(study, X, y):
    """Compare gradients with permutation, for the model whose predictions are shown."""
    with _silent_on_what_the_report_says():
        return compare_permutation(
            [study.search.best_estimator_],
            X,
            y,
            n_repeats=N_PERMUTATIONS,
            random_state=study.settings["random_state"],
        )


@contextmanager
def _silent_on_what_the_report_says():
    """Leave out warnings that the report gives at the places where they matter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(not interpretable|strongly correlated).*")
        yield


def _write(study, folder, X, y):
    """Write figures, tables, settings, model and report; return the report's path."""
    figures = {
        "figure_1_window_length": _figures.draw_window_lengths,
        "figure_2_predictions": _figures.draw_predictions,
        "figure_2b_predictions_along_time": _figures.draw_predictions_along_time,
        "figure_3_importance": _figures.draw_importance,
        "figure_4_importance_by_condition": _figures.draw_importance_by_condition,
        "figure_5_importance_along_time": _figures.draw_importance_along_time,
        "figure_6_importance_by_lag": _figures.draw_importance_by_lag,
    }
    if study.condition is None:
        del figures["figure_4_importance_by_condition"]
    for name, draw in figures.items():
        _figures.save_figure(draw(study), folder, name)
    importance = study.importance.frame()
    of_lag = importance["lag"].notna()
    along_time = study.importance.along_time()
    net = study.importance.along_time("net").drop(columns=["run", "time"])
    curves = study.search.learning_curves_.set_index(["window_length", "repeat", "epoch"])
    tables = {
        "sweep_results": study.search.results_.set_index("window_length"),
        "sweep_summary": study.search.summary(),
        "learning_curves": curves.drop(columns=["rows", "split", "seed"]),
        "parts": study.parts_table,
        "outside_training_range": study.outside_range,
        "predictions": study.predictions.rename_axis("row"),
        "skill": study.skill,
        "skill_of_repeats": study.repeat_skill,
        "importance": importance[~of_lag].drop(columns="lag").set_index("model"),
        "importance_summary": study.importance.summary(),
        "importance_groups": study.importance.group_summary(),
        "importance_by_lag": importance[of_lag].query("condition == 'all'").set_index("model"),
        "importance_along_time": along_time.join(net.add_suffix("_net")),
        "importance_by_permutation": study.permutation.frame.drop(columns="model").set_index(
            "parameter"
        ),
        "null_floor": study.null_floor.repeats.set_index("copied"),
    }
    if study.law is not None:
        tables["skill_of_law"] = study.law.skill
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv")
    joblib.dump(study.search.best_estimator_, folder / "best_model.joblib", compress=1)
    settings = {**study.settings, "versions": _versions(), "notes": study.notes}
    text = json.dumps(settings, indent=2, default=str)
    (folder / "settings.json").write_text(text + "\n", encoding="utf-8")
    return write_report(study, folder, list(figures), list(tables))


def _versions():
    """Return the versions of what the numbers depend on."""
    return {
        "sklearn_frictiongru": __version__,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "skorch": skorch.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
    }
