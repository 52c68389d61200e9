"""A slider under rate-and-state friction, pulled by a spring."""

import math
from dataclasses import dataclass

import numpy as np

ERROR_OF_STEP = 2e-5
"""Largest difference of friction between two solutions of a step, the better of which is kept.

For velocity steps, holds and reversals the result is then within 2e-5 of an accurate integration in
nearly all rows, and within 2e-4 in the single row of a velocity step that triggers a slip event.
"""

SECOND_ORDER = (-1.0, 2.0, 0.0)
THIRD_ORDER = (0.5, -4.0, 4.5)
PLAIN = (0.0, 0.0, 1.0)
"""Weights of one, two and three implicit Euler steps over the same length."""

SHORTEST_SHARE = 2.0**-12
"""Shortest step, as a share of the sampling interval."""

FEWEST_STEPS, MOST_STEPS = 8, 100
STEPS_OF_A_ROW = 8
"""Number of steps of a row after which the shortest step doubles with every step tried. Rows that
need fewer steps leave the rest to a later slip event.

Without inertia, slip on a spring that is too soft becomes infinitely fast in finite time, and no
step is short enough: the number of steps has to be limited.
"""

CONVERGED = 1e-6
"""Change of the logarithmic velocity that ends Newton's iteration; the error left is its square."""

MOST_ITERATIONS = 100
BISECTED_FROM = 30
SLOWEST = 1e-30
LARGEST_EXPONENT = 300.0
LOGARITHMIC = 20.0


@dataclass(frozen=True)
class Law:
    """Constants of the law and of the spring."""

    mu0: float
    a: float
    b: np.ndarray
    d_c: np.ndarray
    # Reference velocity [m/s].
    v0: float
    # Rise of friction per displacement of the load point [1/m].
    stiffness: float
    # How the state evolves.
    kind: str


@dataclass(frozen=True)
class Slide:
    """The motion of a slider through one run."""

    # Constants of this motion.
    law: Law
    friction: np.ndarray
    velocity: np.ndarray
    # (n_steps, 6, 3 + 2 * n_states): For each step one implicit Euler step over its length,
    # two over its halves and three over its thirds: length [s], velocity of the slider [m/s],
    # friction at the end, logarithmic states before and after.
    steps: np.ndarray
    # (n_steps, 3): Weights of the ends of these three solutions in the result of the step.
    weights: np.ndarray
    # (n_rows,): Number of steps up to and with each row.
    last_steps: np.ndarray


def slide(load_velocity, interval, law, initial_velocity):
    """Move a slider through one run, starting from steady state.

    d mu / dt = k (V_lp - V), where the velocity V of the slider follows from friction mu and
    states; inertia is left out. The load point keeps the velocity of a row over the sampling
    interval that ends at it. Steps are implicit (Euler with the exact update of the states),
    extrapolated to second or third order, and as short as their error requires.
    """
    slider = _Slider(law)
    n_states = len(law.b)
    states = [math.log(law.v0 / abs(initial_velocity))] * n_states
    friction = slider.friction_at(initial_velocity, states)
    frictions, velocities = [friction], [float(initial_velocity)]
    steps, weights, last_steps = [], [], [0]
    length = interval
    for row, load in enumerate(load_velocity[1:].tolist()):
        allowance = MOST_STEPS + STEPS_OF_A_ROW * row - len(steps)
        allowance = min(max(allowance, FEWEST_STEPS), MOST_STEPS)
        left, tried = interval, 0
        while left > 0:
            tried += 1
            shortest = interval * SHORTEST_SHARE * 2.0 ** max(tried - allowance, 0)
            length = left / math.ceil(left / max(length, shortest) - 1e-9)
            ways = [slider.chain(friction, states, length, load, n) for n in (1, 2)]
            ends = [way[-1][2:3] + way[-1][3 + n_states :] for way in ways]
            chosen, error = SECOND_ORDER, slider.distance(*ends)
            fitting = 0.8 * (ERROR_OF_STEP / max(error, 1e-300)) ** (1 / 2)
            if error > ERROR_OF_STEP:
                ways.append(slider.chain(friction, states, length, load, 3))
                ends.append(ways[2][-1][2:3] + ways[2][-1][3 + n_states :])
                chosen = THIRD_ORDER
                error = slider.distance(_weighted(SECOND_ORDER, ends), _weighted(chosen, ends))
                fitting = 0.8 * (ERROR_OF_STEP / max(error, 1e-300)) ** (1 / 3)
            if error > ERROR_OF_STEP:
                if length > shortest:
                    length = max(length * max(fitting, 0.1), shortest)
                    continue
                # If the shortest step is still too long, no extrapolation can be trusted.
                chosen = PLAIN
            friction, *states = _weighted(chosen, ends)
            states = [_in_sight(state) for state in states]
            steps.append([euler for way in ways for euler in way])
            weights.append(chosen)
            left -= length
            if left < 1e-9 * interval:
                left = 0.0
            length = min(length * min(fitting, 4.0), interval)
        frictions.append(friction)
        velocities.append(slider.velocity_at(friction, states))
        last_steps.append(len(steps))
    # A solution that was not needed has zero weight, so that any numbers may fill its place.
    steps = [step if len(step) == 6 else step + step for step in steps]
    return Slide(
        law,
        np.array(frictions),
        np.array(velocities),
        np.array(steps, dtype=np.float64).reshape(len(steps), 6, 3 + 2 * n_states),
        np.array(weights, dtype=np.float64).reshape(len(steps), 3),
        np.array(last_steps),
    )


def sensitivity(motion):
    """Return the derivatives of the friction of a slide, exact for its steps."""
    law = motion.law
    n_states = len(law.b)
    slope, addition = _linearised(law, motion.steps)
    slopes, additions = 0.0, 0.0
    for way, eulers in enumerate(((0,), (1, 2), (3, 4, 5))):
        of_way, added = slope[:, eulers[0]], addition[:, eulers[0]]
        for euler in eulers[1:]:
            of_way = slope[:, euler] @ of_way
            added = slope[:, euler] @ added + addition[:, euler]
        weight = motion.weights[:, way, None, None]
        slopes, additions = slopes + weight * of_way, additions + weight * added
    current = np.zeros((1 + n_states, 2 + 2 * n_states))
    log_state = math.log(law.v0 / abs(motion.velocity[0]))
    current[0] = _law_slopes(law, motion.friction[0], np.full(n_states, log_state))[1]
    path = np.empty((len(slopes) + 1, 2 + 2 * n_states))
    path[0] = current[0]
    for number in range(len(slopes)):
        current = slopes[number] @ current + additions[number]
        path[number + 1] = current[0]
    return path[motion.last_steps]


class _Slider:
    """Single implicit steps, in plain floats: arrays of one element are slow."""

    def __init__(self, law):
        self.law = law
        self.b, self.d_c = law.b.tolist(), law.d_c.tolist()
        self.mu0, self.a = float(law.mu0), float(law.a)

    def exponent(self, states):
        """Return the exponent of the law, (mu0 + sum b psi) / a."""
        strength = self.mu0
        for b, state in zip(self.b, states, strict=True):
            strength += b * state
        return strength / self.a

    def friction_at(self, velocity, states):
        """Return the friction of a slip velocity."""
        logarithm = math.log(abs(velocity) / self.law.v0) + self.exponent(states)
        return math.copysign(self.a * _arsinh_of_half(logarithm), velocity)

    def velocity_at(self, friction, states):
        """Return the slip velocity of a friction."""
        y, exponent = friction / self.a, self.exponent(states)
        return self.law.v0 * (_exp(y - exponent) - _exp(-y - exponent))

    def distance(self, one, other):
        """Return the difference of friction between two solutions for the end of a step."""
        differences = [abs(p - q) for p, q in zip(one, other, strict=True)]
        return max(
            differences[0],
            *(abs(b) * by for b, by in zip(self.b, differences[1:], strict=True)),
        )

    def chain(self, friction, states, length, load, n_steps):
        """Return one row of `Slide.steps` for each of equal steps over a length of time."""
        rows, states = [], list(states)
        for _ in range(n_steps):
            velocity, friction, evolved = self.step(friction, states, length / n_steps, load)
            rows.append([length / n_steps, velocity, friction, *states, *evolved])
            states = evolved
        return rows

    def step(self, friction, states, length, load):
        """Return velocity, friction and states after one step of implicit Euler."""
        law, a, v0 = self.law, self.a, self.law.v0
        stiff = law.stiffness * length
        target = friction + stiff * load
        if target == 0:
            return 0.0, 0.0, self._evolved(states, SLOWEST, length)[0]
        # Friction and velocity have the sign of the target, so that magnitudes are enough.
        sign, target = math.copysign(1.0, target), abs(target)
        before = self.exponent(states)
        # The unknown is the logarithmic velocity y = arsinh(V / (2 V0) exp(before)), in which
        # both the slow and the fast branch of the law are nearly straight. With V not faster than
        # target / stiff, friction would be zero.
        low, high = 0.0, _arsinh_of_half(math.log(target / (stiff * v0)) + before)
        y = min(max(sign * friction / a, low), high)
        for iteration in range(MOST_ITERATIONS):
            forward, backward = _exp(y - before), _exp(-y - before)
            speed = max(v0 * (forward - backward), SLOWEST)
            speed_slope = v0 * (forward + backward)
            evolved, slopes = self._evolved(states, speed, length)
            healed = self.exponent(evolved) - before
            if min(y, y + healed) > LOGARITHMIC:
                found, slope, share = y + healed, 1.0, 1.0
            else:
                rising, falling = _exp(healed + y), _exp(healed - y)
                argument = (rising - falling) / 2
                root = math.hypot(1.0, argument)
                found, slope, share = (
                    math.asinh(argument),
                    (rising + falling) / (2 * root),
                    argument / root,
                )
            pull = sum(b * by_speed for b, by_speed in zip(self.b, slopes, strict=True))
            excess = a * found + stiff * speed - target
            slope = a * slope + (share * pull + stiff) * speed_slope
            if excess > 0:
                high = y
            else:
                low = y
            # Without a stable spring the excess may decrease with y in some range.
            update = -excess / slope if slope > 0 else math.inf
            if abs(update) >= CONVERGED and (
                not low < y + update < high or iteration > BISECTED_FROM
            ):
                update = (low + high) / 2 - y
            if abs(update) < CONVERGED:
                break
            y += update
        moved = speed_slope * update
        evolved = [
            _in_sight(state + slope * moved) for state, slope in zip(evolved, slopes, strict=True)
        ]
        velocity = sign * (speed + moved)
        return velocity, sign * target - stiff * velocity, evolved

    def _evolved(self, states, speed, length):
        """Return the states after a step, and their slopes with speed."""
        ends = [
            _evolve(math, self.law.kind, state, speed, length, d_c, self.law.v0)
            for state, d_c in zip(states, self.d_c, strict=True)
        ]
        return [end[0] for end in ends], [end[1] for end in ends]


def _weighted(weights, ends):
    """Return the weighted sum of the ends of a step."""
    return [
        sum(weight * value for weight, value in zip(weights, values, strict=False))
        for values in zip(*ends, strict=True)
    ]


def _arsinh_of_half(logarithm):
    """Return arsinh(x / 2) of a number x given by its logarithm."""
    if logarithm > LOGARITHMIC:
        return logarithm
    return math.asinh(math.exp(logarithm) / 2)


def _in_sight(log_state):
    """Return a logarithmic state, limited so that its exponential is finite."""
    return min(max(log_state, -LARGEST_EXPONENT), LARGEST_EXPONENT)


def _exp(value):
    """Return the exponential, limited to the largest finite number."""
    return math.exp(min(value, LARGEST_EXPONENT))


def _evolve(lib, kind, log_state, speed, length, d_c, v0):
    """Return psi = ln(V0 theta / D_c) after a step, and its slopes."""
    rate = length / d_c
    slipped = rate * speed
    kept = lib.exp(-slipped)
    gone = -lib.expm1(-slipped)
    if kind == "aging":
        old = lib.exp(log_state)
        mean = gone / slipped
        new = old * kept + v0 * rate * mean
        by_speed = rate * (v0 * rate * (kept - mean) / slipped - old * kept) / new
        by_length = -rate * kept * (v0 - speed * old) / new
        return lib.log(new), by_speed, old * kept / new, by_length
    distance = lib.log(v0 / speed) - log_state
    by_speed = rate * kept * distance - gone / speed
    return log_state + gone * distance, by_speed, kept, -slipped * kept * distance


def _law_slopes(law, friction, log_states):
    """Return the slopes of friction with its states, and with the parameters at fixed states."""
    share = np.tanh(friction / law.a)[..., None]
    exponent = (law.mu0 + log_states @ law.b) / law.a
    by_a = friction[..., None] / law.a - share * exponent[..., None]
    no_slope = np.zeros_like(log_states)
    by_parameters = np.concatenate([share, by_a, share * log_states, no_slope], axis=-1)
    return share * law.b, by_parameters


def _linearised(law, steps):
    """Return how a step propagates small changes before it and small changes of the parameters."""
    n_states = len(law.b)
    length, velocity, friction = steps[..., 0], steps[..., 1], steps[..., 2]
    before, after = steps[..., 3 : 3 + n_states], steps[..., 3 + n_states :]
    speed = np.maximum(np.abs(velocity), SLOWEST)
    direction = np.copysign(1.0, velocity)[..., None]
    _, by_speed, by_state, by_length = _evolve(
        np, law.kind, before, speed[..., None], length[..., None], law.d_c, law.v0
    )
    by_states, by_parameters = _law_slopes(law, friction, after)
    by_velocity = law.a * np.abs(np.tanh(friction / law.a)) / speed
    by_velocity = by_velocity + (by_states * by_speed * direction).sum(axis=-1)
    stiff = law.stiffness * length
    # Change of velocity with friction and states before the step, and with the parameters.
    by_parameters[..., 2 + n_states :] += by_states * by_length
    change = np.concatenate(
        [np.ones((*length.shape, 1)), -by_states * by_state, -by_parameters], axis=-1
    )
    change = change / (by_velocity + stiff)[..., None]
    total = np.zeros((*length.shape, 1 + n_states, 3 + 3 * n_states))
    total[..., 0, :] = -stiff[..., None] * change
    total[..., 0, 0] += 1.0
    total[..., 1:, :] = (by_speed * direction)[..., None] * change[..., None, :]
    for state in range(n_states):
        total[..., 1 + state, 1 + state] += by_state[..., state]
        total[..., 1 + state, 3 + 2 * n_states + state] += by_length[..., state]
    return total[..., : 1 + n_states], total[..., 1 + n_states :]
