"""Laboratory files: read as records, and written from simulations."""

from sklearn_frictiongru.io._describe import Description, describe_record
from sklearn_frictiongru.io._read_record import Record, read_record

__all__ = ["Description", "Record", "describe_record", "read_record"]
