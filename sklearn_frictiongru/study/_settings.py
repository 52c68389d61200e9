"""The settings of a study, and the presets that they are taken from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.validation import counts_rows, index_of

PRESETS = {
    "quick": {
        "window_lengths": (10, 25, 50, 100),
        "n_repeats": 5,
        "max_epochs": 25,
        "stride": 3,
        "purge": None,
        "rotations": True,
        "eliminate": None,
    },
    # Windows of 500 rows, purged strictly, would leave nothing of most records to train on;
    # how the published protocol split its record is not known.
    "paper": {
        "window_lengths": tuple(range(50, 501, 50)),
        "n_repeats": 20,
        "max_epochs": 100,
        "stride": 1,
        "purge": 0,
        # Ten more trainings of 100 epochs.
        "rotations": False,
        "eliminate": None,
    },
}
PRESETS["paper-fast"] = {**PRESETS["paper"], "eliminate": 0.05}


@dataclass(frozen=True)
class StudySettings:
    """What a study was asked to do, with presets and durations resolved."""

    window_lengths: list[int | str | pd.Timedelta]
    n_repeats: int
    max_epochs: int
    stride: int
    purge: int | None
    rotations: bool
    eliminate: float | None
    log: list[str]
    preset: str
    validation: float
    test: float
    n_blocks: int
    random_state: int
    name: str
    window_rows: list[int]
    sampling_interval: float | None
    max_gap: int | str | pd.Timedelta | None = None

    @property
    def longest_window(self) -> int:
        """Rows of the longest window."""
        return max(self.window_rows)

    def length_of(self, rows: int) -> int | str | pd.Timedelta:
        """Return the window length of a number of rows, as given."""
        return self.window_lengths[self.window_rows.index(rows)]

    def rows_of(self, window_length: int | str | pd.Timedelta) -> int:
        """Return the number of rows of a window length, as given."""
        return self.window_rows[self.window_lengths.index(window_length)]

    def seconds_text(self, rows: int) -> str:
        """Return rows as a time, "" where the record has no times."""
        if self.sampling_interval is None:
            return ""
        return f"{rows * self.sampling_interval:,.6g} s"

    def rows_label(self, rows: int) -> str:
        """Return a number of rows, and their seconds where the record has times."""
        seconds = self.seconds_text(rows)
        return f"{rows:,} row{'s' * (rows != 1)}" + (f" ({seconds})" if seconds else "")

    def label_of(self, window_length: int | str | pd.Timedelta) -> str:
        """Return a window length in rows, and in seconds where the record has times."""
        return self.rows_label(self.rows_of(window_length))

    @property
    def purge_rows(self) -> int:
        """Rows that are left out of training next to validation and test blocks."""
        return self.longest_window - 1 if self.purge is None else self.purge

    def seconds_of(self, window_length: int | str | pd.Timedelta) -> float:
        """Return a window length in seconds; in rows where the record has no times."""
        return self.rows_of(window_length) * (self.sampling_interval or 1)


def has_times(X):
    """Tell whether the rows of a table have times, so that windows can be given in seconds."""
    index = index_of(X)
    return index is not None and not counts_rows(index)


def choose_settings(runs, *, preset, changes, has_times=True, **others):
    """Return the settings of a preset with some of them changed."""
    chosen = {**PRESETS[preset], **changes}
    # A table holds times of NumPy as those of pandas.
    lengths = [
        pd.Timedelta(length) if isinstance(length, np.timedelta64) else length
        for length in chosen["window_lengths"]
    ]
    rows = [runs.rows_of(length) for length in lengths]
    if 1 not in rows:
        # Whether history matters is asked against a window that has none.
        lengths, rows = [1, *lengths], [1, *rows]
    chosen["window_lengths"] = lengths
    if chosen["purge"] is not None:
        chosen["purge"] = runs.rows_of(chosen["purge"], "purge", minimum=0)
    return StudySettings(
        **chosen,
        preset=preset,
        **others,
        window_rows=rows,
        sampling_interval=runs.sampling_interval if has_times else None,
    )
