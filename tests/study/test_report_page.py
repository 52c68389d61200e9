"""The page as its readers get it: its numbers, links, code and words."""

import ast
import base64
import contextlib
import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sklearn_frictiongru import __version__
from sklearn_frictiongru.__main__ import main
from sklearn_frictiongru.study import run_study
from sklearn_frictiongru.study._numbers import (
    decimals_apart,
    fixed,
    percent,
    power,
    skill_text,
)
from sklearn_frictiongru.study._report._captions import captions
from sklearn_frictiongru.study._report._cells import Column, cells_of
from sklearn_frictiongru.study._report._pictures import with_palette
from sklearn_frictiongru.study._report._prediction import model_text
from sklearn_frictiongru.study._report._record_tables import record_tables, skill_tables
from tests.study._page import Page, is_rounded, numbers_of, stored_numbers, unknown_numbers
from tests.study._records import OPTIONS, known_record, small_regressor

STUDIES = ("finished", "without_skill", "beside_the_law", "of_humidity")


@pytest.fixture(scope="module")
def humidity_command(tmp_path_factory):
    """A study of another target by the command line: its folder and what it prints."""
    folder = tmp_path_factory.mktemp("humidity")
    X, y, _ = known_record(400)
    table = pd.DataFrame(
        {
            "minutes": np.arange(400),
            "room_humidity_pct": (40 + 100 * (y.to_numpy() - 0.6)).round(2),
            "fan_speed_rpm": (1000 + 50 * X["driver"].to_numpy()).round(1),
            "door_mm": X["bystander"].to_numpy().round(3),
        }
    )
    table.to_csv(folder / "room.csv", index=False)
    options = "--time minutes --target room_humidity_pct --inputs fan_speed_rpm,door_mm"
    options += " --window-lengths 4 --repeats 1 --epochs 1 --stride 1 --jobs 1 --quiet"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = main(
            ["study", str(folder / "room.csv"), *options.split(), "--output", str(folder / "out")]
        )
    assert status == 0
    return folder / "out", printed.getvalue()


@pytest.fixture
def folder(request, humidity_command):
    """The folder of each study in turn."""
    if request.param == "of_humidity":
        return humidity_command[0]
    study = request.getfixturevalue(request.param)
    return (study[0] if isinstance(study, tuple) else study).report.parent


def page_in(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_every_number_of_the_page_stands_in_a_table_or_in_the_settings(folder):
    page, stored = page_in(folder), stored_numbers(folder)
    assert unknown_numbers(page, stored) == []
    assert sum(len(numbers_of(text)) for text in page.seen) > 100


@pytest.mark.parametrize("folder", ["finished"], indirect=True)
def test_a_number_that_no_table_has_is_found(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    wrong = html.replace("</h1>", " 0.7361927</h1>", 1)
    (found,) = unknown_numbers(Page(wrong), stored_numbers(folder))
    assert found[0] == "0.7361927"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("loss 7.10 × 10⁻⁵.", [(7.1e-5, 7, False)]),
        ("p = 0.030, 34 % lower", [(0.03, 3, False), (34, 0, True)]),
        ("-1.25 of 5,000 rows", [(1.25, 2, False), (5000, 0, False)]),
        ("version 1.9.1, x0, D_c1", []),
        ("a test at 5 % in figure 2b", []),
    ],
)
def test_numbers_are_read_as_they_are_printed(text, found):
    assert [pytest.approx(each[1:]) for each in numbers_of(text)] == found


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_every_link_and_every_reference_leads_somewhere(folder):
    page = page_in(folder)
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.referred) <= set(page.ids)
    inside = [link for link in page.links if link.startswith("#")]
    assert {link[1:] for link in inside} <= set(page.ids)
    files = {link for link in page.links if not link.startswith("#")}
    for name in files:
        assert (folder / name).is_file(), name
    # Whatever lies in the folder can be reached.
    others = {"report.html", "trainings"}
    assert {path.name for path in folder.iterdir()} - files <= others


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_the_code_on_the_page_predicts(folder, monkeypatch, capsys):
    code = page_in(folder).code["predicting-code"]
    monkeypatch.chdir(folder)
    names = {}
    exec(code, names)
    table = pd.read_csv("predictions.csv", index_col="row")
    settings = pd.read_csv("window_lengths.csv", index_col="window_length")
    best = settings["validation_loss"].idxmin()
    expected = table[f"predicted_{best}"].tail(20)
    np.testing.assert_allclose(names["predicted"].tail(20), expected, atol=1e-6)
    assert len(capsys.readouterr().out.splitlines()) >= 5


def test_the_command_on_the_page_repeats_the_study(humidity_command, monkeypatch, capsys):
    folder = humidity_command[0]
    monkeypatch.chdir(folder)
    html = (folder / "report.html").read_text(encoding="utf-8")
    repeating = html[html.index('id="repeat"') :]
    (code,) = re.findall(r"<pre><code>(.*?)</code>", repeating.split("</section>")[0])
    command = re.sub(r"<[^>]+>", "", code).removeprefix("python -m sklearn_frictiongru ")
    assert command.startswith("study --config ")
    assert "The data file room.csv is needed as well" in repeating
    assert main([*command.split(), "--quiet"]) == 0
    capsys.readouterr()
    for name in ("accuracy.csv", "importance_summary.csv"):
        assert (folder / "repeated" / name).read_bytes() == (folder / name).read_bytes()
    import shutil

    shutil.rmtree(folder / "repeated")


def test_a_study_from_python_is_repeated_by_a_call(finished):
    html = finished[0].report.read_text(encoding="utf-8")
    code = html[html.index("from sklearn_frictiongru.study") :].split("</code>")[0]
    code = code.replace("&#39;", "'").replace("&#34;", '"')
    (call,) = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    given = {
        each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg != "output"
    }
    settings = finished[0].settings
    assert given["window_lengths"] == settings.window_lengths
    for name, value in given.items():
        assert getattr(settings, name) == value
        assert name in run_study.__annotations__


def test_a_target_that_is_not_friction_is_never_called_so(humidity_command):
    folder, printed = humidity_command
    page = page_in(folder)
    everything = " ".join([*page.seen, *page.code.values(), printed]).lower()
    everything = everything.replace("sklearn_frictiongru", "")
    for word in ("friction", "rock", "slip", "shear"):
        assert word not in everything
    assert "can room humidity be predicted" in everything
    assert "room humidity [%]" in everything
    assert "rmse [percentage points]" in everything
    assert "rmse [%]" not in everything
    assert re.search(r"rmse\) of [\d.]+ percentage points and", everything)


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_no_raw_names_and_digits_are_shown(folder):
    text = "\n".join(page_in(folder).seen)
    for raw in (r"\bnan\b", r"\binf\b", r"\d[eE][-+]\d", r"-0(?:\.0+)?(?![.\d])", r"mse_", r"\(-"):
        assert not re.search(raw, text, re.MULTILINE), raw


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_no_hyphen_stands_for_a_minus_sign_or_in_a_range(folder):
    text = "\n".join(page_in(folder).seen)
    # Dates, addresses and file names have hyphens.
    text = re.sub(r"\d{4}-\d\d-\d\d|10\.1016/\S+|\w+(?:-\w+)*\.(?:csv|toml|json)", " ", text)
    assert not re.findall(r".{20}(?<![\w-])-\.?\d.*", text)
    assert not re.findall(r".{20}\d-\d.*", text)
    for path in folder.glob("figure*.svg"):
        texts = re.findall(r"<text[^>]*>([^<]*)<", path.read_text(encoding="utf-8"))
        assert len(texts) > 5
        assert not [text for text in texts if re.search(r"(?<!\w)-\d|\d-\d", text)]


def test_the_pictures_of_a_page_have_a_palette_and_all_their_pixels(finished):
    _, folder, *_ = finished
    page = (folder / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r'width="(\d+)" height="(\d+)" src="data:image/png;base64,([^"]+)"', page)
    stored = sorted(folder.glob("figure*.png"))
    assert len(pictures) == len(stored)
    for (width, height, content), path in zip(pictures, stored, strict=True):
        data = base64.b64decode(content)
        assert len(data) < 0.7 * path.stat().st_size
        with Image.open(io.BytesIO(data)) as seen, Image.open(path) as original:
            assert seen.mode == "P"
            assert seen.size == original.size == (int(width), int(height))
            before, after = (np.asarray(each.convert("RGB"), int) for each in (original, seen))
        # The paper stays white, and no colour becomes another one.
        assert tuple(after[0, 0]) == (255, 255, 255)
        assert np.abs(before - after).mean() < 1
        # Areas and lines keep their colours; only smoothed edges change.
        changed = np.abs(before - after).max(axis=2)
        colours, counts = np.unique(before.reshape(-1, 3), axis=0, return_counts=True)
        for colour in colours[counts > 1e-3 * counts.sum()]:
            assert changed[(before == colour).all(axis=2)].max() == 0
        assert (changed > 8).mean() < 0.01
    assert len(page) < 1_500_000


def test_a_palette_keeps_rare_lines_apart_among_many_shades():
    rng = np.random.default_rng(0)
    # More greys and greens than a palette holds, as smoothed letters and areas have.
    pixels = rng.integers(0, 256, (200, 200, 1)) * np.ones((1, 1, 3), int)
    pixels[:, :60] = rng.integers(100, 140, (200, 60, 3))
    orange, salmon, purple = (232, 118, 45), (240, 128, 114), (170, 51, 119)
    for row, colour in enumerate((orange, salmon, purple)):
        pixels[row] = colour
    palette, numbers = with_palette(pixels.astype(np.uint8))
    assert len(palette) <= 256
    for row, colour in enumerate((orange, salmon, purple)):
        assert (palette[numbers[row]] == colour).all()
    # A picture of few colours keeps them all.
    few = pixels[:3].astype(np.uint8)
    palette, numbers = with_palette(few)
    np.testing.assert_array_equal(palette[numbers], few)


def test_bounds_that_do_not_exist_are_left_out_on_both_sides(finished):
    study = finished[0]
    tests = {**study.skill_tests}
    unbounded = {
        name: each._replace(skill_low=-np.inf, skill_high=1.0)
        for name, each in tests["test"].against.items()
    }
    tests["test"] = replace(tests["test"], against=unbounded)
    table = next(
        table for table in skill_tables(replace(study, skill_tests=tests)) if table.key == "tests"
    )
    headers = [column.header for column in table.columns]
    cells = {row[0].text: dict(zip(headers, row, strict=True)) for row in table.rows}
    assert [cells["test"][name].text for name in ("Lower", "Upper")] == ["–", "–"]
    assert "–" not in [cells["validation"][name].text for name in ("Lower", "Upper")]


@pytest.mark.parametrize(
    ("values", "texts", "places"),
    [
        ([0.2, np.nan, -0.1], ["0.20", "–", "−0.10"], [1, None, 0]),
        ([0.00028, 4.2e-5, 1.0], ["2.80 × 10⁻⁴", "4.20 × 10⁻⁵", "1.00"], [1, 0, 2]),
    ],
    ids=["missing", "one notation"],
)
def test_cells(values, texts, places):
    kind = "decimals" if np.isnan(values).any() else "value"
    cells = cells_of(values, Column("Loss", "of something", kind))
    assert [cell.text for cell in cells] == texts
    assert [cell.place for cell in cells] == places


def test_the_caption_says_which_rows_are_drawn_along_time(finished):
    study, folder, *_ = finished
    table = study.predictions
    shown = pd.read_csv(folder / "shown_along_time.csv")
    assert list(shown["part"]) == ["validation", "test"]
    text = captions(study)["figure_2b_predictions_along_time"]
    for _, row in shown.iterrows():
        here = table["part"] == row["part"]
        n_rows = min(150, max(np.diff(np.flatnonzero(np.diff(np.r_[False, here, False])))[::2]))
        # All windows of as many rows that lie in the part.
        spreads = {
            first: table["measured"].iloc[first : first + n_rows].std()
            for first in range(len(table) - n_rows + 1)
            if here.iloc[first : first + n_rows].all()
        }
        assert row["first_row"] == max(spreads, key=spreads.get)
        assert row["n_rows"] == n_rows == row["last_row"] - row["first_row"] + 1
        times = [f"{table['time'][row[name]]:,g} s" for name in ("first_row", "last_row")]
        assert f"{n_rows} of {here.sum():,} {row['part']} rows ({' to '.join(times)})" in text


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_headings_go_down_by_one_level_and_pictures_are_described(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) == 1
    alternatives = page_in(folder).alternatives
    assert len(set(alternatives)) == len(alternatives)
    for text in alternatives:
        assert re.search(r"\d", text)


def test_facts_of_the_study_stand_on_the_page(tmp_path):
    X, y, _ = known_record()
    X = X.rename(columns={"driver": "load_kn"}).set_index(X.index / 4)
    small = {**OPTIONS, "window_lengths": ["1.25s"], "n_repeats": 1, "max_epochs": 2}
    study = run_study(
        X,
        y.rename("torque").set_axis(X.index),
        units={"torque": "N m", "bystander": "degC"},
        output=tmp_path,
        regressor=small_regressor(),
        **small,
    )
    text = " ".join(page_in(tmp_path).seen)
    for fact in (
        "torque [N m]",
        "load [kN]",
        "bystander [degC]",
        "5 rows (1.25 s)",
        "learning rate 0.01",
        "two one-dimensional convolutions (8 channels",
        "Adam",
        f"the seed was {study.search.seeds_[0]}",
        "900 rows in 1 run, sampled every 0.25 s",
        "RMSE [N m]",
        "loss [(N m)²]",
        "scikit-learn",
    ):
        assert fact in text, fact
    assert unknown_numbers(page_in(tmp_path), stored_numbers(tmp_path)) == []
    accuracy = pd.read_csv(tmp_path / "accuracy.csv", index_col=["window_length", "part"])
    rows = pd.read_csv(tmp_path / "predictions.csv").query("part == 'test'")
    error = rows["predicted_1.25s"] - rows["measured"]
    assert accuracy.loc[(5, "test"), "rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert accuracy.loc[(5, "test"), "mae"] == pytest.approx(np.mean(np.abs(error)))


def test_the_citation_is_that_of_the_citation_file(finished):
    known = (Path(__file__).resolve().parents[2] / "CITATION.cff").read_text(encoding="utf-8")
    text = " ".join(page_in(finished[1]).seen)
    for cited in ("sklearn_frictiongru developers", "10.1016/j.acags.2025.100231", "BSD-3-Clause"):
        assert cited in known
        assert cited in text
    assert f"version {__version__} [computer software]" in text


def test_titles_of_the_citation_file_are_cited_where_the_target_is_friction(
    finished, humidity_command
):
    known = (Path(__file__).resolve().parents[2] / "CITATION.cff").read_text(encoding="utf-8")
    known = " ".join(known.split())
    (software, of_paper, _) = re.findall(r"title: (?:>-)? ?\"?(.*?)\"? (?=abstract|authors)", known)
    text = " ".join(page_in(finished[1]).seen)
    assert f"{software}, version {__version__}" in text
    assert f"(2025). {of_paper}. Applied Computing and Geosciences." in text
    text = " ".join(page_in(humidity_command[0]).seen)
    assert "(2025). Applied Computing and Geosciences." in text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-0.0001725, 6, "−0.000173"),
        (0.125, 2, "0.13"),
        (2.675, 2, "2.68"),
        (-0.004, 2, "0.00"),
        (1234.5, 0, "1,235"),
    ],
)
def test_a_number_is_rounded_as_its_table_has_it(value, decimals, text):
    assert fixed(value, decimals) == text


def test_other_roundings_are_rounded_the_same_way():
    assert power(1.0045e-7, 4) == "1.005 × 10⁻⁷"
    assert percent(0.285) == "29 %"
    assert is_rounded(-0.0001725 * -1, 0.000173, 6)
    assert not is_rounded(0.0001725, 0.000172, 6)


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_the_contents_have_the_titles_of_the_page(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    contents, rest = html.split("</nav>")
    for key, title in re.findall(r'<li><a href="#([\w-]+)">(.*?)</a>', contents):
        (heading,) = re.findall(rf'<h[23] id="{key}-title">(.*?)</h', rest)
        assert heading.removesuffix(" (not interpretable)") == title


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_every_column_of_a_file_has_a_name(folder):
    for path in folder.glob("*.csv"):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert all(header), path.name


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_a_condition_is_named_only_where_there_is_one(folder):
    said = "in each range of the condition" in (folder / "report.html").read_text(encoding="utf-8")
    assert said == (folder / "condition_along_time.csv").exists()


def test_how_a_file_was_read_is_a_fact_and_no_limit(humidity_command):
    folder = humidity_command[0]
    html = (folder / "report.html").read_text(encoding="utf-8")
    notes = (
        html[html.index('id="notes"') : html.index('id="study"')] if "notes-title" in html else ""
    )
    assert "separator: comma" not in notes
    facts = html[html.index('id="study"') : html.index('id="figures"')]
    facts = dict(re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', facts))
    assert "separator: comma" in facts["How the file was read"]
    size = folder.with_name("room.csv").stat().st_size
    assert facts["Size of the file"] == f"{size:,} bytes"
    assert facts["Rows"] == "400 rows in 1 run, one every 60\N{NO-BREAK SPACE}s"
    assert facts["Purge"].startswith(
        "3 rows (180\N{NO-BREAK SPACE}s) next to validation and test blocks (strict: "
    )
    assert facts["Preset"].startswith("quick: ")
    assert facts["Rotations"].startswith("yes: ")


@pytest.mark.parametrize(
    ("length", "n_repeats", "said", "unsaid"),
    [
        (12, 3, "first 11 rows of a run", None),
        (2, 1, "first row of a run", "repeats"),
        (1, 1, "1 row", "Do not use"),
    ],
)
def test_predictions_that_are_not_to_be_used_are_named(length, n_repeats, said, unsaid):
    settings = SimpleNamespace(
        rows_of=int,
        n_repeats=n_repeats,
        label_of="{} row".format,
    )
    study = SimpleNamespace(settings=settings, search=SimpleNamespace(best_window_length_=length))
    text = model_text(study)
    assert said in text
    assert unsaid is None or unsaid not in text


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_no_table_is_only_a_header(folder):
    for path in folder.glob("*.csv"):
        assert len(pd.read_csv(path)), path.name


def test_a_table_without_times_has_no_seconds(tmp_path):
    X, y, _ = known_record()
    small = {**OPTIONS, "window_lengths": [5], "n_repeats": 1, "max_epochs": 1}
    run_study(X.to_numpy(), y.to_numpy(), output=tmp_path, regressor=small_regressor(), **small)
    text = " ".join(page_in(tmp_path).seen)
    assert "5 rows" in text
    assert not re.search(r"\d s\b", text)
    assert "Can target be predicted" in text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (1 / 300, "0.3 %"),
        (0.0004, "0.04 %"),
        (299 / 300, "99.7 %"),
        (0.006, "1 %"),
        (0.34, "34 %"),
        (2.5, "250 %"),
    ],
)
def test_a_few_rows_are_not_none_and_nearly_all_are_not_all(share, text):
    assert percent(share) == text


def test_skills_far_below_zero_have_no_decimals_and_bounds_differ_from_their_skill():
    assert [skill_text(value) for value in (0.346, -9.994, -10.2, -1094.87)] == [
        "0.35", "−9.99", "−10", "−1,095"
    ]  # fmt: skip
    assert decimals_apart(0.35, -np.inf, 1.0) == 2
    assert decimals_apart(0.78, 0.74, 0.80) == 2
    assert decimals_apart(0.9697, 0.9667, 0.9723) == 3
    assert decimals_apart(0.99997, 0.99996, 0.99998) == 4


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (1128.7, 277.7, "1,128.7"),
        (851.0, 277.7, "851"),
        (2.7919e-6, 2.8e-6, "2.7919 × 10⁻⁶"),
        (0.4502670000000003, 0.68, "0.450267"),
        (5e-6, 4.8e-6, "5.00 × 10⁻⁶"),
        (1 / 3, 1.0, "0.333333"),
    ],
)
def test_limits_have_the_digits_of_the_file(value, width, text):
    assert cells_of([value], Column("Highest", "", "limit"), [width])[0].text == text


@pytest.mark.parametrize("folder", STUDIES, indirect=True)
def test_shown_extremes_are_those_of_the_training_rows(folder):
    outside = pd.read_csv(folder / "outside_training_range.csv")
    html = (folder / "report.html").read_text(encoding="utf-8")
    table = html[html.index('id="table-ranges"') :].split("</table>")[0]
    for share in outside[["validation_outside", "test_outside"]].to_numpy().ravel():
        assert share == 0 or percent(share) != "0 %"
        assert percent(share).replace(" ", "\N{NO-BREAK SPACE}") in table.replace(
            " %", "\N{NO-BREAK SPACE}%"
        )


def of_tests(study):
    """Return the cells of the table of tests by the name of the test and by header."""
    table = next(table for table in skill_tables(study) if table.key == "tests")
    headers = [column.header for column in table.columns]
    return {row[0].text: dict(zip(headers, row, strict=True)) for row in table.rows}


def test_the_table_of_tests_says_what_was_compared_and_what_was_not_tested(finished):
    study = finished[0]
    tests = {**study.skill_tests}
    tests["test"] = replace(
        tests["test"], n_blocks=3.6, p_value=np.nan, skill_low=-np.inf, verdict="not clear"
    )
    tests["validation"] = replace(tests["validation"], verdict="not clear")
    cells = of_tests(replace(study, skill_tests=tests))
    verdicts = {name: row["Verdict"].text for name, row in cells.items()}
    assert verdicts["test"] == "not tested"
    assert verdicts["validation"] == "not clear"
    table = next(table for table in skill_tables(study) if table.key == "tests")
    against = [row[2].text for row in table.rows]
    one_row = study.settings.label_of(1).replace("1 s", "1\N{NO-BREAK SPACE}s")
    second = study.references.best.index[1]
    baselines = {"training mean", "last training value"}
    assert set(against[:2]) == set(against[2:4]) == set(against[4:6]) == baselines
    assert against[6:] == [one_row, second]


def test_test_rows_are_said_to_choose_the_recommended_length_where_they_do(finished):
    study = finished[0]
    said = "they take part in the choice of the recommended length"
    for p_blocks, there in ((0.3, True), (np.nan, False)):
        table = study.lengths.table.assign(p_blocks=p_blocks)
        other = replace(study, lengths=replace(study.lengths, table=table))
        for key, tables in (("parts", record_tables), ("references", skill_tables)):
            (found,) = [table for table in tables(other) if table.key == key]
            meaning = " ".join(column.meaning for column in found.columns)
            assert (said in meaning) == there


def test_times_of_the_example_are_named_after_their_unit(humidity_command):
    """The column of the file is in minutes."""
    folder = humidity_command[0]
    example = pd.read_csv(folder / "example_inputs.csv")
    assert example.columns[0] == "time_s"
    assert np.diff(example["time_s"]).tolist() == [60.0] * (len(example) - 1)
    assert "# time in seconds" in page_in(folder).code["predicting-code"]
    for path in folder.glob("*.csv"):
        assert "minutes" not in pd.read_csv(path, nrows=1).columns, path.name
