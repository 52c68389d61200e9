"""A record read from a file."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sklearn_frictiongru.io._units import unit_in_name


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """A laboratory's record, as `read_record` returns it.

    Attributes
    ----------
    data : pandas.DataFrame of shape (n_rows, n_inputs)
        The inputs, with time in seconds in the index, below the run where runs were named.
    target : pandas.Series of shape (n_rows,)
        The target, with the same index.
    condition : pandas.Series of shape (n_rows,) or None
        The condition, such as normal stress, with the same index.
    units : dict of str to str
        Unit of each column, "" if the file names none.
    how : dict of str to str
        What was detected or used while reading: a description for each option that overrules
        it, or each subject.
    start : pandas.Timestamp or None
        Date and time at 0 s, where the file holds dates.
    log : tuple of str
        Inputs of which models get the logarithm.

    See Also
    --------
    read_record : Reads a file and returns this.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_frictiongru.io import Record
    >>> index = pd.Index([0.0, 1.0], name="time_s")
    >>> v, mu = (
    ...     pd.DataFrame({"v": [1.0, 2.0]}, index=index),
    ...     pd.Series([0.6, 0.7], index=index),
    ... )
    >>> print(Record(v, mu, None, {"v": "mm/s"}, {"separator": "comma"}))
    Record of 2 rows from 0 s to 1 s
      inputs     v [mm/s]
      target     ...
      separator  comma
    """

    data: pd.DataFrame
    target: pd.Series
    condition: pd.Series | None
    units: dict[str, str]
    how: dict[str, str]
    start: pd.Timestamp | None = None
    log: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return a description of the record, with one line for each thing that was detected."""
        index = self.data.index
        time = index.get_level_values(-1)
        span = f" from {time[0]:z.10g} s to {time[-1]:z.10g} s" if len(time) else ""
        lines = [("inputs", ", ".join(self._with_unit(name) for name in self.data.columns))]
        lines.append(("target", self._with_unit(self.target.name)))
        if self.condition is not None:
            lines.append(("condition", self._with_unit(self.condition.name)))
        if self.log:
            lines.append(("log", ", ".join(self.log)))
        if self.start is not None:
            lines.append(("start", str(self.start)))
        lines += list(self.how.items())
        width = max(len(subject) for subject, _ in lines) + 2
        head = f"Record of {len(self.data)} rows{span}"
        return "\n".join([head, *(f"  {subject:{width}}{said}" for subject, said in lines)])

    def _with_unit(self, name):
        """Return a column's name with its unit, unless the name includes it."""
        unit = self.units.get(name, "")
        return f"{name} [{unit}]" if unit and not unit_in_name(name) else str(name)
