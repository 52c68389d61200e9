"""One record in many disguises reads to the same table, or asks for the option that it needs."""

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sklearn_frictiongru.io import describe_record, read_record

from ._disguises import NAMES, PREAMBLES, TIMES, Disguise, make_record

RECORD = make_record()


def roles(disguise):
    """Return the columns of a disguised record."""
    time, *inputs, friction = disguise.columns
    return {"time": time, "target": friction, "inputs": inputs[:3], "condition": inputs[3]}


def check_same(read, record=RECORD):
    """Compare a record that was read with the one that was written."""
    time = read.data.index.to_numpy(dtype=float)
    np.testing.assert_allclose(time - time[0], record["time"], atol=1e-3)
    table = np.column_stack([read.data, read.condition, read.target])
    np.testing.assert_array_equal(table, record.iloc[:, 1:])


def read_as_asked(path, disguise):
    """Read a file, giving the options that its errors ask for; return them as well."""
    given_options, known = {}, disguise.options()
    for _ in range(5):
        try:
            return read_record(path, **roles(disguise), **given_options), given_options
        except ValueError as error:
            asked = [name for name in known if re.search(rf"\b{name}\b", str(error))]
            new = [name for name in asked if name not in given_options]
            if not new:
                raise AssertionError(f"no option that helps is named: {error}") from error
            given_options[new[0]] = known[new[0]]
    raise AssertionError(f"does not read with {given_options}")


SINGLE = {
    "semicolon and decimal comma": Disguise(separator=";", decimal=","),
    "tab and CRLF": Disguise(separator="\t", line_end="\r\n"),
    "old Mac line ends": Disguise(line_end="\r"),
    "spaces": Disguise(separator="   "),
    "vertical bars": Disguise(separator="|"),
    "spaces and decimal comma": Disguise(separator="  ", decimal=","),
    "commas, decimal comma, all quoted": Disguise(decimal=",", quote_all=True),
    "preamble": Disguise(preamble="pairs"),
    "preamble with numbers": Disguise(preamble="numbers", separator="\t"),
    "comments": Disguise(comment="%", separator="\t"),
    "hash comments": Disguise(comment="#", preamble="prose"),
    "row of units": Disguise(units_row=True),
    "Shift-JIS": Disguise(encoding="cp932", names="japanese", preamble="pairs"),
    "EUC-JP": Disguise(encoding="euc_jp", names="japanese"),
    "UTF-16": Disguise(encoding="utf-16", separator="\t", names="japanese"),
    "UTF-16 without mark": Disguise(encoding="utf-16-le", separator="\t"),
    "byte order mark": Disguise(encoding="utf-8-sig", separator=";", decimal=","),
    "latin-1": Disguise(encoding="latin-1", names="german", separator=";", decimal=","),
    "trailing separators of rows": Disguise(trailing="rows"),
    "trailing separators": Disguise(trailing="both", separator=";"),
    "awkward names": Disguise(names="awkward"),
    "names with commas": Disguise(names="comma"),
    "remarks": Disguise(remarks=True),
    "footer": Disguise(footer="End of test"),
    "footer with more fields": Disguise(
        footer="End, of, the, test, and, of, the, day", separator=","
    ),
    "footer of means": Disguise(footer="Mean,0.004,1,2,3,4"),
    "blank line": Disguise(blank_lines=True),
    "repeated header": Disguise(repeated_header=True),
    "Fortran exponents": Disguise(digits="{:.6E}"),
    "no last line end": Disguise(last_line_end=False),
    **{f"time as {kind}": Disguise(time=kind) for kind in TIMES},
    **{f"time as {kind}, tabs": Disguise(time=kind, separator="\t") for kind in TIMES},
    "newest first": Disguise(newest_first=True),
    "newest first over midnight": Disguise(newest_first=True, time="clock"),
}


@pytest.mark.parametrize("disguise", SINGLE.values(), ids=SINGLE)
def test_a_disguise_reads_to_the_record_with_no_option_but_those_it_needs(disguise, tmp_path):
    disguise.write(tmp_path / "record.txt", RECORD)
    read, options = read_as_asked(tmp_path / "record.txt", disguise)
    check_same(read)
    assert options == disguise.needed()
    described = str(describe_record(tmp_path / "record.txt", **options))
    assert all(name.strip() in described for name in disguise.columns if '"' not in name)


draws = st.builds(
    Disguise,
    separator=st.sampled_from([",", ";", "\t", "|", "  "]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932", "cp1252", "euc_jp"]),
    names=st.sampled_from(list(NAMES)),
    preamble=st.sampled_from(list(PREAMBLES)),
    units_row=st.booleans(),
    comment=st.sampled_from([None, "#", "%", "//"]),
    newest_first=st.booleans(),
    time=st.sampled_from(list(TIMES)),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quote_all=st.booleans(),
    trailing=st.sampled_from(["none", "rows", "both"]),
    last_line_end=st.booleans(),
    remarks=st.booleans(),
    footer=st.sampled_from([None, "End of test", "*** end ***"]),
    blank_lines=st.booleans(),
    repeated_header=st.booleans(),
    digits=st.sampled_from(["{:.7g}", "{:.5f}", "{:12.7g}", "{:.8e}"]),
)


def possible(disguise):
    """Tell whether a program could write such a file, and a reader read it."""
    encodable = "".join((*disguise.columns, *PREAMBLES[disguise.preamble]))
    if disguise.time == "german month":
        encodable += "ä"
    try:
        encodable.encode(disguise.encoding)
    except UnicodeEncodeError:
        return False
    if disguise.separator.isspace() and disguise.separator != "\t":
        # Names with a tab or quotes have no place between spaces, nor have trailing ones.
        return disguise.names != "awkward" and disguise.trailing == "none"
    # Unquoted decimal commas between commas cannot be told from separators by anyone; the
    # writer quotes these.
    return True


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(disguise=draws.filter(possible))
def test_any_disguise_reads_to_the_record_or_asks_for_an_option_with_which_it_does(disguise):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.dat"
        disguise.write(path, RECORD)
        read, _ = read_as_asked(path, disguise)
    check_same(read)
