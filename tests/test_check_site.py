"""The check of the built pages: what it says of what it sees, and that it sees each fault."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "check_site.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("check_site", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!doctype html><title>page</title>", encoding="utf-8")
    return path


def seen(tool, **what):
    return tool.faults(tool.Seen(**what), tool.Screen("phone", 390, 844, True))


def test_a_page_without_fault_has_none(tool):
    assert seen(tool) == seen(tool, page_width=390) == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"console_errors": ["no\nsuch name"]}, "console error: no such name"),
        ({"failed": ["file:///a.js"]}, "failed request: file:///a.js"),
        ({"elsewhere": ["https://cdn/a.js"]}, "asks the network for https://cdn/a.js"),
        ({"missing_images": ["a.png"]}, "image does not show: a.png"),
        ({"against_rules": ["image-alt: no text"]}, "against axe's rule image-alt: no text"),
        (
            {"page_width": 391, "culprits": ["a", "b", "c", "d"]},
            "scrolls sideways: 391 px wide; beyond the edge: a, b, c",
        ),
        (
            {"page_width": 390, "culprits": ["a", "b", "c", "d"]},
            "cut off, or scrolls sideways inside: a, b, c",
        ),
        ({"page_width": 500}, "scrolls sideways: 500 px wide; beyond the edge: no single element"),
    ],
)
def test_each_fault_is_said(tool, what, said):
    assert seen(tool, **what) == [said]


def test_addresses_of_inline_data_are_cut(tool):
    (said,) = seen(tool, missing_images=["data:image/png;base64," + "A" * 5000])
    assert said.startswith("image does not show: data:image/png;base64,AAA")
    assert said.endswith("AAA...")
    assert len(said) < 150


def test_a_folder_stands_for_all_of_its_pages(tool, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "_static").mkdir()
    for name in ("c.html", "b/a.html", "b/a.txt", "b/_static/template.html"):
        (tmp_path / name).touch()
    assert tool.pages_in([tmp_path / "c.html", tmp_path / "b"]) == [
        tmp_path / "c.html",
        tmp_path / "b" / "a.html",
    ]


@pytest.mark.parametrize("name", ["absent.html", "empty"])
def test_nothing_to_look_at_is_an_error(tool, tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match=name) as stopped:
        tool.main([str(tmp_path / name)])
    assert stopped.value.code != 0


@pytest.mark.parametrize(
    ("options", "variable", "status"), [([], "", 0), (["--require"], "", 1), ([], "1", 1)]
)
def test_without_a_browser_it_passes_unless_one_is_required(
    tool, page, monkeypatch, capsys, options, variable, status
):
    monkeypatch.setenv("REQUIRE_BROWSER", variable)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert tool.main([str(page), *options]) == status
    assert "not looked at: no Chromium (chromium," in capsys.readouterr().out


def test_without_playwright_it_says_so(tool, page, monkeypatch, capsys):
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(tool, "find_spec", lambda name: None)
    assert tool.main([str(page)]) == 0
    assert "playwright is not installed" in capsys.readouterr().out


def test_the_status_says_whether_a_fault_was_found(tool, page, monkeypatch, capsys):
    monkeypatch.setattr(tool, "why_not", lambda *_: None)
    for found, status in (([], 0), (["console error: no"], 1)):
        monkeypatch.setattr(
            tool, "look_at_all", lambda *_, found=found: [(page, tool.SCREENS[1], found)]
        )
        assert tool.main([str(page)]) == status
    out = capsys.readouterr().out
    assert "page.html on a phone (390 px): console error: no\n" in out
    assert "1 pages looked at on 2 screens, 1 faults\n" in out


HEAD = '<!doctype html><meta name="viewport" content="width=device-width, initial-scale=1">'
IMAGE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
WIDE = '<div style="width:{}px">wide</div>'
BOTH = {"desktop", "phone"}

# A page, the screens on which something is wrong with it, and what is said.
PAGES = {
    "clean": (
        f"{HEAD}<script>console.log('fine'); console.warn('still fine')</script>"
        f'<img src="{IMAGE}"><div style="overflow-x:auto">{WIDE.format(5000)}</div>'
        f'<p style="overflow:hidden;white-space:nowrap;text-overflow:ellipsis">{"long " * 400}',
        set(),
        "",
    ),
    "console": (f"{HEAD}<script>console.error('said so')</script>", BOTH, "console error: said so"),
    "exception": (f"{HEAD}<script>undefinedName()</script>", BOTH, "undefinedName is not defined"),
    "late": (
        f"{HEAD}<script>onload = () => {{ throw new Error('too late') }}</script>",
        BOTH,
        "too late",
    ),
    "script": (f'{HEAD}<script src="none.js"></script>', BOTH, "none.js"),
    "style": (f'{HEAD}<link rel="stylesheet" href="none.css">', BOTH, "none.css"),
    "network": (
        f'{HEAD}<script src="https://cdn.invalid/a.js"></script>',
        BOTH,
        "asks the network for https://cdn.invalid/a.js",
    ),
    "font": (
        f"{HEAD}<style>@font-face {{ font-family: f; src: url(https://cdn.invalid/f.woff2) }}"
        "p { font-family: f }</style><p>text",
        BOTH,
        "asks the network for https://cdn.invalid/f.woff2",
    ),
    "image": (f'{HEAD}<img src="none.png">', BOTH, "none.png"),
    "lazy": (
        f'{HEAD}<div style="height:30000px"></div><img loading="lazy" src="none.png">',
        BOTH,
        "none.png",
    ),
    "broken": (f'{HEAD}<img src="data:image/png;base64,AAAA">', BOTH, "image does not show: data:"),
    "empty": (f"{HEAD}<img>", BOTH, "image does not show"),
    "wide": (f"{HEAD}{WIDE.format(2000)}", BOTH, 'beyond the edge: div "wide"'),
    "narrow": (f"{HEAD}{WIDE.format(500)}", {"phone"}, "scrolls sideways: 5"),
    "word": (f"{HEAD}<p>{'long' * 200}", BOTH, 'beyond the edge: p "longlong'),
    "cut": (
        f'{HEAD}<main style="overflow-x:hidden">{WIDE.format(500)}</main>',
        {"phone"},
        'cut off, or scrolls sideways inside: div "wide"',
    ),
    "inside": (
        f'{HEAD}<main style="overflow-x:auto"><h1>heading</h1>{WIDE.format(500)}</main>',
        {"phone"},
        'cut off, or scrolls sideways inside: div "wide"',
    ),
    "left": (
        f"{HEAD}<div style='overflow-x:auto'><div style='display:flex;justify-content:center'>"
        "<p style='min-width:700px'>centred</p></div></div>",
        {"phone"},
        'cut off, or scrolls sideways inside: p "centred"',
    ),
    # What a page from a server may do and one from a file may not.
    "module": (f'{HEAD}<script type="module" src="module.js"></script>', BOTH, "module.js"),
    "viewport": ("<!doctype html><p>for desktops only", {"phone"}, "scrolls sideways: 980"),
}


@pytest.fixture(scope="module")
def looked_at(tool, tmp_path_factory):
    """Return what the check says of the pages, by page, and its status."""
    reason = tool.why_not(next(filter(None, map(shutil.which, tool.CHROMIUM)), None))
    if reason is not None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("pages")
    for name, (content, _, _) in PAGES.items():
        (folder / f"{name}.html").write_text(content, encoding="utf-8")
    (folder / "module.js").touch()
    done = subprocess.run(
        [sys.executable, str(TOOL), "."], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout.splitlines(), done.returncode


@pytest.mark.parametrize("name", PAGES)
def test_a_fault_of_a_page_is_found(looked_at, name):
    lines, status = looked_at
    assert status == 1
    _, screens, said = PAGES[name]
    lines = [line for line in lines if line.startswith(f"{name}.html on a ")]
    assert {line.split()[3] for line in lines} == screens
    assert all(said in line for line in lines)
    # The browser has two things to say of a module that it does not load from a file.
    assert len(lines) == len(screens) * (2 if name == "module" else 1)


REPORT_HEAD = HEAD.replace("<meta", '<html lang="en"><title>report</title><meta', 1)
MAIN = "<main><h1>report</h1>{}</main>"
EVERY_SCREEN = {"desktop", "phone", "dark desktop", "sheet of paper"}

# A report, the screens on which something is wrong with it, and what is said.
REPORTS = {
    "fine": (
        MAIN.format(
            f'<div style="overflow-x:auto" tabindex="0">{WIDE.format(600)}</div>'
            "<style>@media print { div { width: auto !important } }</style>"
        ),
        set(),
        "",
    ),
    "undescribed": (
        MAIN.format(f'<img src="{IMAGE}">'),
        EVERY_SCREEN - {"sheet of paper"},
        "against axe's rule image-alt (Images must have alternative text): img",
    ),
    "folded": (
        MAIN.format(
            "<details><summary>more</summary>"
            '<p style="color:#ddd;background:#fff">pale</p></details>'
        ),
        EVERY_SCREEN - {"sheet of paper"},
        "color-contrast",
    ),
    "dark": (
        MAIN.format(
            "<style>@media (prefers-color-scheme: dark) { p { color: #ddd } }</style><p>pale"
        ),
        {"dark desktop"},
        "color-contrast",
    ),
    "cut": (
        MAIN.format(f'<div style="overflow-x:auto" tabindex="0">{WIDE.format(800)}</div>')
        + "<style>@media print { div { overflow: visible !important } }</style>",
        {"sheet of paper"},
        'beyond the edge: div "wide"',
    ),
}


@pytest.fixture(scope="module")
def reports_looked_at(tool, tmp_path_factory):
    """Return what the check says of the reports, and its status."""
    chromium = next(filter(None, map(shutil.which, tool.CHROMIUM)), None)
    reason = tool.why_not(chromium, ["report.html"])
    if reason is not None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("reports")
    for name, (content, _, _) in REPORTS.items():
        (folder / f"{name}.html").write_text(REPORT_HEAD + content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(TOOL), "--report", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    return done.stdout.splitlines(), done.returncode


@pytest.mark.parametrize("name", REPORTS)
def test_a_fault_of_a_report_is_found_on_paper_and_by_axe(reports_looked_at, name):
    lines, status = reports_looked_at
    assert status == 1
    assert lines[-1].startswith(f"{len(REPORTS)} reports looked at on 4, ")
    _, screens, said = REPORTS[name]
    lines = [line for line in lines if line.startswith(f"{name}.html on a ")]
    assert {line.split(" on a ")[1].split(" (")[0] for line in lines} == screens
    assert all(said in line for line in lines)


def test_reports_need_axe(tool, page, monkeypatch, capsys):
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    found = tool.find_spec
    monkeypatch.setattr(tool, "find_spec", lambda name: None if "axe" in name else found("os"))
    assert tool.main(["--report", str(page)]) == 0
    assert "axe-playwright-python is not installed" in capsys.readouterr().out


def test_something_has_to_be_named(tool):
    with pytest.raises(SystemExit) as stopped:
        tool.main([])
    assert stopped.value.code == 2
