"""A window length that a race gave up too early, since the study compares more than losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn_frictiongru.study._settings import StudySettings
from sklearn_frictiongru.study._verdict import ScoredRows, compare_lengths, predictions_of_lengths


@dataclass(frozen=True, repr=False)
class Undecided:
    """Tells a race which of the lengths that it gave up it has to complete."""

    settings: StudySettings
    X: Any
    rows: ScoredRows

    def __call__(self, search, lengths):
        """Return one of the lengths that were given up as not better, or None."""
        predictions = predictions_of_lengths(search, self.X)
        compared = compare_lengths(search, self.settings, predictions, self.rows)
        n_rows = shortest_undecided(compared, map(self.settings.rows_of, lengths))
        return None if n_rows is None else self.settings.length_of(n_rows)


def shortest_undecided(compared, given_up):
    """Return the shortest length [rows] that might replace the recommended one, or None.

    Of lengths that were given up as not better than a shorter one, over the repeats that they have.
    """
    # A race compares losses over seeds. If errors on test rows rule out the shortest remaining
    # length, one that was no better over the seeds may be the shortest that is not ruled out.
    return min(
        (
            n_rows
            for n_rows in given_up
            if n_rows < compared.recommended_window_length
            and not compared.table["distinguishable"][n_rows]
        ),
        default=None,
    )
