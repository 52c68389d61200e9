"""A race for the recommended candidate: nothing is trained that will hardly change the answer.

The recommended candidate is the smallest one that a paired test over all repeats does not
distinguish from the best. A candidate is given up as soon as the outcome of that test can be
foreseen (stochastic curtailment), and a training is stopped as soon as it can no longer reach the
loss that the leading candidate has with the same seed.
"""

from itertools import product

import numpy as np
from scipy.stats import t as student

from sklearn_frictiongru.model_selection._elimination import FEWEST_REPEATS
from sklearn_frictiongru.model_selection._sweep_statistics import paired_p_value
from sklearn_frictiongru.model_selection._train_once import STOPPED

LEVEL = 0.05
"""Level of the paired test whose outcome is foreseen."""

MARGIN = 1.5
"""Power to which the largest improvement that was seen is raised before a training is stopped."""


WORSE = "worse than the best"
NOT_BETTER = "not better than a shorter one"


def run_race(trainings, sizes, n_repeats, error_rate, reconsider=None):
    """Run the trainings that the recommended candidate depends on.

    Returns the number of repeats and the reason for each candidate that was given up. `reconsider`
    gets these and, smallest first, the candidates that were given up as not better; it returns one
    of them that is to be completed after all, or None. Without it the losses decide.
    """
    race = _Race(trainings, np.asarray(sizes), n_repeats)
    race.run(range(len(sizes)), 0)
    for repeat in range(1, n_repeats):
        if race.alive.sum() > 1:
            race.run_with_limits(repeat)
        if FEWEST_REPEATS <= repeat + 1 < n_repeats:
            race.give_up(repeat + 1, error_rate)
    race.finish()
    reconsider = race.smallest_undecided if reconsider is None else reconsider
    while not_better := race.not_better():
        candidate = reconsider(race.given_up, not_better)
        if candidate is None:
            break
        race.complete(candidate)
    trainings.forget_stopped()
    return race.given_up


def foreseen(shortfall, n_repeats):
    """Return the probability that shortfalls will be significantly above 0 over all repeats.

    The predictive probability of a one-sided paired t-test at 5 %, from the first repeats.
    """
    # Spiegelhalter et al. (1986), with flat priors and Student's distribution for the unknown
    # variance: over all N repeats the mean shortfall is m + s sqrt((N - n) / (n N)) t(n - 1).
    n, mean, deviation = len(shortfall), np.mean(shortfall), np.std(shortfall, ddof=1)
    if deviation == 0:
        return float(mean > 0)
    needed = student.isf(LEVEL, n_repeats - 1) * deviation / np.sqrt(n_repeats)
    spread = deviation * np.sqrt((n_repeats - n) / (n * n_repeats))
    return float(student.sf((needed - mean) / spread, n - 1))


def limits_and_improvements(curves, level):
    """Return the limits of the loss after each epoch but the last, and the usual improvements.

    `curves` are validation losses of whole trainings. A training above a limit would not come down
    to `level` even if it improved by more than any of the curves did from there on.
    """
    n_epochs = max(map(len, curves))
    lowest = np.array(
        [np.pad(np.fmin.accumulate(c), (0, n_epochs - len(c)), mode="edge") for c in curves]
    )
    if not (np.isfinite(lowest).all() and (lowest > 0).all() and level > 0):
        # Losses that may be negative have no ratio.
        return None, None
    improvements = lowest[:, -1:] / lowest
    limits = level / improvements.min(axis=0)[:-1] ** MARGIN
    return tuple(map(float, limits)), np.median(improvements, axis=0)


def _loss_of(result):
    return next(iter(result.scores.values()))


class _Race:
    """The trainings of a race, and what is known of their losses."""

    def __init__(self, trainings, sizes, n_repeats):
        self.trainings = trainings
        self.sizes = sizes
        self.n_repeats = n_repeats
        self.alive = np.ones(len(sizes), dtype=bool)
        # Lowest losses; those of stopped trainings are expected from the usual improvement.
        self.losses = np.full((len(sizes), n_repeats), np.nan)
        self.given_up = {}

    def run(self, candidates, repeat, improvements=None, ahead=()):
        """Run a repeat of some candidates and note the losses; train others ahead of their turn."""
        candidates = list(candidates)
        self.trainings.run([*(self._number(c, repeat) for c in candidates), *ahead])
        for candidate in candidates:
            result = self._result(candidate, repeat)
            loss = _loss_of(result)
            if result.status.startswith(STOPPED):
                curve = result.history["validation_loss"]
                loss = curve.min() * improvements[len(curve) - 1]
            self.losses[candidate, repeat] = loss

    def run_with_limits(self, repeat):
        """Run a repeat of the leading candidate, and of the others as far as they can reach it."""
        leader = self._leader()
        self.run([leader], repeat)
        others = [c for c in np.flatnonzero(self.alive) if c != leader]
        limits, improvements = self._limits(self.losses[leader, repeat])
        if limits is not None:
            # The smallest takes little time, and all others are compared with it.
            limited = [c for c in others if c != self.sizes.argmin()]
            numbers = [self._number(c, repeat) for c in limited]
            self.trainings.limit(numbers, limits)
        # The leader will probably lead again. Without its next repeat, which has to be known before
        # the others are run, workers would wait for each other.
        ahead = [self._number(leader, repeat + 1)] if repeat + 1 < self.n_repeats else []
        self.run(others, repeat, improvements, ahead)

    def give_up(self, n_done, error_rate):
        """Give up candidates whose outcome can be foreseen, after some repeats."""
        leader = self._leader()
        # Only here the recommended candidate can be lost: any of the others may lead by chance.
        of_each = error_rate / max(len(self.sizes) - 1, 1)
        for candidate in np.flatnonzero(self.alive):
            if candidate == leader:
                continue
            open_yet = 1 - self._foreseen(candidate, leader)
            if open_yet < of_each:
                self._drop(candidate, n_done, WORSE, open_yet)
        by_size = sorted(np.flatnonzero(self.alive), key=lambda c: self.sizes[c])
        for candidate in by_size[1:]:
            better = self._foreseen(by_size[0], candidate)
            if better < error_rate:
                self._drop(candidate, n_done, NOT_BETTER, better)

    def finish(self):
        """Run all repeats of the candidates that were not given up to their end."""
        places = list(product(np.flatnonzero(self.alive), range(self.n_repeats)))
        self.trainings.run_whole(self._number(*place) for place in places)
        for place in places:
            self.losses[place] = _loss_of(self._result(*place))

    def smallest_undecided(self, given_up, not_better):
        """Return the smallest of some candidates that might still be recommended, or None.

        The one that they were not better than may have been given up after them.
        """
        values, best = self._values(), self._leader()

        def is_open(candidate):
            p_value = paired_p_value(-values[candidate], -values[best])
            return candidate == best or not p_value < LEVEL

        remaining = filter(is_open, np.flatnonzero(self.alive))
        recommended = min(self.sizes[candidate] for candidate in remaining)
        smaller = (c for c in not_better if self.sizes[c] < recommended)
        return next(filter(is_open, smaller), None)

    def not_better(self):
        """Return the candidates that were given up as not better than a smaller one."""
        found = [c for c, reason in self.given_up.items() if NOT_BETTER in reason]
        return sorted(found, key=lambda c: self.sizes[c])

    def complete(self, candidate):
        """Run all repeats of a candidate that was given up to their end."""
        self.alive[candidate] = True
        del self.given_up[candidate]
        self.finish()

    def _number(self, candidate, repeat):
        return int(candidate) * self.n_repeats + repeat

    def _result(self, candidate, repeat):
        return self.trainings.results[self._number(candidate, repeat)]

    def _values(self):
        """Return losses to compare: their logarithms, since losses differ by factors."""
        known = self.losses[np.isfinite(self.losses)]
        return np.log(self.losses) if len(known) and (known > 0).all() else self.losses

    def _leader(self):
        """Return the remaining candidate with the lowest mean."""
        means = [
            row[np.isfinite(row)].mean() if in_race and np.isfinite(row).any() else np.inf
            for row, in_race in zip(self._values(), self.alive, strict=True)
        ]
        return int(np.argmin(means))

    def _foreseen(self, candidate, other):
        """Return the probability that a candidate will turn out worse than another one."""
        shortfall = self._values()[candidate] - self._values()[other]
        shortfall = shortfall[np.isfinite(shortfall)]
        # Nothing is foreseen from too few common repeats.
        return foreseen(shortfall, self.n_repeats) if len(shortfall) >= FEWEST_REPEATS else 0.5

    def _limits(self, level):
        """Return the limits of a repeat, and the usual improvements."""
        whole = [
            result.history["validation_loss"].to_numpy()
            for result in (self._result(*place) for place in np.argwhere(np.isfinite(self.losses)))
            if result.status == "finished" and result.history is not None
        ]
        return limits_and_improvements(whole, level) if whole else (None, None)

    def _drop(self, candidate, n_done, reason, probability):
        self.alive[candidate] = False
        self.given_up[int(candidate)] = (
            f"after {n_done} repeats, {reason} (wrong with a probability of {probability:.2g})"
        )
        left = [self._number(candidate, repeat) for repeat in range(n_done, self.n_repeats)]
        self.trainings.leave_out(left)
        # Also where an earlier search has stored them: the answer must not depend on that.
        for number in left:
            self.trainings.results[number] = None
