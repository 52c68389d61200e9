"""The condition of a study and its ranges."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._conditions import choose_bins, read_condition


def test_it_is_named_after_what_was_given():
    series = pd.Series([1.0, 2.0], name="stress")
    assert read_condition(series, None, 2).name == "stress"
    assert read_condition(series, "normal stress [MPa]", 2).name == "normal stress [MPa]"
    assert read_condition([1.0, 2.0], None, 2).name == "condition"
    assert read_condition(None, "stress", 2) is None


def test_few_values_and_names_are_categories():
    parts = np.full(60, "training")
    assert choose_bins(pd.Series(np.tile([1.0, 2.0], 30)), None, parts) is None
    assert choose_bins(pd.Series(np.tile(["dry", "wet"], 30)), None, parts) is None
    assert choose_bins(None, None, parts) is None
    assert choose_bins(pd.Series(np.arange(60.0)), [0, 60], parts) == [0.0, 60.0]


def test_ranges_with_few_rows_are_joined_with_a_neighbour():
    values = pd.Series(np.concatenate([np.linspace(0, 1, 100), np.linspace(1, 4, 40)]))
    parts = np.full(len(values), "training")
    edges = choose_bins(values, None, parts)
    counts, _ = np.histogram(values, edges)
    assert (edges[0], edges[-1]) == (0.0, 4.0)
    assert len(edges) == 3
    assert counts.min() >= 30
    # Rows without their full history do not count.
    parts[100:] = "warm-up"
    assert choose_bins(values, None, parts) == [0.0, 4.0]
