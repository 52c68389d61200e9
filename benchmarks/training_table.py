"""Tables of what ours and other libraries need: of an epoch here, of a whole task elsewhere."""

import statistics
from dataclasses import dataclass

from training_work import WARM_UP_EPOCHS, TrainingWork

OURS = "ours"
"""Ratios are to this one."""
COLUMNS = (
    "hidden",
    "library",
    "threads, setting",
    "epoch [s]",
    "processor time [s]",
    "times ours",
    "times ours, processor time",
    "warm-up [s]",
    "peak memory [MB]",
)
NOT_MEASURED = "not measured"


@dataclass
class Document:
    """What is said above the table, the table, and what is said below it."""

    above: list
    columns: tuple
    rows: list
    below: list

    def markdown(self):
        """Return the document as Markdown."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = [f"| {' | '.join(cells)} |" for cells in lines]
        return "\n\n".join([*self.above, "\n".join(table), *self.below]) + "\n"

    def rst(self):
        """Return the document as reStructuredText."""
        table = [".. list-table::", "   :header-rows: 1", ""]
        for cells in [self.columns, *self.rows]:
            marks = ["   * -", *["     -"] * (len(cells) - 1)]
            table += [f"{mark} {cell}".rstrip() for mark, cell in zip(marks, cells, strict=True)]
        return "\n\n".join([*self.above, "\n".join(table), *self.below]) + "\n"


def document(found):
    """Return the table of what `bench_epochs.py` found.

    Returns
    -------
    Document
        Rows by hidden size and library: medians over the rounds, with the lowest and the highest,
        and the ratios to ours within each round.
    """
    machine, peers = found["machine"], found["peers"]
    rows, fastest = [], []
    for result in found["results"]:
        hidden_size = str(result["work"]["hidden_size"])
        rows += [
            [hidden_size, peers[name]["label"], *_cells(name, result["peers"])] for name in peers
        ]
        fastest += _fastest_of_the_others(hidden_size, peers, result["peers"])
    work = TrainingWork(**found["results"][0]["work"])
    some = next(iter(found["results"][0]["peers"].values()))["rounds"]
    above = [
        f"One training epoch of {work.n_windows:,} windows of {work.window_length} x "
        f"{work.n_features} in batches of {work.batch_size}: two causal convolutions "
        f"({work.conv_channels} channels, kernel {work.kernel_size}), {work.n_gru_layers} GRU "
        "layers, one dense output, mean squared error, Adam, float32. Number of rounds: "
        f"{len(some)}; in each, every library trains once in a fresh process, in turn. An epoch is "
        f"the fastest of {len(some[0]['seconds'])} after {WARM_UP_EPOCHS} of warm-up, which hold "
        "all compilation. Median over the rounds, lowest and highest in brackets; ratios are "
        "those within a round.",
        f"{circumstances(found)}, {machine['gflops']:.0f} GFLOP/s in a float32 product of 1,024 x "
        "1,024 matrices on one thread.",
    ]
    versions = {k: v for peer in peers.values() for k, v in (peer["versions"] or {}).items()}
    missing = [peer["label"] for peer in peers.values() if peer["versions"] is None]
    below = [*fastest, "Versions: " + ", ".join(f"{k} {v}" for k, v in versions.items()) + "."]
    below += [f"Not installed: {', '.join(missing)}."] if missing else []
    return Document(above, COLUMNS, rows, below)


def circumstances(found):
    """Return the command, the machine, the date, and how busy the machine was."""
    machine = found["machine"]
    return (
        f"``{found['command']}``: {machine['cpu']}, {machine['cores']} cores, "
        f"Python {machine['python']}; {found['date'][:10]}, load {found['load_before'][0]:.1f} "
        f"before and {found['load_after'][0]:.1f} after it"
    )


def _cells(name, measured):
    """Return the cells of a library after its name."""
    if name not in measured:
        return [NOT_MEASURED] + [""] * (len(COLUMNS) - 3)
    rounds = measured[name]["rounds"]
    setting = [f"{key}={value}" for key, value in rounds[0]["setting"].items()]
    ratios = [_ratios(name, measured, what) for what in ("seconds", "cpu_seconds")]
    return [
        ", ".join([str(rounds[0]["threads"]), *setting]),
        _spread([min(each["seconds"]) for each in rounds]),
        _spread([min(each["cpu_seconds"]) for each in rounds]),
        *("" if found is None else _spread(found) for found in ratios),
        f"{statistics.median(sum(each['warm_up_seconds']) for each in rounds):.1f}",
        f"{statistics.median(each['peak_memory_mb'] for each in rounds):,.0f}",
    ]


def _spread(values):
    """Return median, lowest and highest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}, {max(values):.2f})"


def _ratios(name, measured, what):
    """Return the ratio to ours in each round, None where ours was not measured."""
    if OURS not in measured:
        return None
    pairs = zip(measured[name]["rounds"], measured[OURS]["rounds"], strict=True)
    return [min(each[what]) / min(ours[what]) for each, ours in pairs]


def _fastest_of_the_others(hidden_size, peers, measured):
    """Return which other library is fastest, and its ratio, where ours was measured."""
    others = [name for name in measured if not name.startswith(OURS)]
    if OURS not in measured or not others:
        return []
    medians = {name: statistics.median(_ratios(name, measured, "seconds")) for name in others}
    name = min(medians, key=medians.get)
    return [
        f"Hidden {hidden_size}: the fastest other library is {peers[name]['label']}, at "
        f"{medians[name]:.2f} times our time."
    ]
