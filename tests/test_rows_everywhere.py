"""Every public entry follows the same rules of rows and time, for every kind of input.

Each cell of the table, an entry and a kind of input, has a right value or a named error. The
right values are those of plain loops over the rows: see ``tests/common/oracle.py``.
"""

import inspect
import warnings

import matplotlib.pyplot as plt
import pytest

from tests.common.entries import ENTRIES
from tests.common.kinds import KINDS

CELLS = [
    pytest.param(entry, kind, id=f"{name}: {label}")
    for name, entry in ENTRIES.items()
    for label, kind in KINDS.items()
    if entry.takes_kind(label, kind)
]


@pytest.mark.parametrize(("entry", "kind"), CELLS)
def test_every_entry_follows_the_rules_for_every_kind_of_input(entry, kind, tmp_path):
    record = kind.make()
    folder = {"folder": tmp_path} if "folder" in inspect.signature(entry.call).parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind.error is None:
            entry.call(record, **folder)
        else:
            with pytest.raises(ValueError, match=kind.error):
                entry.call(record, **folder)
    plt.close("all")
