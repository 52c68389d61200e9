"""Model files: whole, of this format, or refused."""

import re

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from sklearn_frictiongru.neural_network import ModelFileError
from sklearn_frictiongru.neural_network._saving._model_file import read_model, write_model
from sklearn_frictiongru.utils import data_file

DOCUMENT = {"name": "µ", "count": 3, "nothing": None, "list": [1.5, "a"]}
TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(2, dtype=torch.int64)}


@pytest.fixture
def path(tmp_path):
    write_model(tmp_path / "model", DOCUMENT, TENSORS)
    return tmp_path / "model"


def test_what_was_written_is_read(path):
    document, tensors = read_model(path)
    assert document == DOCUMENT
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)


DTYPES = [torch.bool, torch.uint8, torch.int16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_any_type_and_layout_are_read(tmp_path, dtype):
    square = torch.arange(9).reshape(3, 3).to(dtype)
    # Two of them share memory, one is not contiguous, one empty, one without an axis.
    written = {"a": square, "b": square, "c": square.T, "d": square[:0], "e": square[1, 1]}
    write_model(tmp_path / "model", {}, written)
    _, found = read_model(tmp_path / "model")
    assert found.keys() == written.keys()
    for name, tensor in written.items():
        assert (found[name].dtype, found[name].shape) == (dtype, tensor.shape)
        assert torch.equal(found[name], tensor)


def test_weights_that_are_learnt_are_written_without_their_gradient(tmp_path):
    weights = torch.nn.Parameter(torch.ones(3))
    write_model(tmp_path / "model", {}, {"a": weights})
    assert weights.requires_grad
    assert not read_model(tmp_path / "model")[1]["a"].requires_grad


def test_what_was_read_does_not_hang_on_the_file(path):
    _, tensors = read_model(path)
    path.write_bytes(bytes(path.stat().st_size))
    assert torch.equal(tensors["a"], TENSORS["a"])


def test_every_truncation_is_refused(path):
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ModelFileError, match="holds no whole model"):
            read_model(path)


def test_every_flipped_byte_is_refused(path):
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        # A flip in the version may make a newer one, and one in the order of keys none.
        with pytest.raises(ModelFileError):
            read_model(path)


def test_a_newer_format_asks_for_a_newer_package(path):
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    assert header["format_version"] == "1"
    path.write_bytes(save(TENSORS, metadata={**header, "format_version": "2"}))
    with pytest.raises(ModelFileError, match=r"version 2.* Load it with a newer"):
        read_model(path)


@pytest.mark.parametrize("content", [b"", b"something else", save({"a": torch.zeros(2)})])
def test_files_from_elsewhere_are_refused(tmp_path, content):
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ModelFileError, match="holds no whole model"):
        read_model(tmp_path / "model")


@pytest.mark.parametrize("document", [[], "text", 3, None])
def test_json_that_is_no_object_is_refused(path, document):
    write_model(path, document, TENSORS)
    with pytest.raises(ModelFileError, match="not an object"):
        read_model(path)


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "", '{"a": ' + "9" * 5000 + "}"])
def test_json_that_cannot_be_read_is_refused(path, text, monkeypatch):
    monkeypatch.setattr(data_file.json, "dumps", lambda document, **options: text)
    write_model(path, DOCUMENT, TENSORS)
    with pytest.raises(ModelFileError, match="its JSON cannot be read"):
        read_model(path)


def test_a_folder_is_said_to_be_one(tmp_path):
    # Which error it is depends on the system.
    with pytest.raises(OSError, match=re.escape(tmp_path.name)):
        read_model(tmp_path)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_model(tmp_path / "model")


@pytest.mark.parametrize("document", [{"a": float("nan")}, {"a": object()}])
def test_a_failed_write_leaves_the_old_file_whole(path, document):
    with pytest.raises((ValueError, TypeError)):
        write_model(path, document, TENSORS)
    assert read_model(path)[0] == DOCUMENT
    assert [found.name for found in path.parent.iterdir()] == ["model"]
