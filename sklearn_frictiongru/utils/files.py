"""Files that are written completely or not at all."""

import os
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_REPLACE = 5.0
"""Time to wait on Windows until a reader closes a file."""


@contextmanager
def whole_file(path):
    """Open a file for writing that takes its name only when it is complete.

    A reader never sees half a file, even after a kill, and the previous file stays until then.
    """
    path = Path(path)
    # Not mkstemp, whose files other users may not read.
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            # Otherwise a power cut may leave the name without the content.
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path, text):
    """Write a text to a file that takes its name only when it is complete."""
    with whole_file(path) as file:
        file.write(text.encode("utf-8"))


def _replace(source, target):
    """Rename a file; on Windows wait for readers of the file that it replaces."""
    deadline = time.monotonic() + SECONDS_TO_REPLACE
    while True:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def writable_by_others(path):
    """Return the file or folder by which somebody else may change a path, or None.

    Where nobody can tell, as on Windows, it is the path itself.
    """
    path = Path(path).resolve()
    if not hasattr(os, "geteuid"):
        return path
    for each in (path, *path.parents):
        status = each.stat()
        if status.st_uid not in (0, os.geteuid()):
            return each
        # In a sticky folder, such as /tmp, nobody renames what belongs to others.
        sticky = status.st_mode & 0o1000 and each != path
        if status.st_mode & 0o022 and not sticky:
            return each
    return None
