import numpy as np
import pandas as pd

from sklearn_frictiongru.inspection._surrogate_floor import surrogate_floor
from sklearn_frictiongru.neural_network import GRUFrictionRegressor


def test_an_input_with_an_effect_passes_and_one_without_does_not(tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 2)), columns=["strong", "none"])
    y = X["strong"] + 0.3 * rng.normal(size=400)
    model = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=15, lr=0.02)
    arguments = {"n_trainings": 3, "per_input": 7, "random_state": 0, "memory": tmp_path}
    found = surrogate_floor(model, X, y, **arguments)
    assert found.kind == "shift"
    assert found.importances.shape == (3, 2, 16)
    for table in (found.relative, found.net):
        assert table["passes"].to_dict() == {"strong": True, "none": False}
        assert table["n_surrogates"].to_list() == [21, 21]
        assert table["floor"].between(0, 1).all()
    again = surrogate_floor(model, X, y, **arguments)
    np.testing.assert_array_equal(found.importances, again.importances)
