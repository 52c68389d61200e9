"""Torch's settings are set for a while and put back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sklearn_frictiongru.neural_network._threads import denormals_are_flushed, one_flushed_thread


@pytest.fixture(autouse=True)
def settings_of_before():
    threads, flushed = torch.get_num_threads(), denormals_are_flushed()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(flushed)


def settings():
    return torch.get_num_threads(), denormals_are_flushed()


@pytest.mark.parametrize("flushed", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_settings_are_set_and_put_back(threads, flushed):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(flushed)
    with one_flushed_thread():
        assert settings() == (1, True)
        with one_flushed_thread():
            assert settings() == (1, True)
        assert settings() == (1, True)
    assert settings() == (threads, flushed)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_settings_are_put_back_after_an_exception(error):
    torch.set_num_threads(2)
    torch.set_flush_denormal(False)
    with pytest.raises(error), one_flushed_thread():
        raise error
    assert settings() == (2, False)


def test_denormals_are_told_from_zero():
    tiny = torch.full((4,), torch.finfo(torch.float32).tiny)
    for flushed in (True, False):
        torch.set_flush_denormal(flushed)
        assert denormals_are_flushed() is flushed
        assert bool((tiny * 0.5 == 0).all()) is flushed


def test_the_flushing_of_other_threads_is_left_alone():
    torch.set_flush_denormal(False)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(denormals_are_flushed).result() is False
        with one_flushed_thread():
            assert pool.submit(denormals_are_flushed).result() is False
