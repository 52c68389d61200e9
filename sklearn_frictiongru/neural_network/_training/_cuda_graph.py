"""A function of tensors as a CUDA graph, which starts all its launches at once."""

import torch

WARM_UP_CALLS = 3
"""Calls before the capture, in which libraries set up what must not be part of it."""


def captured(function, inputs):
    """Capture the work of a function on a CUDA device, to be done again on other values.

    A step of a small network is over sooner than Python can start the next one. A graph
    is started as a whole.
    """
    own = [values.clone() for values in inputs]
    device = own[0].device
    if device.type != "cuda":
        raise RuntimeError(f"there are none on device {str(device)!r}")
    with torch.cuda.device(device):
        # Torch demands a separate stream for what runs before a capture.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(WARM_UP_CALLS):
                function(*own)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            outputs = function(*own)

    def replay(*values):
        with torch.cuda.device(device):
            for place, value in zip(own, values, strict=True):
                place.copy_(value)
            graph.replay()
        return outputs

    return replay
