"""Check that the built wheel holds what it must and works away from the checkout.

Usage: python tools/check_wheel.py DIST, where DIST holds one wheel and one sdist. The wheel is
installed into an empty environment, which runs the Python example of README.md.
"""

import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path, PurePosixPath

PACKAGE = "sklearn_frictiongru"
DATA = f"{PACKAGE}/datasets/data"
PAGE = f"{PACKAGE}/study/_report"
README = Path(__file__).resolve().parents[1] / "README.md"

# The example has imported the installed package, and left a fitted model.
AFTER_THE_EXAMPLE = f"""
import sys
from pathlib import Path

import {PACKAGE}

home = Path({PACKAGE}.__file__).resolve()
assert home.is_relative_to(Path(sys.prefix).resolve()), f"imported from {{home}}"
assert model.predict(X).shape == y.shape, model.predict(X).shape
print(f"{PACKAGE} {{{PACKAGE}.__version__}}: the example of the README runs")
"""


def quick_start(text):
    """Return the one Python example of a Markdown text."""
    examples = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if len(examples) != 1:
        sys.exit(f"{README.name} holds {len(examples)} Python examples; expected one.")
    return examples[0]


def only(dist, pattern):
    """Return the one file of a folder that matches a pattern."""
    found = sorted(dist.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{dist} holds {len(found)} files like {pattern}; expected one.")
    return found[0]


def check_contents(wheel):
    """Exit with a message if the wheel lacks a file or holds one too many."""
    with zipfile.ZipFile(wheel) as archive:
        names = [PurePosixPath(name) for name in archive.namelist()]
    info = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    wanted = [
        f"{DATA}/friction_damper.rst",
        f"{DATA}/friction_experiment.rst",
        f"{DATA}/p655_1hz.csv",
        f"{DATA}/p655_LICENSE.txt",
        f"{DATA}/velocity_steps.rst",
        f"{PAGE}/page.html.jinja",
        f"{PAGE}/style.css",
        f"{info}/licenses/LICENSE",
        f"{info}/licenses/{DATA}/p655_LICENSE.txt",
    ]
    missing = [name for name in wanted if PurePosixPath(name) not in names]
    if missing:
        sys.exit(f"{wheel.name} lacks {', '.join(missing)}")
    surplus = [
        str(name)
        for name in names
        if name.parts[0] not in (PACKAGE, info)
        or "tests" in name.parts
        or name.name.startswith("test_")
    ]
    if surplus:
        sys.exit(f"{wheel.name} must not hold {', '.join(surplus)}")


def check_installed(wheel):
    """Install the wheel into an empty environment and run the quick start there."""
    example = quick_start(README.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "env")
        venv.create(environment, with_pip=True)
        python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
        # Isolated mode and another working directory: nothing of the checkout can be imported.
        subprocess.run([python, "-I", "-c", example + AFTER_THE_EXAMPLE], check=True, cwd=folder)


def main(dist):
    """Check the wheel in a folder of built distributions."""
    dist = Path(dist).resolve()
    only(dist, "*.tar.gz")
    wheel = only(dist, "*.whl")
    check_contents(wheel)
    check_installed(wheel)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
