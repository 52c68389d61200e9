"""Links from the HTML diagrams of estimators to their pages in the documentation."""

import importlib.metadata
import os

PACKAGE = "sklearn_frictiongru"
VARIABLE = "SKLEARN_FRICTIONGRU_DOCS"


class DocLinkMixin:
    """Link the HTML diagram to the API page, if the address of the documentation is known."""

    _doc_link_module = PACKAGE

    @property
    def _doc_link_template(self):
        # scikit-learn draws no link if the address is empty.
        base = documentation_address()
        return base and base + "/generated/{estimator_module}.{estimator_name}.html"


def documentation_address():
    """Return the address of the documentation without a slash at the end, or an empty string."""
    return (os.environ.get(VARIABLE) or _address_in_metadata()).rstrip("/")


def _address_in_metadata():
    """Return the project URL `Documentation` of the installed package, or an empty string."""
    try:
        urls = importlib.metadata.metadata(PACKAGE).get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    return dict(url.split(", ", 1) for url in urls).get("Documentation", "")
