"""What CI runs, what the README says and what the constraint files pin belong together."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^<!-- test-command -->\n\s*```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_ci(folder, *args):
    return subprocess.run(
        ["bash", str(folder / ".ci" / "run"), *args], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")

    def with_readme(text):
        (tmp_path / "README.md").write_text(text, encoding="utf-8")
        return tmp_path

    return with_readme


def test_ci_runs_the_test_command_of_the_readme():
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(blocks) == 1
    done = run_ci(ROOT, "--print")
    assert done.returncode == 0, done.stderr
    assert done.stdout == blocks[0]
    assert done.stdout.strip().endswith("tox run")


@pytest.mark.parametrize("status", [0, 7])
def test_ci_ends_with_the_status_of_the_command(checkout, status):
    folder = checkout(
        "```bash\nexit 90\n```\n\n"
        f"<!-- test-command -->\n```bash\npwd > ran.txt\nexit {status}\n```\n\n"
        "```bash\nexit 91\n```\n"
    )
    done = run_ci(folder)
    assert done.returncode == status
    assert f"exit {status}" in done.stdout
    assert Path((folder / "ran.txt").read_text().strip()).samefile(folder)


def test_ci_stops_at_the_first_line_that_fails(checkout):
    folder = checkout("<!-- test-command -->\n```bash\nfalse\ntrue\n```\n")
    assert run_ci(folder).returncode == 1


@pytest.mark.parametrize(
    "readme",
    [
        "```bash\ntrue\n```\n",
        "<!-- test-command -->\nprose\n```bash\ntrue\n```\n",
        "<!-- test-command -->\n```bash\n```\n",
        "<!-- test-command -->\n```bash\ntrue\n",
        "<!-- test-command -->\n```bash\ntrue\n```\n<!-- test-command -->\n```bash\ntrue\n```\n",
    ],
    ids=["no marker", "marker before prose", "empty block", "open block", "two markers"],
)
def test_ci_refuses_a_readme_without_one_clear_command(checkout, readme):
    done = run_ci(checkout(readme))
    assert done.returncode == 2
    assert "test-command" in done.stderr


def pins(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def lower_bounds():
    """Return the lower bounds of what is required, and of what extras name one for."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].split()
    for of_extra in config["options.extras_require"].values():
        lines += [line for line in of_extra.split() if ">=" in line]
    return dict(line.split(">=") for line in lines)


def test_oldest_constraints_are_the_declared_lower_bounds():
    bounds = {name: Version(bound) for name, bound in lower_bounds().items() if name != "torch"}
    oldest = pins("constraints-oldest.txt")
    assert {name: Version(oldest[name]) for name in bounds} == bounds


def test_constraint_files_differ_only_in_what_is_old():
    oldest, newest = pins("constraints-oldest.txt"), pins("constraints.txt")
    differing = {name for name in oldest if oldest[name] != newest.get(name)}
    # pytz: only pandas 2 wants it; llvmlite: each numba wants its own.
    assert differing <= lower_bounds().keys() - {"torch"} | {"pytz", "llvmlite"}
