"""Seeds come from where they were asked for and touch nothing else."""

import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.random import draw_seed, with_seed


def test_a_number_is_the_seed():
    assert draw_seed(7) == 7
    assert draw_seed(np.int64(2**32 - 1)) == 2**32 - 1


def test_a_generator_gives_one_seed_after_another():
    first, second = (np.random.RandomState(3) for _ in range(2))
    seeds = [draw_seed(first) for _ in range(4)]
    assert seeds == [draw_seed(second) for _ in range(4)]
    assert len(set(seeds)) == 4
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_none_draws_from_the_system():
    # The global generator is the one that must neither be used nor touched.
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    seeds = {draw_seed(None) for _ in range(5)}
    assert len(seeds) == 5
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert draw_seed(None) not in seeds


def test_every_seed_of_a_pipeline_is_set_on_a_clone():
    model = make_pipeline(SlidingWindowTransformer(5), GRUFrictionRegressor(random_state=1))
    seeded = with_seed(model, 7)
    assert seeded[-1].random_state == 7
    assert seeded[0].window_length == 5
    assert model[-1].random_state == 1
    assert with_seed(SlidingWindowTransformer(5), 7).window_length == 5
