"""The sample report of the documentation: how it is made, and that it holds by itself."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOL = ROOT / "tools" / "make_sample_report.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("make_sample_report", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path):
    page = (
        '<p class="byline">A study.</p><a href="#figures">Figures</a>'
        '<a href="a.csv" aria-label="a.csv, figure 1">CSV</a>'
        '<a class="picture" href="dots.png" title="Open the full picture">'
        f'<img alt="dots" src="data:image/png;base64,{"A" * 2000}"></a>'
    )
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    return tmp_path


def test_links_to_other_files_become_names(tool, folder, capsys):
    output = folder / "docs" / "sample.html"
    assert tool.main([str(folder), "--output", str(output)]) == 0
    page = output.read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]*)"', page) == ["#figures"]
    assert "<code>CSV</code>" in page
    assert page.endswith(f'<img alt="dots" src="data:image/png;base64,{"A" * 2000}">')
    assert '<p class="byline">A study.</p>\n<p>This is a sample' in page
    assert f"{output.stat().st_size:,} bytes" in capsys.readouterr().out


def test_a_sample_that_is_too_large_is_not_written(tool, folder, monkeypatch, capsys):
    monkeypatch.setattr(tool, "MOST_BYTES", 1000)
    assert tool.main([str(folder), "--output", str(folder / "sample.html")]) == 1
    assert not (folder / "sample.html").exists()
    assert "expected at most 1,000" in capsys.readouterr().out


def test_the_sample_holds_by_itself_and_is_linked(tool):
    page = tool.SAMPLE.read_text(encoding="utf-8")
    assert tool.SAMPLE.stat().st_size <= tool.MOST_BYTES
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="([^"]*)"', page)) - {"data:,"} <= {f"#{name}" for name in ids}
    assert "can friction be predicted" in page
    readme, start = ((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/index.rst"))
    assert "(docs/_extra/sample_report.html)" in readme
    assert "<sample_report.html>" in start
