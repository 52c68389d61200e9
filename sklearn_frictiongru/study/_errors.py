"""Where along the whole record the errors of the tested network lie."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._verdict import WHOLE_RECORD
from sklearn_frictiongru.utils.blocks import cut_blocks
from sklearn_frictiongru.utils.panels import MOST_PANELS

MOST_OF_THE_ERROR = 2 / 3
"""Share of the squared error that rows with most of it have together."""
FEW_ROWS = 1 / 6
"""Share of the rows up to which most of the error is said to lie in few of them."""


def errors_by_block(study):
    """Return the squared error in each block of the test over the whole record.

    "rows_down_to_this" and "share_down_to_this" are the rows, and the share of the squared error,
    of this block and all with a larger share. "few_rows" marks the blocks that hold most of the
    error, where these are few of the rows.
    """
    table = study.predictions
    error = (table["predicted_rotated"] - table["measured"]) ** 2
    blocks = cut_blocks(pd.factorize(table["run"])[0], study.skill_tests[WHOLE_RECORD].block_length)
    known = table.assign(row=np.arange(len(table)), error=error)[error.notna()]
    found = known.groupby(blocks[known["row"]]).agg(
        run=("run", "first"),
        first_row=("row", "first"),
        last_row=("row", "last"),
        first_time=("time", "first"),
        last_time=("time", "last"),
        n_rows=("error", "size"),
        mean_squared_error=("error", "mean"),
    )
    of_block = found["n_rows"] * found["mean_squared_error"]
    found["share_of_squared_error"] = of_block / (of_block.sum() or 1.0)
    largest_first = found.sort_values("share_of_squared_error", ascending=False, kind="stable")
    found["rows_down_to_this"] = largest_first["n_rows"].cumsum()
    found["share_down_to_this"] = largest_first["share_of_squared_error"].cumsum()
    found["few_rows"] = _most_in_few(found)
    return found.reset_index(drop=True).rename_axis("block")


def _most_in_few(blocks):
    """Mark the fewest blocks with most of the squared error; none where they are many rows."""
    share = blocks["share_of_squared_error"]
    largest = (blocks["share_down_to_this"] - share < MOST_OF_THE_ERROR) & (share > 0)
    return largest & (blocks["n_rows"][largest].sum() <= FEW_ROWS * blocks["n_rows"].sum())


def stretches_with_most_of_the_error(blocks):
    """Return blocks with most of the squared error, those next to each other joined."""
    few = blocks[blocks["few_rows"]]
    apart = (np.diff(few.index, prepend=-2) > 1) | (few["run"] != few["run"].shift())
    return few.groupby(apart.cumsum().to_numpy()).agg(
        {
            **dict.fromkeys(("run", "first_row", "first_time"), "first"),
            **dict.fromkeys(("last_row", "last_time"), "last"),
            **dict.fromkeys(("n_rows", "share_of_squared_error"), "sum"),
        }
    )


def runs_with_the_largest_errors(study):
    """Return the runs that have a panel, those with the most squared error, in their order."""
    blocks = errors_by_block(study)
    of_runs = blocks.groupby("run", sort=False)["share_of_squared_error"].sum()
    largest = of_runs.sort_values(ascending=False, kind="stable").index[:MOST_PANELS]
    return [run for run in of_runs.index if run in largest]
