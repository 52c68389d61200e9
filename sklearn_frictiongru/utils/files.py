"""Files that appear whole or not at all."""

import os
import uuid
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path):
    """Open a file for writing that takes its name only when it is complete.

    A reader, or a kill, never meets half a file, and what stood there stays until then.
    """
    path = Path(path)
    # Not by mkstemp, whose files nobody else may read.
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(temporary, "xb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
