"""A file of weights and numbers that runs no code when it is read."""

from sklearn_frictiongru.utils.data_file import read_data, write_data

FORMAT = "sklearn_frictiongru model"


def write_model(path, document, tensors):
    """Write a model file, completely or not at all."""
    write_data(path, FORMAT, document, tensors)


def read_model(path):
    """Read a model file."""
    return read_data(path, FORMAT)
