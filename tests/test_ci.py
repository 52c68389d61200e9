"""What CI runs, what the README says and what the constraint files pin belong together."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^<!-- test-command -->\n\s*```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_ci(folder, *args, path=None):
    """Run the script, with the commands of one folder alone if `path` is given."""
    environment = {name: value for name, value in os.environ.items() if name != "REQUIRE_BROWSER"}
    if path is not None:
        environment["PATH"] = str(path)
    return subprocess.run(
        [shutil.which("bash"), str(folder / ".ci" / "run"), *args],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


@pytest.fixture
def commands(tmp_path):
    """Return a folder of commands: those that the script needs, and stand-ins that are added."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("awk", "bash", "dirname", "env"):
        (folder / name).symlink_to(shutil.which(name))

    def with_stand_ins(**scripts):
        for name, script in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!{shutil.which('bash')}\n{script}\n", encoding="utf-8")
            path.chmod(0o755)
        return folder

    return with_stand_ins


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


def test_the_test_command_builds_the_documentation_and_looks_at_it():
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "tox.ini", encoding="utf-8")
    names = config["tox"]["env_list"].split(", ")
    assert names == ["lint", "py", "oldest", "ecosystem", "build", "docs"]
    build, *_, check = config["testenv:docs"]["commands"].strip().splitlines()
    assert build.startswith("sphinx-build -W ")
    assert check.startswith("python tools/check_site.py ")
    # The browser test and the check of the site both fail in CI where there is no browser.
    assert config["testenv"]["pass_env"] == "REQUIRE_BROWSER"
    for name in ("py", "docs"):
        assert "playwright" in config[f"testenv:{name}"]["deps"].split()


@pytest.mark.parametrize("status", [0, 7])
def test_ci_ends_with_the_status_of_the_command(checkout, commands, status):
    folder = checkout(
        "```bash\nexit 90\n```\n\n"
        f"<!-- test-command -->\n```bash\npwd > ran.txt\nexit {status}\n```\n\n"
        "```bash\nexit 91\n```\n"
    )
    done = run_ci(folder, path=commands(chromium=""))
    assert done.returncode == status
    assert f"exit {status}" in done.stdout
    assert Path((folder / "ran.txt").read_text().strip()).samefile(folder)


def test_ci_stops_at_the_first_line_that_fails(checkout, commands):
    folder = checkout("<!-- test-command -->\n```bash\nfalse\ntrue\n```\n")
    assert run_ci(folder, path=commands(chromium="")).returncode == 1


BROWSER_NEEDED = '<!-- test-command -->\n```bash\necho "required: $REQUIRE_BROWSER"\n```\n'
# Stand-ins that write down how they were called; sudo runs what it is given.
APT_GET = 'echo "apt-get $*" >> called.txt'
SUDO = 'echo "sudo $*" >> called.txt; "$@"'


def test_ci_leaves_an_installed_browser_and_requires_one(checkout, commands):
    folder = checkout(BROWSER_NEEDED)
    done = run_ci(folder, path=commands(chromium="", apt_get=APT_GET, sudo=SUDO))
    assert done.returncode == 0, done.stderr
    assert "required: 1" in done.stdout
    assert not (folder / "called.txt").exists()


def test_ci_installs_the_browser_before_the_command(checkout, commands):
    folder = checkout(BROWSER_NEEDED)
    done = run_ci(folder, path=commands(apt_get=APT_GET, sudo=SUDO))
    assert done.returncode == 0, done.stderr
    assert "required: 1" in done.stdout
    called = (folder / "called.txt").read_text().splitlines()
    by_apt_get = [line for line in called if line.startswith("apt-get")]
    assert by_apt_get == [
        "apt-get update",
        "apt-get install -y --no-install-recommends chromium",
    ]
    assert (len(called) > len(by_apt_get)) == (os.geteuid() != 0)


@pytest.mark.parametrize(
    "stand_ins",
    [{}, {"apt_get": "exit 100"}, {"apt_get": '[[ "$1" == update ]]'}],
    ids=["no apt-get", "update fails", "install fails"],
)
def test_ci_says_so_where_the_browser_cannot_be_installed(checkout, commands, stand_ins):
    folder = checkout(BROWSER_NEEDED)
    done = run_ci(folder, path=commands(sudo=SUDO, **stand_ins))
    assert done.returncode == 3
    assert "could not be installed with apt-get" in done.stderr
    assert "required:" not in done.stdout


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
