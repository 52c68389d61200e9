"""Names of devices, and what a device can be used."""

import torch


def torch_device(name):
    """Return the torch device of a name, once it is known to be there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except (RuntimeError, UnicodeEncodeError):
        device = None
    # Torch lets large indices wrap around: "cuda:256" would be the first GPU.
    if device is None or str(device) != name or device.type == "meta":
        raise ValueError(
            f"device is {name!r}; expected 'auto', 'cpu', 'cuda', 'cuda:1' (the second GPU) or "
            "'mps'."
        )
    if device.type == "cuda":
        n_devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= n_devices:
            raise ValueError(
                f"device is {name!r}, but torch sees {n_devices} CUDA GPUs here. Use 'auto' or "
                "'cpu'."
            )
    if not _works(device):
        raise ValueError(
            f"device is {name!r}, but torch has no such device here. Use 'auto' or 'cpu'."
        )
    return device


def _works(device):
    """Return whether torch has a device of a type that is not CUDA's."""
    if device.type == "mps":
        return torch.backends.mps.is_available()
    if device.type in {"cpu", "cuda"}:
        return True
    try:
        torch.empty(1).to(device)
    # Each kind of device that a build of torch lacks says so in its own way.
    except (RuntimeError, AssertionError, ImportError):
        return False
    return True
