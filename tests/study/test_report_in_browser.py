"""The page in a browser: sorting, contents, paper, and the rules of accessibility."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from sklearn_frictiongru.study._report import _page

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_site.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("check_site", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def chromium(tool):
    path = next(filter(None, map(shutil.which, tool.CHROMIUM)), None)
    reason = tool.why_not(path, ["report.html"])
    if reason is not None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


def opened(browser, study, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(study.report.as_uri())
    return page


def test_nothing_is_wrong_with_it_on_screens_and_paper(tool, chromium, finished, without_skill):
    reports = [finished[0].report, without_skill[0].report]
    looks = list(tool.look_at_all([], reports, chromium))
    assert len(looks) == len(reports) * len(tool.REPORT_SCREENS)
    assert [found for _, _, found in looks if found] == []


def test_tables_sort_by_key_and_tell_so(browser, finished):
    page = opened(browser, finished[0], 1280)
    table = page.locator("#table-references table")
    header = table.locator("thead th", has_text="Test skill")
    column = header.evaluate("header => header.cellIndex")
    header.locator("button").focus()
    for key, order in (("Enter", "ascending"), ("Space", "descending")):
        page.keyboard.press(key)
        assert header.get_attribute("aria-sort") == order
        shown = [float(text) for text in table.locator(f"tbody td:nth-child({column + 1})")
                 .all_inner_texts()]  # fmt: skip
        assert shown == sorted(shown, reverse=order == "descending")
    other = table.locator("thead th", has_text="Window")
    other.locator("button").click()
    assert header.get_attribute("aria-sort") is None
    windows = table.locator("tbody td:nth-child(2)").all_inner_texts()
    windows = [text.replace("\N{NO-BREAK SPACE}", " ") for text in windows]
    # Twelve rows come after two, not between one and two.
    assert list(dict.fromkeys(windows)) == [finished[0].settings.label_of(n) for n in (1, 2, 6, 12)]
    page.close()


def test_what_is_missing_stays_last_in_both_directions(browser, finished):
    page = opened(browser, finished[0], 1280)
    table = page.locator("#table-lengths table")
    header = table.locator("thead th", has_text="p, seeds")
    column = header.evaluate("header => header.cellIndex")
    for _ in range(2):
        header.locator("button").click()
        shown = table.locator(f"tbody td:nth-child({column + 1})").all_inner_texts()
        # The best length is not compared with itself.
        assert shown.index("–") == len(shown) - shown.count("–")
    assert header.get_attribute("aria-sort") == "descending"
    page.close()


def test_figures_are_printed_large_and_fit_on_a_page(browser, finished):
    page = opened(browser, finished[0], 680)
    page.emulate_media(media="print")
    boxes = page.locator("figure").evaluate_all(
        "all => all.map(each => [each.offsetHeight, each.querySelector('img').width, "
        "each.querySelector('img').height, each.querySelector('img').naturalWidth, "
        "each.querySelector('img').naturalHeight])"
    )
    millimetre = 96 / 25.4
    # Two of most figures share a page.
    assert boxes[0][0] + boxes[1][0] < 267 * millimetre
    for number, (_, width, height, *_) in zip(page.locator("figure").all(), boxes, strict=True):
        if number.get_attribute("id") == "figure-3":
            assert width == pytest.approx(150 * millimetre, abs=2)
        else:
            reached = (width / (150 * millimetre), height / (98 * millimetre))
            assert max(reached) == pytest.approx(1, abs=0.01)
    for of_figure, width, height, natural_width, natural_height in boxes:
        assert of_figure < 267 * millimetre
        assert width / height == pytest.approx(natural_width / natural_height, rel=0.01)
    page.close()


def test_a_printed_table_is_whole_or_repeats_the_names_of_its_columns(browser, finished, tmp_path):
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    page = opened(browser, finished[0], 680)
    # Three times as many rows as fit on a page.
    page.evaluate(
        "() => { const body = document.querySelector('#table-references tbody'); "
        "const rows = [...body.rows]; "
        "while (body.rows.length < 200) body.append(...rows.map(row => row.cloneNode(true))); }"
    )
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    page.close()
    found = subprocess.run(
        [reader, "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True
    ).stdout.decode()
    sheets = [sheet for sheet in found.split("\f") if re.search(r"boosting .* leaves \d", sheet)]
    assert len(sheets) >= 3
    for sheet in sheets:
        assert "Validation skill" in sheet
        assert "Setting" in sheet


def test_what_scrolls_sideways_on_a_phone_says_so_and_has_a_name(browser, finished):
    page = opened(browser, finished[0], 390)
    boxes = page.locator(".scroll").evaluate_all(
        "all => all.map(each => [each.scrollWidth > each.clientWidth + 1, each.tabIndex, "
        "each.getAttribute('role'), each.ariaLabel || "
        "document.getElementById(each.getAttribute('aria-labelledby'))?.textContent, "
        "each.previousElementSibling.checkVisibility()])"
    )
    assert sum(scrolls for scrolls, *_ in boxes) > 5
    for scrolls, tab, role, name, hinted in boxes:
        assert (tab, role) == (0, "region")
        assert name
        assert hinted == scrolls
    page.close()
    page = opened(browser, finished[0], 1280)
    assert page.locator("figure .hint").evaluate_all(
        "all => all.filter(each => each.checkVisibility()).length") == 0  # fmt: skip
    page.close()


def test_pictures_can_be_read_on_a_phone_and_lead_to_the_whole_picture(browser, finished):
    page = opened(browser, finished[0], 390)
    for picture in page.locator("figure img").all():
        assert picture.bounding_box()["width"] > 600
        address = picture.locator("xpath=..").get_attribute("href")
        assert (finished[1] / address).suffix == ".png"
        assert (finished[1] / address).is_file()
    page.close()


def test_pictures_begin_on_a_phone_with_their_y_axis(browser, finished):
    page = opened(browser, finished[0], 390)
    boxes = page.locator("figure .scroll")
    assert boxes.evaluate_all("all => all.every(box => box.scrollWidth > box.clientWidth + 200)")
    assert boxes.evaluate_all("all => all.map(box => box.scrollLeft)") == [0] * boxes.count()
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_code_is_wrapped_and_commands_between_arguments(browser, finished, width):
    page = opened(browser, finished[0], width)
    command = "python -m sklearn_frictiongru study --input fan-speed-of-the-room --output 'a b-c'"
    html = str(_page.arguments(f"{command} --file {'long-name/' * 30}"))
    page.evaluate(
        "html => { document.querySelector('.facts td').innerHTML = `<code>${html}</code>`; }", html
    )
    assert page.locator(".facts td").first.inner_text().split()[:8] == command.split()[:8]
    lines = page.locator(".facts .argument").evaluate_all(
        "all => all.map(each => { const range = document.createRange(); "
        "range.selectNodeContents(each); "
        "return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size; })"
    )
    assert lines[:-1] == [1] * 9
    assert lines[-1] > 1
    for code in page.locator("pre").all():
        assert code.evaluate("each => each.scrollWidth <= each.clientWidth")
    page.close()


def test_contents_taller_than_the_screen_show_a_shadow_at_the_edge(browser, finished, tmp_path):
    page = opened(browser, finished[0], 1280)
    page.set_viewport_size({"width": 1280, "height": 400})
    box = page.locator(".contents")
    assert box.evaluate("box => box.scrollHeight > box.clientHeight + 50")
    edge = {"x": 200, "y": 396, "width": 1, "height": 4}

    def darkest(name):
        path = tmp_path / name
        page.screenshot(path=path, clip=edge)
        with Image.open(path) as picture:
            return min(picture.convert("L").tobytes())

    hidden = "() => document.querySelectorAll('.contents a').forEach(a => a.style.color = 'white')"
    page.evaluate(hidden)
    assert darkest("more.png") < 220
    box.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    page.wait_for_timeout(100)
    assert darkest("end.png") > 240
    page.close()


def test_paper_names_files_and_breaks_only_long_tables(browser, finished):
    page = opened(browser, finished[0], 680)
    page.emulate_media(media="print")
    for link in page.locator("figcaption .links a").all():
        name = link.get_attribute("href")
        printed = link.evaluate("each => getComputedStyle(each, '::after').content")
        shown = link.inner_text() if name.endswith(".csv") else printed.replace('"', "")
        assert shown in (name, "attr(href)")
    page.evaluate(
        "() => { const body = document.querySelector('#table-references tbody'); "
        "while (body.rows.length < 17) body.append(body.rows[0].cloneNode(true)); }"
    )
    broken = {
        (
            table.locator("tbody tr").count() >= 17,
            table.evaluate("each => getComputedStyle(each).breakInside"),
        )
        for table in page.locator(".table").all()
    }
    assert broken == {(True, "auto"), (False, "avoid")}
    page.close()


def test_pictures_do_not_glare_in_the_dark(browser, finished):
    filters = "all => all.map(each => getComputedStyle(each).filter)"
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(finished[0].report.as_uri())
    seen = page.locator("figure img").evaluate_all(filters)
    assert set(seen) == {"brightness(0.8)"}
    page.emulate_media(media="print")
    seen = page.locator("figure img").evaluate_all(filters)
    assert set(seen) == {"none"}
    context.close()


def test_all_columns_of_the_importance_table_are_in_view(browser, finished):
    page = opened(browser, finished[0], 1280)
    hidden = "box => box.scrollWidth - box.clientWidth"
    assert page.locator("#table-importance .scroll").evaluate(hidden) == 0
    page.close()


def test_the_contents_stay_in_view(browser, finished):
    page = opened(browser, finished[0], 1280)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    link = page.locator(".contents a", has_text="Answers")
    assert 0 <= link.bounding_box()["y"] < 800
    page.close()
    page = opened(browser, finished[0], 390)
    link = page.locator(".contents a", has_text="Methods")
    assert not link.is_visible()
    page.evaluate("scrollTo(0, 3000)")
    page.locator(".contents summary").click()
    link.click()
    assert not link.is_visible()
    title = page.locator("#methods-title").bounding_box()
    bar = page.locator(".contents").bounding_box()
    assert bar["y"] == 0
    assert bar["height"] <= title["y"] < 800
    page.close()


def test_the_first_key_skips_the_contents(browser, finished):
    page = opened(browser, finished[0], 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["width"] > 50
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"
    page.close()


def test_what_is_folded_is_printed(browser, finished):
    page = opened(browser, finished[0], 1280)
    folded = page.locator("main details:not([open])")
    assert folded.count() == 3
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.count() == 3
    page.close()
