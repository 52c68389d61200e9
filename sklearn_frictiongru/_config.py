"""The configuration of a study: read from a file, and written to the folder of its results."""

import hashlib
import json
import os
import tomllib
from pathlib import Path

from sklearn_frictiongru.utils.files import write_whole

NAME = "study.toml"
RECORD = "record"
NOT_KEPT = ("command", "config", "quiet", "output", "arguments")
"""Options that do not describe the study itself."""

EITHER = ("day_first", "units_row", "rotations")
"""Options for which "no" differs from not being given."""


def read_config(path, known):
    """Return the options that a configuration file gives."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"the configuration {str(path)!r} cannot be read ({error}); expected a TOML file such "
            "as the study.toml that a study writes to the folder of its results."
        ) from error
    given.pop(RECORD, None)
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(
            f"{str(path)!r} has the unknown option {unknown[0]!r}; expected some of "
            f"{', '.join(sorted(known))}."
        )
    return given


def claim_folder(folder, options, record):
    """Prepare the folder for the results of a study; raise if files in it could be lost."""
    folder = Path(folder)
    data = Path(options.data)
    try:
        str(data).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the name of the record {options.data!r} holds a byte that is not a character in the "
            "system's encoding; expected text. Rename the file."
        ) from error
    if folder.is_symlink():
        raise ValueError(
            f"the output {str(folder)!r} is a link; expected a folder. Choose another output."
        )
    if folder.exists() and not folder.is_dir():
        raise ValueError(
            f"the folder {str(folder)!r} cannot be written to (it is a file); expected a folder "
            "for the results. Choose another one with --output."
        )
    if record is not None and data.resolve().parent == folder.resolve():
        raise ValueError(
            f"the record {data.name} is in the output {str(folder)!r}, whose files could "
            "replace it. Choose another folder with --output."
        )
    if not folder.exists():
        return
    files = sorted(folder.iterdir())
    link = next((path.name for path in files if path.is_symlink()), None)
    if link is not None:
        raise ValueError(
            f"the output {str(folder)!r} holds the link {link!r}, whose file could be replaced. "
            "Choose another folder with --output."
        )
    if files:
        _check_same_study(folder, options, record, files[0].name)


def _check_same_study(folder, options, record, first):
    """Raise where a folder with files does not hold the study of the same record."""
    try:
        known = tomllib.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(
            f"the output {str(folder)!r} holds files that are not of a study, such as {first!r}. "
            "Choose another folder with --output."
        ) from None
    except (OSError, ValueError):
        known = {}
    before = known.get(RECORD, {})
    same = known.get("data") == options.data and not before
    if record is not None:
        same = before.get("sha256") == record["sha256"]
    if not same:
        said = f"{before['name']}, {before['size']} bytes" if before else known.get("data", "?")
        raise ValueError(
            f"the output {str(folder)!r} holds the study of another record ({said}). Choose "
            "another folder with --output."
        )


def record_of(path):
    """Return name, size and checksum of a file."""
    with open(path, "rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "size": os.path.getsize(path), "sha256": checksum}


def write_config(folder, options, record):
    """Write the options of a study to the file that repeats it."""
    lines = ["# python -m sklearn_frictiongru study --config study.toml"]
    for name, value in vars(options).items():
        if name in NOT_KEPT or value is None or (value is False and name not in EITHER):
            continue
        if name == "data" and record is not None:
            value = str(Path(value).resolve())
        lines.append(_line(name, value))
    if record is not None:
        lines += ["", f"[{RECORD}]"]
        lines += [_line(name, value) for name, value in record.items()]
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Whole, since another study of the same record may read it at this moment.
        write_whole(folder / NAME, "\n".join(lines) + "\n")
    except OSError as error:
        raise ValueError(
            f"the folder {str(folder)!r} cannot be written to ({error.strerror}); expected a "
            "folder for the results. Choose another one with --output."
        ) from error


def _line(name, value):
    """Return a line of TOML; texts, numbers and lists are written as in JSON."""
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"
