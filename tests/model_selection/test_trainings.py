"""Trainings side by side: started by cost, stored as they finish, given back in order."""

import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection._trainings import run_trainings, with_seed
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer


def run(train, arguments, **options):
    n = len(arguments)
    options = {
        "keys": [f"key{i}" for i in range(n)],
        "costs": [1.0] * n,
        "names": [f"training {i}" for i in range(n)],
        "n_jobs": None,
        "memory": None,
        "verbose": 0,
        **options,
    }
    return run_trainings(train, arguments, **options)


def double(x):
    return {"value": 2 * x, "status": "finished", "interrupted": False}


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_results_stand_in_the_order_of_the_arguments(n_jobs):
    trainings, n_trained = run(double, [(1,), (2,), (3,)], costs=[1, 3, 2], n_jobs=n_jobs)
    assert [training["value"] for training in trainings] == [2, 4, 6]
    assert n_trained == 3


def test_the_longest_are_started_first():
    started = []

    def train(x):
        started.append(x)
        return double(x)

    run(train, [(0,), (1,), (2,), (3,)], costs=[1, 5, 3, 5])
    assert started == [1, 3, 2, 0]


def test_each_is_stored_as_it_finishes_and_found_again(tmp_path):
    stored = []

    def train(x):
        stored.append(len(list(tmp_path.rglob("*.joblib"))))
        if x == 2:
            return {**double(x), "status": "failed: two"}
        return {**double(x), "interrupted": x == 3}

    with pytest.raises(KeyboardInterrupt, match="interrupted while training training 3"):
        run(train, [(0,), (1,), (2,), (3,), (4,)], memory=tmp_path)
    # What failed and what was interrupted is not stored.
    assert stored == [0, 1, 2, 2]
    trainings, n_trained = run(double, [(i,) for i in range(5)], memory=tmp_path)
    assert n_trained == 3
    assert [training["value"] for training in trainings] == [0, 2, 4, 6, 8]
    assert run(None, [(i,) for i in range(5)], memory=tmp_path) == (trainings, 0)


def test_every_seed_of_a_pipeline_is_set_on_a_clone():
    model = make_pipeline(SlidingWindowTransformer(5), GRUFrictionRegressor(random_state=1))
    seeded = with_seed(model, 7)
    assert seeded[-1].random_state == 7
    assert seeded[0].window_length == 5
    assert model[-1].random_state == 1
    assert with_seed(SlidingWindowTransformer(5), 7).window_length == 5
