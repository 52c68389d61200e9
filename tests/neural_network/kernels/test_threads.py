"""Torch's settings are set for a while and put back."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier, Event, current_thread

import pytest
import torch

from sklearn_frictiongru.neural_network._layers._kernels import _threads
from sklearn_frictiongru.neural_network._layers._kernels._threads import (
    available_threads,
    denormals_are_flushed,
    flushed_threads,
    side_by_side,
)


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
    with flushed_threads():
        assert settings() == (1, True)
        with flushed_threads():
            assert settings() == (1, True)
        assert settings() == (1, True)
    assert settings() == (threads, flushed)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_settings_are_put_back_after_an_exception(error):
    torch.set_num_threads(2)
    torch.set_flush_denormal(False)
    with pytest.raises(error), flushed_threads():
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
        with flushed_threads():
            assert pool.submit(denormals_are_flushed).result() is False


def test_side_threads_run_at_once_with_the_flushing_of_the_block():
    torch.set_num_threads(3)
    torch.set_flush_denormal(False)
    meeting, seen = Barrier(3, timeout=10), {}

    def meet(part):
        meeting.wait()
        seen[part] = denormals_are_flushed()

    with flushed_threads():
        assert available_threads() == 3
        with flushed_threads():
            # A block within another has its threads.
            assert available_threads() == 3
        side_by_side(meet, [("own",), ("second",), ("third",)])
    assert seen == {"own": True, "second": True, "third": True}
    assert available_threads() == 1


def test_without_a_block_there_is_the_calling_thread_alone():
    seen = []
    side_by_side(lambda part: seen.append((part, current_thread())), [("own",)])
    assert seen == [("own", current_thread())]


@pytest.mark.parametrize("failing", ["own", "other"])
def test_an_exception_waits_for_the_threads_beside(failing):
    torch.set_num_threads(2)
    failed, done = Event(), []

    def work(part):
        if part == failing:
            failed.set()
            raise ArithmeticError(part)
        failed.wait(10)
        time.sleep(0.1)
        done.append(part)

    with flushed_threads():
        with pytest.raises(ArithmeticError, match=failing):
            side_by_side(work, [("own",), ("other",)])
        # The end of the block would wait as well.
        assert done == [{"own": "other", "other": "own"}[failing]]


def test_a_forked_process_has_none_of_the_threads(monkeypatch):
    torch.set_num_threads(2)
    with flushed_threads():
        assert available_threads() == 2
        monkeypatch.setattr(_threads.os, "getpid", lambda: -1)
        assert available_threads() == 1


def test_what_outlives_its_block_runs_on_the_calling_thread():
    """As a task that was made inside does, and a thread while the program ends."""
    torch.set_num_threads(3)
    with flushed_threads():
        inside = copy_context()
    seen = []
    inside.run(side_by_side, lambda part: seen.append((part, current_thread())), [(0,), (1,)])
    assert seen == [(0, current_thread()), (1, current_thread())]


def test_threads_beside_belong_to_the_block_of_their_own_thread():
    torch.set_num_threads(2)
    with flushed_threads(), ThreadPoolExecutor(1) as pool:
        assert available_threads() == 2
        assert pool.submit(available_threads).result() == 1


def test_threads_beside_are_gone_after_the_block():
    torch.set_num_threads(2)
    beside = []
    with flushed_threads():
        side_by_side(lambda part: beside.append(current_thread()), [(0,), (1,)])
    assert [thread.is_alive() for thread in beside if thread is not current_thread()] == [False]
