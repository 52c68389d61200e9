"""Libraries are told from the user's own code by where their files are."""

import importlib.metadata
import sys
import types

import pytest

from sklearn_frictiongru.utils.libraries import is_library, library_version


@pytest.mark.parametrize("name", ["sys", "json.decoder", "numpy.linalg", "sklearn_frictiongru.io"])
def test_what_is_installed_is_a_library(name):
    __import__(name)
    assert is_library(name)


@pytest.mark.parametrize("name", ["__main__", __name__, "nowhere"])
def test_anything_else_is_the_users_own(name):
    assert not is_library(name)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        # Of the user, of Debian, and of the environment that another one builds upon.
        ("/home/me/.local/lib/python3.12/site-packages", True),
        ("/usr/lib/python3/dist-packages", True),
        ("/opt/base/lib/python3.12/site-packages", True),
        ("/home/me/project", False),
    ],
)
def test_folders_of_installed_packages(monkeypatch, folder, expected):
    module = types.ModuleType("some_package")
    module.__file__ = f"{folder}/some_package/__init__.py"
    monkeypatch.setitem(sys.modules, "some_package", module)
    assert is_library("some_package") == expected


def test_the_same_version_with_other_files_counts(monkeypatch):
    class Distribution:
        version = "0.1"
        record = "own/a.py,sha256=one,10\nown/a.pyc,,\n"

        def read_text(self, name):
            return self.record

    def version(record):
        monkeypatch.setattr(Distribution, "record", record)
        library_version.cache_clear()
        return library_version("own")

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())
    try:
        one = version("own/a.py,sha256=one,10\nown/a.pyc,,\n")
        # Compiled files are made on each machine.
        assert version("own/a.py,sha256=one,10\n../../bin/own,sha256=three,1\n") == one
        assert version("own/a.py,sha256=other,10\n") != one
        # Metadata without files, as a build leaves them in a source tree, change nothing.
        assert version(None) == "0.1"
    finally:
        library_version.cache_clear()
