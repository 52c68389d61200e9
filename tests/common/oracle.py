"""What every entry of the package has to return, worked out row by row in plain Python.

Nothing of the package is used here. A record is given as its plain values and its pieces: lists
of the numbers of rows that follow each other without a gap.
"""

import numpy as np

WEIGHTS = (2000.0, 0.01)
"""By which the known model multiplies the mean of each input over the window."""

DISTANCE_STATE = 2e-5
"""Slip over which friction changes, of the record of a rate-and-state law [m]."""


def history_of(pieces, n_rows):
    """Return the number of rows of its piece up to and with each row, a list."""
    history = [0] * n_rows
    for piece in pieces:
        for place, row in enumerate(piece):
            history[row] = place + 1
    return history


def complete_rows(pieces, length):
    """Return the numbers of the rows with a full history, in the order of the table."""
    return sorted(row for piece in pieces for row in piece[length - 1 :])


def window_rows(pieces, n_rows, length):
    """Return the numbers of the rows in the window of each row, padded with the first one."""
    windows = [None] * n_rows
    for piece in pieces:
        for place, row in enumerate(piece):
            wanted = range(place - length + 1, place + 1)
            windows[row] = [piece[max(0, before)] for before in wanted]
    return windows


def windows_of(values, pieces, length):
    """Return the window of each row, (n_rows, length, n_inputs)."""
    return np.array([values[rows] for rows in window_rows(pieces, len(values), length)])


def predictions_of(values, pieces, length):
    """Return what the known model predicts for each row."""
    return np.array(
        [
            sum(weight * column.mean() for weight, column in zip(WEIGHTS, window.T, strict=True))
            for window in windows_of(values, pieces, length)
        ]
    )


def rates_of(column, pieces, length):
    """Return the slope of a line through the last rows of each row's piece."""
    rates = np.zeros(len(column))
    for piece in pieces:
        for place, row in enumerate(piece):
            before = piece[max(0, place - length + 1) : place + 1]
            if len(before) > 1:
                rates[row] = np.polyfit(range(len(before)), column[before], 1)[0]
    return rates


def friction_of(velocity, pieces):
    """Return the friction of a law of rate and state with aging, at steps of one second."""
    friction = np.zeros(len(velocity))
    for piece in pieces:
        state = DISTANCE_STATE / velocity[piece[0]]
        for place, row in enumerate(piece):
            steady = DISTANCE_STATE / velocity[row]
            if place:
                state = steady + (state - steady) * np.exp(-1.0 / steady)
            friction[row] = (
                0.6
                + 0.01 * np.log(velocity[row] / 1e-6)
                + 0.015 * np.log(1e-6 * state / DISTANCE_STATE)
            )
    return friction


def r2_of(measured, predicted, weights=None):
    """Return R2 of two lists of numbers."""
    weights = np.ones(len(measured)) if weights is None else np.asarray(weights, dtype=float)
    mean = sum(weights * measured) / sum(weights)
    return 1 - sum(weights * (measured - predicted) ** 2) / sum(weights * (measured - mean) ** 2)


def k_folds(pieces, n_splits, length):
    """Return the rows of training and of test of each fold over blocks of the pieces."""
    folds = []
    for fold in range(n_splits):
        train, test = [], []
        for piece in pieces:
            tested = set(_block(piece, n_splits, fold))
            _deal(piece, tested, set(piece) - tested, length, train, test)
        folds.append((sorted(train), sorted(test)))
    return folds


def tested_rows(pieces, n_splits, length):
    """Return the rows that each fold over blocks of the pieces scores: those with full history."""
    complete = set(complete_rows(pieces, length))
    return [
        sorted(complete & {row for piece in pieces for row in _block(piece, n_splits, fold)})
        for fold in range(n_splits)
    ]


def time_series_folds(pieces, n_splits, length):
    """Return the rows of training and of test, with training in front of the test alone."""
    folds = []
    for fold in range(n_splits):
        train, test = [], []
        for piece in pieces:
            tested = set(_block(piece, n_splits + 1, fold + 1))
            before = {row for k in range(fold + 1) for row in _block(piece, n_splits + 1, k)}
            _deal(piece, tested, before, length, train, test)
        folds.append((sorted(train), sorted(test)))
    return folds


def run_folds(labels):
    """Return the rows of training and of test, where each label is left out in turn."""
    return [
        (
            [row for row, label in enumerate(labels) if label != left_out],
            [row for row, label in enumerate(labels) if label == left_out],
        )
        for left_out in dict.fromkeys(labels)
    ]


def tail_parts(pieces, n_rows, length):
    """Return the part of each row: the last 30 % of each piece validates, nothing tests."""
    parts = [""] * n_rows
    for piece in pieces:
        first = round(0.7 * len(piece))
        for place, row in enumerate(piece):
            if place < length - 1:
                parts[row] = "warm-up"
            elif place >= first:
                parts[row] = "validation"
            else:
                parts[row] = "purged" if place + length - 1 >= first else "training"
    return parts


def training_and_validation(pieces, length):
    """Return the rows that a regressor trains on and those of the tail that validates it."""
    training, validation = [], []
    for piece in pieces:
        complete = piece[length - 1 :]
        kept = len(complete) - round(0.2 * len(complete))
        validation += complete[kept:]
        training += complete[: kept - (length - 1)] if kept < len(complete) else complete
    return training, validation


def resampled(column, time, pieces, step):
    """Return the means over whole steps of each piece, (n_steps,)."""
    means = []
    for piece in pieces:
        rows = {}
        for row in piece:
            rows.setdefault(int(np.ceil((time[row] - time[piece[0]]) / step)), []).append(row)
        means += [np.mean([column[row] for row in rows[key]]) for key in sorted(rows)]
    return np.array(means)


def _block(piece, n_blocks, number):
    """Return one of the blocks of a piece; the first ones are longer by a row."""
    short, n_longer = divmod(len(piece), n_blocks)
    begin = number * short + min(number, n_longer)
    return piece[begin : begin + short + (number < n_longer)]


def _deal(piece, tested, candidates, length, train, test):
    """Add the rows of a piece to training and test, with the purge and the warm-up."""
    for place, row in enumerate(piece):
        following = piece[place : place + length]
        near_a_test = any(other in tested for other in following)
        if near_a_test:
            test.append(row)
        elif row in candidates:
            train.append(row)
