"""Names as figures can show them."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib import font_manager

from sklearn_frictiongru.utils import lettering
from sklearn_frictiongru.utils.lettering import (
    balanced,
    drawable,
    font_families,
    shortened,
    undrawable,
)


@pytest.fixture
def font_of_its_own(tmp_path, monkeypatch):
    """A font of the system with a sign of the private use area."""
    ttlib = pytest.importorskip("fontTools.ttLib")
    font = ttlib.TTFont(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[0xF123] = table.cmap[ord("A")]
    for record in font["name"].names:
        if record.nameID in (1, 4, 6, 16):
            record.string = "Private Signs"
    path = tmp_path / "private.ttf"
    font.save(path)
    entries = [
        *font_manager.fontManager.ttflist,
        font_manager.FontEntry(fname=str(path), name="Private Signs"),
    ]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
    lettering._characters_of.cache_clear()
    yield "Private Signs"
    lettering._characters_of.cache_clear()


def test_plain_names_stay_and_keep_their_font():
    assert drawable("slip velocity [µm/s]") == "slip velocity [µm/s]"
    assert font_families(["slip velocity [µm/s]", ""]) == mpl.rcParams["font.family"]
    assert undrawable(["slip velocity [µm/s]"]) == ""


@pytest.mark.parametrize("name", [r"$\sigma$", r"$\foo{$", "$", "a$b$c", r"\alpha", "%s {0}"])
def test_mathematics_is_drawn_as_it_is_written(name, tmp_path):
    figure, ax = plt.subplots()
    ax.set_title(drawable(name))
    figure.savefig(tmp_path / "drawn.png")
    assert ax.title._preprocess_math(ax.title.get_text()) == (name, False)
    plt.close(figure)


def test_line_ends_and_letters_without_a_font_are_replaced():
    assert drawable("a\nb\x07") == "a b "
    assert drawable("a\uf123b") == "a\\uf123b"
    assert undrawable(["a\uf123b", "\uf123"]) == "\uf123"


def test_a_font_that_has_the_letters_is_found(font_of_its_own):
    families = font_families(["a\uf123b"])
    assert families == [*mpl.rcParams["font.family"], font_of_its_own]
    assert undrawable(["a\uf123b"]) == ""
    with mpl.rc_context({"font.family": families}):
        assert drawable("a\uf123b") == "a\uf123b"


def test_long_names_keep_both_ends():
    names = [shortened("x" * 300 + end) for end in "ab"]
    assert [len(name) for name in names] == [60, 60]
    assert names[0] != names[1]
    assert shortened("x" * 60) == "x" * 60


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 60, ""),
        ("a clear optimum", 60, "a clear optimum"),
        # No word is left over on a line of its own.
        ("one two three four five", 20, "one two three\nfour five"),
        ("a window of 50 rows (200 s), tied", 24, "a window of 50 rows\n(200 s), tied"),
        ("length of 200 s now", 13, "length of\n200 s now"),
    ],
)
def test_lines_of_a_title_are_of_about_the_same_length(text, width, expected):
    assert balanced(text, width) == expected
