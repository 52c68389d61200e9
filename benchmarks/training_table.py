"""One table of what the libraries need for the same training epoch, ours and those found."""

import json
import statistics
from dataclasses import dataclass

from training_work import HIDDEN_SIZES, TrainingWork

OURS = ("ours-fused", "ours-torch")
"""Our results; ratios are to the first of them that was measured."""
LIBRARIES = {
    "ours-fused": "sklearn_frictiongru, fused",
    "ours-torch": "sklearn_frictiongru, nn.GRU",
    "jax": "JAX, lax.scan",
    "keras": "Keras, TensorFlow",
    "tsai": "tsai",
    "aeon": "aeon",
}
COLUMNS = (
    "hidden",
    "library",
    "network",
    "threads, setting",
    "epoch [s]",
    "lowest",
    "highest",
    "times ours",
    "warm-up [s]",
    "peak memory [MB]",
)
NOT_MEASURED = "not measured"


@dataclass
class Document:
    """What is said above the table, the table, and what is said below it."""

    above: list
    rows: list
    below: list

    def markdown(self):
        """Return the document as Markdown."""
        lines = [COLUMNS, ["---"] * len(COLUMNS), *self.rows]
        table = [f"| {' | '.join(cells)} |" for cells in lines]
        return "\n\n".join([*self.above, "\n".join(table), *self.below]) + "\n"

    def rst(self):
        """Return the document as reStructuredText."""
        table = [".. list-table::", "   :header-rows: 1", ""]
        for cells in [COLUMNS, *self.rows]:
            marks = ["   * -", *["     -"] * (len(cells) - 1)]
            table += [f"{mark} {cell}".rstrip() for mark, cell in zip(marks, cells, strict=True)]
        return "\n\n".join([*self.above, "\n".join(table), *self.below]) + "\n"


def read_results(folder):
    """Return what was measured, by the name of the library."""
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {measured["peer"]: measured for measured in found}


def document(results, gflops):
    """Return the table of these results, for a machine with this matrix-product speed.

    Parameters
    ----------
    results : dict
        What `read_results` returned, with one of ours.
    gflops : float
        Speed of a float32 product of 1,024 x 1,024 matrices on one thread.

    Returns
    -------
    Document
        Rows by hidden size and library, medians and spread, and ratios to ours.
    """
    ours = next(results[name] for name in OURS if name in results)
    machine = ours["machine"]
    usable = {name: found for name, found in results.items() if found["machine"] == machine}
    rows, fastest = [], []
    for hidden_size in HIDDEN_SIZES:
        work = TrainingWork(hidden_size=hidden_size)
        seconds = statistics.median(_result(ours, work)["seconds"])
        rows += [_row(work, name, usable.get(name), seconds) for name in LIBRARIES]
        fastest += _fastest_of_the_others(work, usable, seconds)
    work = TrainingWork()
    above = [
        f"One training epoch of {work.n_windows:,} windows of {work.window_length} x "
        f"{work.n_features} in batches of {work.batch_size}: two causal convolutions "
        f"({work.conv_channels} channels, kernel {work.kernel_size}), {work.n_gru_layers} GRU "
        "layers, one dense output, mean squared error, Adam, float32. Median, lowest and "
        "highest of five epochs behind two of warm-up, which hold all compilation.",
        f"{machine['cpu']}, {machine['cores']} cores, {gflops:.0f} GFLOP/s in a float32 product "
        f"of 1,024 x 1,024 matrices on one thread; {ours['date'][:10]}.",
    ]
    below = [*fastest, *(_account(name, usable.get(name)) for name in LIBRARIES)]
    return Document(above, rows, below)


def _result(found, work):
    """Return what was measured of this very work, or None."""
    results = found["results"] if found else []
    return next((result for result in results if result["work"] == work.as_dict()), None)


def _row(work, name, found, seconds_of_ours):
    result = _result(found, work)
    first = [str(work.hidden_size), LIBRARIES[name]]
    if result is None:
        return [*first, NOT_MEASURED] + [""] * (len(COLUMNS) - len(first) - 1)
    seconds = result["seconds"]
    median = statistics.median(seconds)
    setting = [f"{key}={value}" for key, value in result["setting"].items() if name not in OURS]
    return [
        *first,
        "the same" if found["same_task"] else "another",
        ", ".join([str(result["threads"]), *setting]),
        f"{median:.2f}",
        f"{min(seconds):.2f}",
        f"{max(seconds):.2f}",
        f"{median / seconds_of_ours:.2f}",
        f"{sum(result['warm_up_seconds']):.1f}",
        f"{result['peak_memory_mb']:,.0f}",
    ]


def _fastest_of_the_others(work, usable, seconds_of_ours):
    medians = {
        name: statistics.median(_result(found, work)["seconds"])
        for name, found in usable.items()
        if name not in OURS and found["same_task"] and _result(found, work)
    }
    if not medians:
        return []
    name = min(medians, key=medians.get)
    return [
        f"Hidden {work.hidden_size}: the fastest other library on the same network is "
        f"{LIBRARIES[name]}, at {medians[name] / seconds_of_ours:.2f} times our time."
    ]


def _account(name, found):
    if not found:
        environment = "bench" if name in OURS else f"bench-{name}"
        return f"{LIBRARIES[name]}: {NOT_MEASURED} on this machine; tox run -e {environment}."
    versions = ", ".join(f"{package} {number}" for package, number in found["versions"].items())
    load = f"{found['load_before'][0]:.1f}"
    another = "" if found["same_task"] else f" Another network: {found['note']}"
    return f"{LIBRARIES[name]}: {versions}; {found['date'][:10]}, load {load} before it.{another}"
