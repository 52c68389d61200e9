"""Named results that can be looked at."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru import datasets
from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.utils.results import Results
from tests.neural_network._models import record, small_regressor, windows_of


def test_it_shows_a_line_for_each_name():
    found = Results(
        few=np.array([0.25, 0.75]),
        many=np.zeros((1000, 3)),
        table=pd.DataFrame({"a": [1, 2]}),
        column=pd.Series([1.0]),
        text="first line\nsecond line",
        nothing=None,
        inner=Results(a=1, b=2),
        numbers=list(range(1000)),
    )
    assert repr(found).split("\n") == [
        "Results",
        "  few      [0.25 0.75]",
        "  many     ndarray of shape (1000, 3), float64",
        "  table    DataFrame of shape (2, 1)",
        "  column   Series of shape (1,)",
        "  text     'first line'",
        "  nothing  None",
        "  inner    Results: a, b",
        "  numbers  [0, 1, 2, 3, 4, 5, ...]",
    ]
    assert found.few is found["few"]
    assert repr(Results()) == "Results"


@pytest.mark.parametrize(
    "make",
    [
        lambda: gradient_importance(
            small_regressor(max_epochs=1).fit(windows_of(record()[0]), record()[1]),
            windows_of(record()[0]),
        ),
        datasets.make_friction_experiment,
        datasets.make_velocity_steps,
        datasets.load_p655,
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_results_and_data_sets_fit_a_screen(make):
    shown = repr(make())
    assert len(shown) < 3000
    assert len(shown.split("\n")) < 40
