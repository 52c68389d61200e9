"""The check of the wheel runs what the README shows."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = "```python\nimport this\n```\n"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("check_wheel", ROOT / "tools" / "check_wheel.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_quick_start_is_the_readmes_example(tool):
    example = tool.quick_start((ROOT / "README.md").read_text(encoding="utf-8"))
    assert example.startswith("from sklearn.pipeline import make_pipeline\n")
    # What is run after it uses these.
    assert {"X, y =", "model ="} <= {
        line.partition("=")[0].strip() + " =" for line in example.splitlines() if "=" in line
    }
    compile(example + tool.AFTER_THE_EXAMPLE, "quick start", "exec")


def test_other_blocks_are_left_alone(tool):
    text = f"```bash\nls\n```\n\n{EXAMPLE}\n```text\nThe Zen\n```\n"
    assert tool.quick_start(text) == "import this\n"


@pytest.mark.parametrize("text", ["", EXAMPLE * 2, "```bash\nls\n```\n"])
def test_a_readme_without_one_example_is_refused(tool, text):
    with pytest.raises(SystemExit, match="Python examples; expected one"):
        tool.quick_start(text)
