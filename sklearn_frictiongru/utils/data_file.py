"""A file of tensors and JSON that runs no code when it is read, and detects any change."""

import hashlib
import json
from pathlib import Path

import safetensors.torch
import torch

from sklearn_frictiongru.utils.files import whole_file

FORMAT_VERSION = 1
"""Increased whenever older code could no longer read a file."""


class ModelFileError(ValueError):
    """A file holds no model, has been truncated or altered, or has a newer format.

    It is a subclass of :class:`ValueError`.

    See Also
    --------
    load_model : Raises it.
    GRUFrictionRegressor.load : Raises it.
    GRUFrictionEnsemble.load : Raises it.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_frictiongru.neural_network import (
    ...     GRUFrictionRegressor,
    ...     ModelFileError,
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     with open(path, "wb") as file:
    ...         _ = file.write(b"something else")
    ...     try:
    ...         GRUFrictionRegressor.load(path)
    ...     except ModelFileError as error:
    ...         print("holds no whole model" in str(error))
    True
    """


def write_data(path, name, document, tensors):
    """Write a file of a named format, completely or not at all.

    Tensors are in the safetensors format. Everything else is one JSON text in its header,
    with the format's version and a SHA-256 checksum over all of it.
    """
    # Copies, since safetensors refuses weights that share memory, as tied ones do.
    tensors = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    text = json.dumps(document, sort_keys=True, allow_nan=False)
    header = {
        "format": name,
        "format_version": str(FORMAT_VERSION),
        "checksum": _checksum(text, tensors),
        "document": text,
    }
    content = safetensors.torch.save(tensors, metadata=header)
    with whole_file(path) as file:
        file.write(content)


def read_data(path, name, what="model"):
    """Return the document and the tensors of a file of a named format."""
    with open(path, "rb"):
        # Errors of the system about the path are clear enough.
        pass
    # Bytes of unknown origin: any error of the parsers means the same.
    try:
        content = Path(path).read_bytes()
        tensors = safetensors.torch.load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    except Exception as error:
        raise _altered(path, what, f"it is not a safetensors file ({error})") from error
    if header.get("format") != name:
        raise _altered(path, what, f"its header names the format {header.get('format')!r}")
    version = header.get("format_version", "")
    if version.isdecimal() and int(version[:9]) > FORMAT_VERSION:
        raise ModelFileError(
            f"{Path(path)} is of format version {version}; this sklearn_frictiongru reads up to "
            f"{FORMAT_VERSION}. Load it with a newer sklearn_frictiongru."
        )
    text = header.get("document", "")
    if version != str(FORMAT_VERSION) or header.get("checksum") != _checksum(text, tensors):
        raise _altered(path, what, "its checksum does not fit")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _altered(path, what, f"its JSON cannot be read ({error})") from error
    if not isinstance(document, dict):
        raise _altered(path, what, f"its JSON is a {type(document).__name__}, not an object")
    return document, tensors


def _altered(path, what, reason):
    return ModelFileError(
        f"{Path(path)} holds no whole {what} written by save(): {reason}. The file was truncated "
        "or altered, or comes from elsewhere; save it again."
    )


def _checksum(text, tensors):
    """Return the SHA-256 of all contents of a model file."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(repr((name, str(tensor.dtype), tuple(tensor.shape))).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
