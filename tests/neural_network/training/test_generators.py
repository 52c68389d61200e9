"""The lent global generator: seeded, put back, and lent to one thread at a time."""

import threading

import pytest
import torch

from sklearn_frictiongru.neural_network._training._generators import seeded_global_generator

CPU = torch.device("cpu")


@pytest.fixture
def state():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        yield torch.get_rng_state()


def draw(seed):
    with seeded_global_generator(seed, CPU):
        return torch.rand(5).tolist()


def test_the_same_seed_draws_the_same_and_the_state_is_put_back(state):
    first, second = draw(1), draw(2)
    torch.rand(3)
    assert draw(1) == first != second
    torch.set_rng_state(state)
    draw(1)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_state_is_put_back_after_an_exception(state):
    with pytest.raises(ZeroDivisionError), seeded_global_generator(1, CPU):
        torch.rand(3).fill_(1 / 0)
    assert torch.equal(torch.get_rng_state(), state)
    # Nor is the turn kept.
    other = threading.Thread(target=draw, args=(1,), daemon=True)
    other.start()
    other.join(10)
    assert not other.is_alive()


def test_threads_take_turns(state):
    alone = draw(2)
    started, found = threading.Event(), []

    def other():
        started.set()
        found.append(draw(2))

    thread = threading.Thread(target=other, daemon=True)
    with seeded_global_generator(1, CPU):
        thread.start()
        assert started.wait(10)
        thread.join(0.1)
        assert found == []
        inside = torch.rand(5).tolist()
    thread.join(10)
    assert found == [alone]
    assert inside == draw(1)
    assert torch.equal(torch.get_rng_state(), state)
