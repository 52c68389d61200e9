"""Libraries that come with an extra of this package."""

import importlib


def import_extra(module, extra, purpose):
    """Import a library that is not always installed.

    Parameters
    ----------
    module : str
        Name of the module.
    extra : str
        Extra of this package that installs it.
    purpose : str
        What needs it, as the beginning of a sentence.

    Returns
    -------
    module
        The module.

    Raises
    ------
    ImportError
        If it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {module.partition('.')[0]}, which is not installed. Install it "
            f"with: pip install 'sklearn_frictiongru[{extra}]'"
        ) from error
