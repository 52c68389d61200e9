"""Memory is used again when nobody uses it, and not before."""

import threading

import pytest
import torch

from sklearn_frictiongru.neural_network._layers._kernels import _memory
from sklearn_frictiongru.neural_network._layers._kernels._memory import empty, reused_memory

SHAPE = (300, 400)


def test_a_tensor_has_its_shape_and_type():
    with reused_memory():
        for dtype in (torch.float32, torch.float64):
            tensor = empty(SHAPE, dtype)
            assert tensor.shape == SHAPE
            assert tensor.dtype == dtype
            assert tensor.is_contiguous()
            # Whole vectors are loaded from there.
            assert tensor.data_ptr() % 64 == 0
        assert empty((0,)).shape == (0,)


def test_memory_is_used_again_when_its_last_tensor_has_gone():
    with reused_memory():
        tensor = empty(SHAPE)
        place = tensor.data_ptr()
        view = tensor[5:, 3:].T
        del tensor
        other = empty(SHAPE)
        assert other.data_ptr() != place
        del view
        assert empty(SHAPE).data_ptr() == place


def test_a_step_more_or_less_shares_memory():
    with reused_memory():
        place = empty((401, 400)).data_ptr()
        assert empty((399, 400)).data_ptr() == place
        assert empty((600, 400)).data_ptr() != place


def test_memory_is_given_back_at_the_end():
    with reused_memory():
        kept = empty(SHAPE)
        with reused_memory():
            inner = empty(SHAPE)
            place = inner.data_ptr()
            del inner
        # The outer block goes on.
        assert empty(SHAPE).data_ptr() == place
    assert _memory._FREE.get() is None
    kept.fill_(1.0)
    assert kept.sum() == 300 * 400
    del kept


def test_memory_is_given_back_after_an_exception():
    with pytest.raises(KeyError), reused_memory():
        raise KeyError
    assert _memory._FREE.get() is None


def test_each_thread_keeps_its_own():
    seen = []
    with reused_memory():
        place = empty(SHAPE).data_ptr()
        thread = threading.Thread(target=lambda: seen.append(_memory._FREE.get()))
        thread.start()
        thread.join()
        assert seen == [None]
        assert empty(SHAPE).data_ptr() == place
