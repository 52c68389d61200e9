"""A record of velocity, run by run, and the states that it leads to."""

from dataclasses import dataclass

import numpy as np

from sklearn_frictiongru.utils._rate_state_law import evolve_state, friction_of, steady_state


@dataclass(frozen=True)
class Record:
    """Velocities of several runs under one law.

    Attributes
    ----------
    velocity : ndarray of shape (n_rows,)
        Velocity over the step that ends at each row [m/s].
    starts : ndarray of shape (n_runs,)
        Number of the first row of each run.
    interval : float
        Sampling interval [s].
    law : {"aging", "slip"}
        How the state evolves.
    v0 : float
        Reference velocity [m/s].
    rest_velocity : float
        Rows that are no faster are at rest [m/s].
    """

    velocity: np.ndarray
    starts: np.ndarray
    interval: float
    law: str
    v0: float
    rest_velocity: float

    @property
    def slides(self):
        """Whether each row slides, an ndarray of shape (n_rows,)."""
        return np.abs(self.velocity) > self.rest_velocity

    @property
    def pieces(self):
        """The rows of each run, a list of slices."""
        ends = np.append(self.starts[1:], len(self.velocity))
        return [slice(*ends_of_run) for ends_of_run in zip(self.starts, ends, strict=True)]

    def initial_velocity(self, piece):
        """Return the velocity whose steady state a run begins with.

        Parameters
        ----------
        piece : slice
            Rows of the run.

        Returns
        -------
        float
            Its first velocity; `v0` where that is rest, whose state has no steady value
            (a later velocity would be the future).
        """
        first = self.velocity[piece.start]
        return float(first) if abs(first) > self.rest_velocity else self.v0

    def log_states(self, d_c):
        """Return ln(V0 theta / D_c) at each row, from steady state on.

        Parameters
        ----------
        d_c : float
            Critical slip distance [m].

        Returns
        -------
        ndarray of shape (n_rows,)
            Logarithms of the states.
        """
        states = np.empty(len(self.velocity))
        for piece in self.pieces:
            # The first row of a run ends no step of it.
            time_steps = np.full(piece.stop - piece.start, self.interval)
            time_steps[0] = 0.0
            initial = float(steady_state(self.initial_velocity(piece), d_c))
            states[piece] = evolve_state(self.velocity[piece], time_steps, d_c, initial, self.law)
        return np.log(states) + (np.log(self.v0) - np.log(d_c))

    def friction(self, *, mu0, a, b, d_c):
        """Return the friction of rows that slip at the velocity of the record.

        Parameters
        ----------
        mu0, a : float
            Friction at `v0` and direct effect.
        b, d_c : ndarray of shape (n_states,)
            Evolution effect and critical slip distance [m] of each state.

        Returns
        -------
        ndarray of shape (n_rows,)
            Friction. The law says nothing of rows at rest: they keep the friction of the
            last row of their run that slid, or `mu0` before there is one.
        """
        scaled = np.column_stack([self.log_states(length) for length in d_c])
        states = np.exp(scaled - np.log(self.v0) + np.log(d_c))
        friction = friction_of(self.velocity, states, mu0=mu0, a=a, b=b, d_c=d_c, v0=self.v0)
        rows = np.where(self.slides, np.arange(len(friction)), -1)
        for piece in self.pieces:
            last = np.maximum.accumulate(rows[piece])
            friction[piece] = np.where(last < 0, mu0, friction[last])
        return friction
