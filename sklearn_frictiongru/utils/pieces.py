"""Long tables piece by piece, so that what is computed of them needs little memory."""

ROWS_AT_ONCE = 65_536


def pieces(n_rows):
    """Yield slices that together cover all rows, in order."""
    for start in range(0, n_rows, ROWS_AT_ONCE):
        yield slice(start, start + ROWS_AT_ONCE)
