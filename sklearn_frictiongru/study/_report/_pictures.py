"""Pictures inside the page."""

import base64
import io

import numpy as np
import pandas as pd

COLOURS = 256
EXACT = 64
"""Number of the most frequent colours that are kept, however similar."""

CUBE = 16
"""Levels of red, green and blue that are one colour where a picture has too many."""


def inline(path):
    """Return a PNG file in base64, with a palette to a third of its size, and its pixels."""
    # Pillow comes with matplotlib, which has drawn the picture.
    from PIL import Image

    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    palette, numbers = with_palette(pixels)
    picture = Image.fromarray(numbers)
    picture.putpalette(palette.tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode(), picture.size


def with_palette(pixels):
    """Return a palette (n_colours, 3), and the number in it of each of the pixels (n, m, 3).

    Areas and lines keep their colours: the palette holds the most frequent colours, and those of
    each cube. Other colours are those of smoothed edges, and become the nearest one.
    """
    red, green, blue = np.moveaxis(pixels.astype(np.uint32), -1, 0)
    # A hash table of the colours is faster than sorting the pixels.
    numbers, found = pd.factorize((red << 16 | green << 8 | blue).ravel())
    colours = (found[:, None] >> np.array([16, 8, 0]) & 255).astype(np.uint8)
    order = np.argsort(-np.bincount(numbers), kind="stable")
    if len(found) > COLOURS:
        _, first = np.unique(colours[order] // CUBE, axis=0, return_index=True)
        first = np.union1d(np.arange(EXACT), first)
        order = np.concatenate([order[first], np.delete(order, first)])
    palette = colours[order[:COLOURS]]
    distances = (colours[:, None, :].astype(np.int32) - palette) ** 2
    nearest = distances.sum(axis=2).argmin(axis=1).astype(np.uint8)
    return palette, nearest[numbers].reshape(pixels.shape[:2])
