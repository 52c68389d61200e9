"""Which rows are drawn along time: few enough that measured and predicted lines differ."""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.utils.panels import spread, stretches

HIDDEN = 0.01
"""Share of the span of measured values below which two lines cannot be distinguished."""

ROWS_DRAWN = 300
"""Rows over the width of the figure, over all panels."""


class Excerpt(NamedTuple):
    """Rows of a part in one run that a panel shows: those where the target varies the most."""

    run: str
    part: str
    rows: np.ndarray


def excerpts_of(study):
    """Return the excerpt of each panel, and the number of runs with scored rows.

    A record of one run has a panel for each scored part; of several runs, up to a number, each
    has a panel for one part, in turns.
    """
    table = study.predictions
    scored = table["part"].isin(SCORED_PARTS)
    runs = list(dict.fromkeys(table.loc[scored, "run"]))
    shown = spread(runs)
    if len(runs) == 1:
        wanted = [(runs[0], part) for part in SCORED_PARTS]
    else:
        wanted = list(zip(shown, itertools.cycle(SCORED_PARTS), strict=False))
    n_rows = ROWS_DRAWN // max(len(wanted), 1)
    found = []
    for run, part in wanted:
        here = (table["run"] == run) & scored
        of_part = here & (table["part"] == part)
        marked = of_part if of_part.any() else here
        if marked.any():
            rows = _most_varied(table["measured"], stretches(marked.to_numpy()), n_rows)
            found.append(Excerpt(str(run), table["part"].iloc[rows[0]], rows))
    return found, len(runs)


def excerpts_table(study):
    """Return the rows that are drawn along time, one line for each panel."""
    table, (found, _) = study.predictions, excerpts_of(study)
    apart = _from_best(study)
    lines = [
        {
            "run": each.run,
            "part": each.part,
            "first_row": each.rows[0],
            "last_row": each.rows[-1],
            "first_time": table["time"].iloc[each.rows[0]],
            "last_time": table["time"].iloc[each.rows[-1]],
            "n_rows": len(each.rows),
            "n_rows_of_part": int(
                ((table["run"].map(str) == each.run) & (table["part"] == each.part)).sum()
            ),
            **{
                f"largest_difference_{length}": values.iloc[each.rows].max()
                for length, values in apart.items()
            },
        }
        for each in found
    ]
    return pd.DataFrame(lines).rename_axis("panel")


def hidden_lines(study):
    """Return the lengths whose line that of the best length hides for most of the rows drawn.

    By length, the largest difference between the two lines.
    """
    found, _ = excerpts_of(study)
    rows = np.concatenate([each.rows for each in found])
    measured = study.predictions["measured"].iloc[rows]
    near = HIDDEN * (measured.max() - measured.min())
    return {
        length: values.iloc[rows].max()
        for length, values in _from_best(study).items()
        if values.iloc[rows].median() < near
    }


def _from_best(study):
    """Return how far the predictions of each other shown length are from those of the best."""
    table, best = study.predictions, study.search.best_window_length_
    return {
        length: (table[f"predicted_{length}"] - table[f"predicted_{best}"]).abs()
        for length in study.shown_lengths
        if length != best
    }


def _most_varied(measured, pieces, n_rows):
    """Return up to a number of rows of one piece, those where the measured values vary the most."""
    best, largest = pieces[0][:n_rows], -1.0
    for piece in pieces:
        size = min(n_rows, len(piece))
        deviations = measured.iloc[piece].rolling(size).std(ddof=0).to_numpy()[size - 1 :]
        # A shorter piece than asked for shows less, however much it varies.
        first = int(np.nanargmax(deviations))
        if (size, deviations[first]) > (len(best) if largest >= 0 else -1, largest):
            best, largest = piece[first : first + size], float(deviations[first])
    return best
