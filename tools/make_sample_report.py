"""Make the sample report of the documentation from the folder of a study.

The page is all that the documentation holds of a study: links to the files that lie beside a report
become plain names.
"""

import argparse
import re
import sys
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "docs" / "_extra" / "sample_report.html"
MOST_BYTES = 1_500_000

PICTURE = re.compile(r'<a class="picture"[^>]*>(<img [^>]*>)</a>')
NEIGHBOUR = re.compile(r'<a href="(?!#)[^"]*"[^>]*>(.*?)</a>')
BYLINE = re.compile(r'(<p class="byline">.*?</p>)', re.DOTALL)
SAID = "<p>This is a sample: the files that it names lie beside the report of a study.</p>"


def sample_of(page):
    """Return a report without links to other files."""
    page = PICTURE.sub(r"\1", page)
    page = NEIGHBOUR.sub(r"<code>\1</code>", page)
    return BYLINE.sub(rf"\1\n{SAID}", page, count=1)


def main(arguments=None):
    """Write the sample and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, metavar="FOLDER", help="folder of a study")
    parser.add_argument("--output", type=Path, default=SAMPLE, metavar="PAGE")
    options = parser.parse_args(arguments)
    page = sample_of((options.study / "report.html").read_text(encoding="utf-8"))
    size = len(page.encode("utf-8"))
    if size > MOST_BYTES:
        print(f"The sample would have {size:,} bytes; expected at most {MOST_BYTES:,}.")
        return 1
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(page, encoding="utf-8")
    print(f"{options.output}: {size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
