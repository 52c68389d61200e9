"""Writing a simulated record with known truth to a file."""

from __future__ import annotations

import inspect
import json
import os
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from sklearn_frictiongru import __version__
from sklearn_frictiongru.datasets import (
    ExperimentConstants,
    make_friction_experiment,
    make_memory_regression,
)
from sklearn_frictiongru.utils.extras import import_extra
from sklearn_frictiongru.utils.files import whole_file
from sklearn_frictiongru.utils.results import Results

RUN, TIME = "run", "time_s"


def _write_csv(table, file):
    """Write a table as CSV: the same bytes on every system, and floats that read back exactly."""
    table.to_csv(file, index=False, lineterminator="\n")


def _write_parquet(table, file):
    """Write a table as Parquet."""
    table.to_parquet(file, index=False)


WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".pq": _write_parquet}


@dataclass(frozen=True)
class SimulatedRecord:
    """A simulated record on disk, as :func:`write_simulated_record` returns it.

    Attributes
    ----------
    path : pathlib.Path
        File of the record.
    truth_path : pathlib.Path
        JSON file with the truth of the record.
    n_rows : int
        Total number of rows.
    n_runs : int
        Runs.
    time, run, target : str
        Columns of the time in seconds, of the name of the run and of the target.
    inputs : list of str
        Columns of the inputs.
    condition : str or None
        Column of the normal stress [MPa]; None for a record without it.
    velocity : str or None
        Column of the slip velocity [m/s] among the inputs; None for a record without it.
    window_lengths : list of int or None
        Window lengths in rows that are worth comparing if the memory is known: shorter than,
        equal to and longer than the memory.

    See Also
    --------
    write_simulated_record : Writes the record and returns this.
    read_record : Reads the record, given these columns.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import write_simulated_record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_simulated_record(
    ...         Path(folder, "a.csv"), "experiment", duration=20
    ...     )
    >>> written.target, written.condition
    ('friction', 'normal_stress_mpa')
    """

    path: Path
    truth_path: Path
    n_rows: int
    n_runs: int
    time: str
    run: str
    target: str
    inputs: list[str]
    condition: str | None = None
    velocity: str | None = None
    window_lengths: list[int] | None = None


def write_simulated_record(
    path: str | os.PathLike[str],
    kind: Literal["experiment", "memory"],
    *,
    force: bool = False,
    **parameters: Any,
) -> SimulatedRecord:
    """Simulate a record and write it to a file, with its truth in a second file.

    The truth of ``FILE.csv`` is written to ``FILE_truth.json``: what is known about the record,
    and all parameters, so that the record can be simulated again.

    Parameters
    ----------
    path : str or path-like
        File to write, ending in ``.csv``, ``.parquet`` or ``.pq`` (extra ``parquet``).
    kind : {"experiment", "memory"}
        A friction experiment (:func:`~sklearn_frictiongru.datasets.make_friction_experiment`)
        or a filter of known memory
        (:func:`~sklearn_frictiongru.datasets.make_memory_regression`).
    force : bool, default=False
        Whether to replace files that exist.
    **parameters : dict
        Parameters of that function. ``constants`` may be a dict of the constants that
        differ from the defaults.

    Returns
    -------
    SimulatedRecord
        The two paths and the names of the columns.

    Raises
    ------
    ValueError
        If a file exists, the ending is unknown or a parameter is out of bounds. Existing files
        are not changed.

    See Also
    --------
    read_record : Reads the record.
    read_truth : Reads the truth.
    SimulatedRecord : The class of the result.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import read_record, write_simulated_record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_simulated_record(
    ...         Path(folder, "record.csv"),
    ...         "memory",
    ...         n_samples=50,
    ...         n_features=2,
    ...         memory=3,
    ...     )
    ...     record = read_record(
    ...         written.path,
    ...         time="time_s",
    ...         run="run",
    ...         target="target",
    ...         inputs=["x0", "x1"],
    ...     )
    >>> record.data.shape, written.window_lengths
    ((50, 2), [2, 3, 5, 6])
    """
    if kind not in SIMULATIONS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(SIMULATIONS)}.")
    path = Path(path)
    truth_path = path.with_name(f"{path.stem}_truth.json")
    _check_output(path, truth_path, force)
    simulated = SIMULATIONS[kind](**parameters)
    roles, table = simulated.roles, simulated.table
    truth = {
        "record": path.name,
        "kind": kind,
        "version": __version__,
        "target": roles["target"],
        "inputs": roles["inputs"],
        **simulated.truth,
    }
    text = json.dumps(truth, indent=2, allow_nan=False, default=_plain)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A kill between writing the two files must not pair a record with the truth of another.
    truth_path.unlink(missing_ok=True)
    with whole_file(path) as file:
        WRITERS[path.suffix.lower()](table, file)
    with whole_file(truth_path) as file:
        file.write(f"{text}\n".encode())
    return SimulatedRecord(
        path=path,
        truth_path=truth_path,
        n_rows=len(table),
        n_runs=table[RUN].nunique(),
        time=TIME,
        run=RUN,
        **roles,
    )


def _check_output(path, truth_path, force):
    """Raise where the files cannot be written, before any work is done."""
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise ValueError(
            f"the output {path.name!r} ends in {path.suffix!r}; expected a file that ends in "
            f"{', '.join(WRITERS)}."
        )
    if WRITERS[ending] is _write_parquet:
        try:
            import_extra("pyarrow", "parquet", f"writing {path.name!r}")
        except ImportError as error:
            raise ValueError(str(error)) from error
    taken = [repr(str(file)) for file in (path, truth_path) if file.exists()]
    if taken and not force:
        raise ValueError(
            f"{' and '.join(taken)} would be overwritten; expected files that do not exist yet. "
            "Choose another path, or replace them with force=True (--force)."
        )


def _simulate_experiment(*, constants=None, **parameters):
    """Return the table, the truth and the roles of the columns of an experiment."""
    experiment = make_friction_experiment(**parameters, constants=_constants(constants))
    return Results(
        table=experiment.frame.rename_axis([RUN, TIME]).reset_index(),
        roles={
            "target": experiment.target_name,
            "inputs": experiment.feature_names,
            "condition": experiment.normal_stress.name,
            "velocity": experiment.feature_names[0],
        },
        truth={
            "causal_parents": experiment.causal_parents,
            "time_scales": experiment.time_scales,
            "parameters": experiment.parameters,
        },
    )


def _simulate_memory(**parameters):
    """Return the table, the truth and the roles of the columns of a filter of known memory."""
    call = inspect.signature(make_memory_regression).bind(**parameters)
    call.apply_defaults()
    X, y, coef = make_memory_regression(*call.args, **call.kwargs)
    parameters = dict(call.arguments)
    # How the truth is returned is not a property of the record.
    del parameters["coef"]
    return Results(
        table=X.assign(**{y.name: y}).rename_axis([RUN, TIME]).reset_index(),
        roles={
            "target": y.name,
            "inputs": X.columns.to_list(),
            # Shorter windows miss rows, the true length holds all rows, longer ones add nothing.
            "window_lengths": sorted({-(-halves * coef.memory // 2) for halves in (1, 2, 3, 4)}),
        },
        truth={
            "memory": coef.memory,
            "importances": coef.importances,
            "weights": coef.weights,
            "parameters": parameters,
        },
    )


SIMULATIONS = {"experiment": _simulate_experiment, "memory": _simulate_memory}


def _constants(changes):
    """Return the constants with some of them changed."""
    if isinstance(changes, ExperimentConstants):
        return changes
    changes = changes or {}
    known = [*inspect.signature(ExperimentConstants).parameters]
    for name in changes:
        if name not in known:
            raise ValueError(f"there is no constant {name!r}; expected one of {', '.join(known)}.")
    return ExperimentConstants(**changes)


def _plain(value):
    """Convert a value that JSON does not support."""
    if is_dataclass(value):
        return {"type": type(value).__name__, **asdict(value)}
    if isinstance(value, pd.DataFrame):
        return value.to_dict(orient="list")
    return value.to_dict()
