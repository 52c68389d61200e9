"""Records on disk: laboratory files read and described, simulated records written."""

from sklearn_frictiongru.io._describe import Description, describe_record
from sklearn_frictiongru.io._read_record import read_record
from sklearn_frictiongru.io._record import Record
from sklearn_frictiongru.io._simulate import SimulatedRecord, write_simulated_record
from sklearn_frictiongru.io._truth import read_truth

__all__ = [
    "Description",
    "Record",
    "SimulatedRecord",
    "describe_record",
    "read_record",
    "read_truth",
    "write_simulated_record",
]
