"""Files that appear whole: half of one is never seen."""

import os

import pytest

from sklearn_frictiongru.utils.files import whole_file


def test_a_file_gets_its_name_once_it_is_whole(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["model"]


def write_half(path, error):
    with whole_file(path) as file:
        file.write(b"half")
        file.flush()
        raise error


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("before", [[], ["model"]])
def test_a_failure_leaves_what_stood_there_and_nothing_else(tmp_path, error, before):
    path = tmp_path / "model"
    for name in before:
        (tmp_path / name).write_bytes(b"old")
    with pytest.raises(error):
        write_half(path, error)
    assert os.listdir(tmp_path) == before
    assert all((tmp_path / name).read_bytes() == b"old" for name in before)


def test_a_name_that_cannot_be_taken_leaves_no_part(tmp_path):
    (tmp_path / "folder").mkdir()
    # Which error it is depends on the system.
    with pytest.raises(OSError, match="folder"), whole_file(tmp_path / "folder") as file:
        file.write(b"new")
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_others_may_read_it_as_the_umask_says(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with whole_file(tmp_path / "model") as file:
            file.write(b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == mode
