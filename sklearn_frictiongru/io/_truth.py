"""Reading the truth of a simulated record."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read_truth(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the truth of a simulated record.

    Parameters
    ----------
    path : str or path-like
        JSON file that :func:`write_simulated_record` has written with a record.

    Returns
    -------
    dict
        ``causal_parents`` (list of str), ``time_scales`` (dict of seconds), ``memory`` (rows)
        and ``importances`` (dict by input), as far as the file holds them.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds none of these.

    See Also
    --------
    sklearn_frictiongru.study.run_study : Compares its findings with the truth.
    write_simulated_record : Writes the record and its truth.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import read_truth, write_simulated_record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_simulated_record(
    ...         Path(folder, "record.csv"), "memory", n_samples=50, memory=3
    ...     )
    ...     truth = read_truth(written.truth_path)
    >>> truth["memory"]
    3
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"the truth {str(path)!r} cannot be read ({error}); expected a JSON file that "
            "simulate has written with a record."
        ) from error
    known = ("causal_parents", "time_scales", "memory", "importances")
    truth = {name: document[name] for name in known if name in document}
    if not truth:
        raise ValueError(
            f"{path.name} holds none of {', '.join(known)}; expected the file that simulate has "
            "written with a record."
        )
    return truth
