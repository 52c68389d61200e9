"""The encoding of a text file, found from its bytes."""

import codecs
import re

from charset_normalizer import from_bytes

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Its mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In the order in which they are tried with the names of columns that the caller gave.
CANDIDATES = (
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
    "cp1252",
    "cp1250",
    "cp1251",
    "mac_roman",
)
CONTROL = re.compile(rb"[\x00-\x06\x0e-\x19\x1b-\x1f]")
ISOLATED = re.compile(rb"(?<![\x80-\xff])[\xa0-\xff](?![\x80-\xff])")
KANA = re.compile("[\u3041-\u30ff]")
HIGH = re.compile(rb"[\x80-\xff]")


def detect_encoding(head, names, filename):
    """Return the encoding of the first bytes of a file, and why it was chosen."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding, "byte order mark"
    if wide := _utf_16_without_mark(head):
        return wide, "every other byte is zero"
    # Loggers fill the end of a file that they did not close with zeros.
    head = head.rstrip(b"\x00")
    if len(CONTROL.findall(head)) > len(head) / 1000:
        raise ValueError(
            f"{filename} holds bytes that are not text; expected delimited text, or a format that "
            "the file's ending names (.xlsx, .xls, .parquet, .mat, .h5, .tdms, .gz, .zip). If it "
            "is text in an unusual encoding, give encoding."
        )
    if not HIGH.search(head):
        return "utf-8", "only ASCII characters"
    if decodes(head, "utf-8"):
        return "utf-8", "valid UTF-8"
    return _legacy_encoding(head, names, filename)


def decodes(raw, encoding):
    """Tell whether bytes are valid in an encoding, except a character cut at their end."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(raw)
    except UnicodeDecodeError:
        return False
    return True


def _utf_16_without_mark(head):
    """Return the UTF-16 variant of mostly ASCII text without a byte order mark, or None."""
    sample = head[: 2 * (min(len(head), 2000) // 2)]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(sample) >= 8 and sample[start::2].count(0) > 0.8 * len(sample) / 2:
            return encoding
    return None


def _legacy_encoding(head, names, filename):
    """Return the encoding of bytes that are neither ASCII nor Unicode."""
    foreign = [name for name in names if not name.isascii()]
    for encoding in CANDIDATES if foreign else ():
        if all(_encoded(name, encoding) in head for name in foreign) and decodes(head, encoding):
            return encoding, "the named columns are found with it"
    # In Western text, characters such as the degree sign are single bytes between ASCII
    # letters; in East Asian text each character takes two bytes.
    lines = [line for line in head.splitlines() if HIGH.search(line)]
    if sum(map(len, map(ISOLATED.findall, lines))) > 0.8 * len(HIGH.findall(head)):
        return "cp1252", "single bytes beyond ASCII, as in Western European text"
    for encoding in ("cp932", "euc_jp"):
        if decodes(head, encoding) and len(KANA.findall(head.decode(encoding, "ignore"))) >= 2:
            return encoding, "Japanese characters"
    possible = [encoding for encoding in CANDIDATES if decodes(head, encoding)]
    best = from_bytes(b"\n".join(lines[:200]), cp_isolation=possible or None).best()
    if best is None:
        raise ValueError(
            f"the encoding of {filename} was not recognised; give encoding, such as "
            "encoding='cp932' (Shift-JIS) or 'cp1252'."
        )
    return best.encoding, "charset-normalizer"


def _encoded(name, encoding):
    """Return a name in an encoding, or bytes that occur in no file if it cannot be encoded."""
    try:
        return name.encode(encoding)
    except UnicodeEncodeError:
        return b"\x00\xff\x00"
