"""Which modules belong to installed libraries, and their versions."""

import hashlib
import importlib.metadata
import os
import platform
import sys
import sysconfig
from functools import cache
from pathlib import Path

STANDARD_LIBRARY = tuple(
    os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")
)

INSTALLED = {"site-packages", "dist-packages"}
"""Folders of installed packages, also those of a user or of another environment."""


def is_library(module_name):
    """Return whether a module belongs to Python, to an installed library, or to this package."""
    package = module_name.partition(".")[0]
    if package == "__main__":
        return False
    if package == "sklearn_frictiongru":
        return True
    module = sys.modules.get(module_name) or sys.modules.get(package)
    file = getattr(module, "__file__", None)
    return package in sys.stdlib_module_names if file is None else is_library_file(file)


def is_library_file(file):
    """Return whether a file is part of Python or of an installed library."""
    if file in ("built-in", "frozen"):
        return True
    file = os.path.realpath(file)
    return bool(INSTALLED & set(Path(file).parts)) or file.startswith(STANDARD_LIBRARY)


@cache
def library_version(module_name):
    """Return the version of the library of a module, with a digest of its files where listed."""
    package = module_name.partition(".")[0]
    version = getattr(sys.modules.get(package), "__version__", None)
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return str(version or platform.python_version())
    # A package of the user's own may be installed again under the same version.
    listed = (distribution.read_text("RECORD") or "").splitlines()
    sources = sorted(line for line in listed if line.partition(",")[0].endswith(".py"))
    if not sources:
        # Such as the metadata that a build leaves in a source tree, which says nothing of the code.
        return str(version or distribution.version)
    digest = hashlib.sha256("\n".join(sources).encode()).hexdigest()
    return f"{version or distribution.version} {digest}"
