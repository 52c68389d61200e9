"""The guide's page is what its tool makes of the table."""

import runpy
from pathlib import Path

from tests.ecosystem._table import USES

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_that_of_the_table():
    tool = runpy.run_path(str(ROOT / "tools" / "works_with.py"))
    written = (ROOT / "docs" / "guide" / "works_with.rst").read_text(encoding="utf-8")
    assert written == tool["page"](), "run: python tools/works_with.py"


def test_each_use_has_one_entry_and_a_name():
    names = [(use.client, use.name) for use in USES]
    assert len(set(names)) == len(names) == len({use.program for use in USES})
    assert not any(name.endswith(".") for _, name in names)
