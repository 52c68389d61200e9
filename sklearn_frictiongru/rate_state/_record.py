"""The velocities of a record, run by run, and the resulting states."""

from dataclasses import dataclass

import numpy as np

from sklearn_frictiongru.utils.rate_state_law import evolve_state, friction_of, steady_state


@dataclass(frozen=True)
class Record:
    """Velocities of several runs under one law."""

    # (n_rows,): Velocity over the step that ends at each row [m/s].
    velocity: np.ndarray
    # (n_runs,): Number of the first row of each run.
    starts: np.ndarray
    # Sampling interval [s].
    interval: float
    # How the state evolves.
    law: str
    # Reference velocity [m/s].
    v0: float
    # Rows that are not faster than this are at rest [m/s].
    rest_velocity: float
    # (n_rows,): Whether the friction of each row is fitted; all rows if None.
    chosen: np.ndarray | None = None

    @property
    def slides(self):
        """Whether each row slides, an ndarray of shape (n_rows,)."""
        return np.abs(self.velocity) > self.rest_velocity

    @property
    def fitted(self):
        """Whether each row slides and is fitted, an ndarray of shape (n_rows,)."""
        return self.slides if self.chosen is None else self.slides & self.chosen

    @property
    def pieces(self):
        """The rows of each run, a list of slices."""
        ends = np.append(self.starts[1:], len(self.velocity))
        return [slice(*ends_of_run) for ends_of_run in zip(self.starts, ends, strict=True)]

    def initial_velocity(self, piece):
        """Return the velocity whose steady state a run begins with."""
        first = self.velocity[piece.start]
        return float(first) if abs(first) > self.rest_velocity else self.v0

    def log_states(self, d_c):
        """Return ln(V0 theta / D_c) at each row, starting from steady state."""
        states = np.empty(len(self.velocity))
        for piece in self.pieces:
            # No step of a run ends at its first row.
            time_steps = np.full(piece.stop - piece.start, self.interval)
            time_steps[0] = 0.0
            initial = float(steady_state(self.initial_velocity(piece), d_c))
            states[piece] = evolve_state(self.velocity[piece], time_steps, d_c, initial, self.law)
        return np.log(states) + (np.log(self.v0) - np.log(d_c))

    def friction(self, *, mu0, a, b, d_c):
        """Return the friction of rows that slip at the velocity of the record."""
        scaled = np.column_stack([self.log_states(length) for length in d_c])
        states = np.exp(scaled - np.log(self.v0) + np.log(d_c))
        friction = friction_of(self.velocity, states, mu0=mu0, a=a, b=b, d_c=d_c, v0=self.v0)
        rows = np.where(self.slides, np.arange(len(friction)), -1)
        for piece in self.pieces:
            last = np.maximum.accumulate(rows[piece])
            friction[piece] = np.where(last < 0, mu0, friction[last])
        return friction
