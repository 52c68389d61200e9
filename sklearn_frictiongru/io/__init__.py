"""Records on disk: laboratory files read, simulated records written."""

from sklearn_frictiongru.io._record import Record, read_record
from sklearn_frictiongru.io._simulate import SimulatedRecord, write_simulated_record
from sklearn_frictiongru.io._truth import read_truth

__all__ = ["Record", "SimulatedRecord", "read_record", "read_truth", "write_simulated_record"]
