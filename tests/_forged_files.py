"""Files with a valid checksum whose contents somebody has changed."""

import copy

VALUES = (None, -1, 10**12, 0.5, "os:system", True, [], [[1]], {}, {"float": "nan"}, {"tuple": []})


def places(value, path=()):
    """Yield the path of each value, leaf or not, in nested lists and dicts."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))


def forge(document, tensors, rng):
    """Return a document and tensors in which one value or tensor has another type or shape."""
    document, tensors = copy.deepcopy(document), dict(tensors)
    if rng.random() < 0.25 and tensors:
        name, other = rng.choice(list(tensors), 2)
        one = tensors[name]
        changed = (tensors[other], one.reshape(-1)[:1], one.reshape(-1), one.bool(), one.double())
        tensors[name] = changed[rng.integers(len(changed))]
        return document, tensors
    found = list(places(document))
    *way, last = found[rng.integers(len(found))]
    inside = document
    for key in way:
        inside = inside[key]
    inside[last] = copy.deepcopy(VALUES[rng.integers(len(VALUES))])
    return document, tensors
