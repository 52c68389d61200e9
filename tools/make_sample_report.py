"""Make the sample report of the documentation from the folder of a study.

The page is all that the documentation holds of a study: links to the files that lie beside a report
become plain names, and pictures are reduced to what a screen shows.
"""

import argparse
import base64
import io
import re
import sys
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "docs" / "_extra" / "sample_report.html"
WIDTH = 1400
COLOURS = 64
MOST_BYTES = 1_500_000

PICTURE = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")
NEIGHBOUR = re.compile(r'<a href="(?!#)[^"]*"[^>]*>(.*?)</a>')
BYLINE = re.compile(r'(<p class="byline">.*?</p>)', re.DOTALL)
SAID = "<p>This is a sample: the files that it names lie beside the report of a study.</p>"


def sample_of(page):
    """Return a report without links to other files, with smaller pictures."""
    page = NEIGHBOUR.sub(r"<code>\1</code>", page)
    page = PICTURE.sub(lambda found: reduced(found[0]), page)
    return BYLINE.sub(rf"\1\n{SAID}", page, count=1)


def reduced(picture):
    """Return a picture, in base64, with fewer dots and colours."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    if image.width > WIDTH:
        height = round(image.height * WIDTH / image.width)
        image = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


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
