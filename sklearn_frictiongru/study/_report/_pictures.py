"""Pictures inside the page."""

import base64
import io

COLOURS = 128


def inline(path):
    """Return a PNG file in base64, with a palette to a third of its size, and its pixels."""
    # Pillow comes with matplotlib, which has drawn the picture.
    from PIL import Image

    with Image.open(path) as picture:
        picture = picture.convert("RGB")
    method, dither = Image.Quantize.MEDIANCUT, Image.Dither.NONE
    file = io.BytesIO()
    picture.quantize(COLOURS, method=method, dither=dither).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode(), picture.size
