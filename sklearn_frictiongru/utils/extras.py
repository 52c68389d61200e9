"""Libraries that come with an extra of this package."""

import importlib


def import_extra(module, extra, purpose):
    """Import a library that is not always installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {module.partition('.')[0]}, which is not installed. Install it "
            f"with: pip install 'sklearn_frictiongru[{extra}]'"
        ) from error
