"""Programs of normal stress and slip velocity in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Steps:
    """A value that changes in steps and is held between them.

    Its only attribute is its argument.

    Attributes
    ----------
    points : sequence of (float, float)
        Times in seconds, increasing, and the value held after each. The first value also applies
        before the first time.

    Raises
    ------
    ValueError
        If there are no points, a number is not finite, or times do not increase.

    See Also
    --------
    Ramps : A value that changes linearly between points.
    make_friction_experiment : Takes programs of normal stress and slip velocity.

    Examples
    --------
    A row is the value at the end of its interval, so that the row at the time of a step still has
    the value before the step.

    >>> from sklearn_frictiongru.datasets import Steps, make_friction_experiment
    >>> experiment = make_friction_experiment(
    ...     duration=6,
    ...     normal_stress=Steps([(0, 0.5), (3, 2.0)]),
    ...     normal_stress_noise=0.0,
    ... )
    >>> experiment.normal_stress.to_list()
    [0.5, 0.5, 0.5, 0.5, 2.0, 2.0]
    """

    points: Sequence[tuple[float, float]]

    def __post_init__(self):
        object.__setattr__(self, "points", _checked(self.points, "Steps"))

    def before(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values just before given times.

        Parameters
        ----------
        times : ndarray of shape (n_times,)
            Times [s].

        Returns
        -------
        ndarray of shape (n_times,)
            Values, in the unit of the points.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.datasets import Steps
        >>> Steps([(0, 0.5), (3, 2.0)]).before(np.array([0.0, 3.0, 3.1]))
        array([0.5, 0.5, 2. ])
        """
        starts, values = np.transpose(self.points)
        held = np.searchsorted(starts, times, side="left") - 1
        return values[np.maximum(held, 0)]


@dataclass(frozen=True)
class Ramps:
    """A value that changes linearly from point to point.

    Its only attribute is its argument.

    Attributes
    ----------
    points : sequence of (float, float)
        Times in seconds, increasing, and the value reached at each, with straight lines between
        them. The first value applies before the first time, the last value after the last time.

    Raises
    ------
    ValueError
        If there are no points, a number is not finite, or times do not increase.

    See Also
    --------
    Steps : A value that changes in steps.
    make_friction_experiment : Takes programs of normal stress and slip velocity.

    Examples
    --------
    >>> from sklearn_frictiongru.datasets import Ramps, make_friction_experiment
    >>> experiment = make_friction_experiment(
    ...     duration=5,
    ...     normal_stress=Ramps([(0, 1.0), (4, 3.0)]),
    ...     normal_stress_noise=0.0,
    ... )
    >>> experiment.normal_stress.to_list()
    [1.0, 1.5, 2.0, 2.5, 3.0]
    """

    points: Sequence[tuple[float, float]]

    def __post_init__(self):
        object.__setattr__(self, "points", _checked(self.points, "Ramps"))

    def before(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at given times; a ramp has no jumps.

        Parameters
        ----------
        times : ndarray of shape (n_times,)
            Times [s].

        Returns
        -------
        ndarray of shape (n_times,)
            Values, in the unit of the points.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.datasets import Ramps
        >>> Ramps([(0, 1.0), (4, 3.0)]).before(np.array([0.0, 3.0, 5.0]))
        array([1. , 2.5, 3. ])
        """
        return np.interp(times, *np.transpose(self.points))


def programs_of_runs(program, n_runs, name):
    """Return one program for each run."""
    programs = program if isinstance(program, list) else [program] * n_runs
    if len(programs) != n_runs:
        raise ValueError(
            f"{name} is a list of {len(programs)} programs but n_runs is {n_runs}; expected one "
            f"for each run, or a single one for all runs. Write steps in time as Steps({name})."
        )
    read = []
    for run, of_run in enumerate(programs):
        if isinstance(of_run, Real) and not isinstance(of_run, bool):
            of_run = Steps([(0.0, of_run)])
        if not isinstance(of_run, Steps | Ramps):
            raise ValueError(
                f"{name} of run {run} is {of_run!r}; expected a number, Steps or Ramps. Write "
                "steps in time as Steps([(0, first), (time, next), ...])."
            )
        read.append(of_run)
    return read


def _checked(points, name):
    """Return points as a tuple of pairs of floats."""
    try:
        table = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        table = np.empty(0)
    if table.ndim != 2 or table.shape[1:] != (2,) or not len(table):
        raise ValueError(
            f"points of {name} is {points!r}; expected at least one pair (time, value), as in "
            f"{name}([(0, 0.3), (500, 1.0)])."
        )
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise ValueError(
            f"point {row} of {name} is {tuple(table[row].tolist())}; expected finite numbers."
        )
    steps = np.diff(table[:, 0])
    if (steps <= 0).any():
        row = int(np.flatnonzero(steps <= 0)[0]) + 1
        raise ValueError(
            f"point {row} of {name} is at {table[row, 0]:g} s, not after the previous point at "
            f"{table[row - 1, 0]:g} s; expected increasing times. Sort the points."
        )
    return tuple(map(tuple, table.tolist()))
