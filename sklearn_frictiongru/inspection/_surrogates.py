"""Surrogate inputs, which have no relation to the target, and the test against them."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEVEL = 0.05
FEWEST_SURROGATES = 19
"""Number of surrogates, all of which a real input must exceed to pass at 5 %."""
PERIODIC = 0.4
"""Autocorrelation, at a lag beyond its first decay, from which a record counts as periodic."""
N_ITERATIONS = 20


def periodicity(values, starts=(0,)):
    """Return the highest autocorrelation of a column after its first decay.

    0 for noise and slow drift, near 1 for a strictly periodic column. The median over its runs,
    which begin at the rows `starts`.
    """
    heights = []
    for run in np.split(np.asarray(values, dtype=np.float64), list(starts)[1:]):
        centred = run - run.mean()
        spectrum = np.abs(np.fft.rfft(centred, 2 * len(run))) ** 2
        correlation = np.fft.irfft(spectrum)[: max(1, len(run) // 2)]
        if not correlation[0] > 0:
            heights.append(0.0)
            continue
        # A correlation of few pairs is high by chance; divided by the number of all rows it is not.
        correlation = correlation / correlation[0]
        decayed = np.flatnonzero(correlation <= 0)
        heights.append(correlation[decayed[0] :].max() if len(decayed) else 0.0)
    return float(np.median(heights))


def surrogate_kind(X, starts=(0,)):
    """Return how surrogates of a table are made: "phases" if a column is periodic, or "shift"."""
    values = np.asarray(X, dtype=np.float64)
    highest = max(periodicity(column, starts) for column in values.T)
    return "phases" if highest > PERIODIC else "shift"


def make_surrogate(values, kind, rng, starts=(0,)):
    """Return a surrogate of a column (n_rows,), made inside each run that begins at `starts`."""
    make = phase_randomised if kind == "phases" else circular_shift
    runs = np.split(np.asarray(values, dtype=np.float64), list(starts)[1:])
    return np.concatenate([make(run, rng) for run in runs])


def circular_shift(run, rng):
    """Shift a run circularly by a quarter to three quarters of its length."""
    quarter = len(run) // 4
    return np.roll(run, rng.integers(quarter, max(3 * quarter, quarter) + 1))


def phase_randomised(run, rng):
    """Return a run with the same values and nearly the same spectrum, in random phases.

    Iterated amplitude adjustment (Schreiber and Schmitz 1996) of the surrogates of Theiler et
    al. (1992).
    """
    if len(run) < 3:
        return rng.permutation(run)
    # A drift from end to end would become a jump with all frequencies.
    trend = np.linspace(run[0], run[-1], len(run))
    detrended = run - trend
    amplitudes = np.abs(np.fft.rfft(detrended))
    ordered = np.sort(detrended)
    surrogate = rng.permutation(detrended)
    order = np.argsort(surrogate)
    for _ in range(N_ITERATIONS):
        phases = np.exp(1j * np.angle(np.fft.rfft(surrogate)))
        surrogate = np.fft.irfft(amplitudes * phases, len(run))
        before, order = order, np.argsort(surrogate)
        surrogate[order] = ordered
        if np.array_equal(before, order):
            break
    # The drift belongs to the values; its direction is random, like the phases.
    return surrogate + (trend if rng.random() < 0.5 else trend[::-1])


def with_surrogates(X, kind, rng, starts=(0,), per_input=1):
    """Return a table with `per_input` surrogates of each column appended, and their sources.

    The sources, (n_surrogates,), are the numbers of the columns that they are made from.
    """
    values = np.asarray(X, dtype=np.float64)
    sources = np.tile(np.arange(values.shape[1]), per_input)
    surrogates = np.stack(
        [make_surrogate(values[:, source], kind, rng, starts) for source in sources], axis=1
    )
    if not isinstance(X, pd.DataFrame):
        return np.column_stack([values, surrogates]), sources
    columns = X.columns.astype(str)
    word = "surrogate"
    while columns.str.startswith(word).any():
        word = f"_{word}"
    names = [f"{word} {i} of {columns[source]}" for i, source in enumerate(sources)]
    added = pd.DataFrame(surrogates, index=X.index, columns=names)
    return pd.concat([X.set_axis(columns, axis="columns"), added], axis=1), sources


def surrogate_test(real, surrogates, sources=None, names=None):
    """Compare each input with surrogates in the same models.

    From importances of shape (n_models, n_inputs) and (n_models, n_surrogates). An input passes
    at 5 %: with 19 surrogates, if it is more important than every one. It is compared with its
    own surrogates if `sources`, (n_surrogates,), name the column of each and every column
    has 19 of them over the models; otherwise with those of all inputs. Returns one row per input
    with ``p_value``, ``n_surrogates``, ``passes`` and ``floor``, the relative importance above
    which the input would have passed in the mean model: never above 1.
    """
    real, surrogates = np.asarray(real, dtype=float), np.asarray(surrogates, dtype=float)
    n_models, n_inputs = real.shape
    own = np.ones((n_inputs, surrogates.shape[1]), dtype=bool)
    if sources is not None:
        by_source = np.arange(n_inputs)[:, None] == np.asarray(sources)
        # Among surrogates of white inputs, those of a slow input are too few for a null
        # distribution.
        if n_models * by_source.sum(axis=1).min() >= FEWEST_SURROGATES:
            own = by_source
    n_surrogates = n_models * own.sum(axis=1)
    as_important = (surrogates[:, None, :] >= real[:, :, None]) & own
    p_values = (1 + as_important.sum(axis=(0, 2))) / (1 + n_surrogates)
    highest = np.where(own, surrogates[:, None, :], -np.inf).max(axis=2)
    others = real.sum(axis=1, keepdims=True) - real
    # A single input always has the share 1, so that its surrogate is compared with it.
    whole = np.where(others > 0, highest + others, np.maximum(real, highest))
    floor = highest / np.where(whole > 0, whole, 1.0)
    return pd.DataFrame(
        {
            "p_value": p_values,
            "n_surrogates": n_surrogates,
            "passes": p_values <= LEVEL + 1e-12,
            "floor": floor.mean(axis=0),
        },
        index=pd.Index(range(n_inputs) if names is None else names, name="input"),
    )
