"""Each public entry that takes rows, called on a record and compared with the oracle."""

from tests.common.entries import displays, inspection, models, rows, splits, study
from tests.common.entries._entry import ENTRIES

__all__ = ["ENTRIES", "displays", "inspection", "models", "rows", "splits", "study"]
