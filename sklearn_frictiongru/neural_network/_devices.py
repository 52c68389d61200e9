"""Names of devices, and what a device can be used."""

import torch


def torch_device(name):
    """Return the torch device of a name, once it is known to be there.

    Parameters
    ----------
    name : str
        "auto", which is a CUDA GPU where there is one and else the CPU; or a name of
        torch's, such as "cpu", "cuda", "cuda:1" or "mps".

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    ValueError
        If the name is no device's, or this machine has no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(
            f"device is {name!r}; expected 'auto', 'cpu', 'cuda', 'cuda:1' (the second GPU) or "
            "'mps'."
        ) from None
    if device.type == "cuda":
        n_devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= n_devices:
            raise ValueError(
                f"device is {name!r}, but torch sees {n_devices} CUDA GPUs here. Use 'auto' or "
                "'cpu'."
            )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ValueError("device is 'mps', but torch has no such device here. Use 'auto' or 'cpu'.")
    return device
