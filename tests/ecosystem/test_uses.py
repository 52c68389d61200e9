"""Each use of another project in the table, against the real library."""

import pytest

from tests.ecosystem import (
    uses_of_clusters,
    uses_of_estimators,
    uses_of_storage,
    uses_of_tables,
    uses_of_torch,
    uses_of_trackers,
)
from tests.ecosystem._table import USES

PROGRAMS = (
    uses_of_trackers,
    uses_of_storage,
    uses_of_torch,
    uses_of_tables,
    uses_of_estimators,
    uses_of_clusters,
)
"""The modules whose programs are in the table."""


@pytest.mark.parametrize("use", USES, ids=lambda use: use.program.__name__)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_a_project_works_with_this_package(use, tmp_path, monkeypatch):
    # Some write where they are run, whatever folder they are given.
    monkeypatch.chdir(tmp_path)
    for module in use.modules:
        pytest.importorskip(module)
    use.program(tmp_path)
