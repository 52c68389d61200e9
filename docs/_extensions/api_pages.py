"""What the API pages need beyond autodoc: short signatures, and links to the user guide.

The page of every public name begins with the pages of the guide that link to it. A name that no
page of the guide links to is a warning, so that guide and API link to each other.
"""

import re
from pathlib import Path

from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

PACKAGE = "sklearn_frictiongru"
# The parameters below a signature are listed with their defaults.
LONGEST_SIGNATURE = 160
# Classes that functions return and nobody constructs.
RESULTS = {
    "Description",
    "LengthComparison",
    "Record",
    "Runs",
    "SimulatedRecord",
    "SkillTest",
    "Study",
    "TrainingResult",
}
# The overview, definitions and citations do not explain a name.
NOT_EXPLAINING = {"index", "glossary", "citing"}
SCIKIT_LEARN = "https://scikit-learn.org/stable/"
PAGES_OF_SCIKIT_LEARN = {
    "metadata_routing": "metadata_routing.html",
    "df_output_transform": "modules/df_output_transform.html",
    "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": (
        "auto_examples/miscellaneous/plot_set_output.html"
    ),
}


def short_signature(signature):
    """Return a signature whose last parameters are replaced by an ellipsis if it is long."""
    if len(signature) <= LONGEST_SIGNATURE:
        return signature
    kept = ""
    for parameter in re.split(r", (?![^(]*\))", signature[1:-1]):
        if len(kept) + len(parameter) > LONGEST_SIGNATURE:
            break
        kept += f"{parameter}, "
    return f"({kept}...)"


def shorten(app, what, name, thing, options, signature, return_annotation):
    """Shorten a signature; the results of functions get none."""
    if not signature:
        return None
    if what == "class" and name.rsplit(".", 1)[1] in RESULTS:
        return "", return_annotation
    return short_signature(signature), return_annotation


def link_to_scikit_learn(app, what, name, thing, options, lines):
    """Let the references in a docstring inherited from scikit-learn lead to its own pages."""
    if not (getattr(thing, "__module__", None) or "").startswith("sklearn."):
        return

    def link(match):
        text, label = match["text"], match["label"] or match["only"]
        page = PAGES_OF_SCIKIT_LEARN.get(label)
        return f"`{text or 'example'} <{SCIKIT_LEARN}{page}>`__" if page else text or label

    text = "\n".join(line for line in lines if not line.lstrip().startswith(".. version"))
    text = re.sub(r":ref:`(?:(?P<text>[^`<]+?) <(?P<label>[^`>]+)>|(?P<only>[^`<]+))`", link, text)
    lines[:] = re.sub(r":term:`([^`]+)`", r"\1", text).split("\n")


def guide_pages(folder):
    """Return the names of the pages that explain something, in the order of the guide."""
    contents = (folder / "index.rst").read_text(encoding="utf-8")
    pages = re.findall(r"^   ([a-z_]+)$", contents, re.MULTILINE)
    return [page for page in pages if page not in NOT_EXPLAINING]


def pages_that_link_to(name, folder):
    """Return the pages of the guide that link to a name; those that mention it most come first."""
    reference = re.compile(rf":(?:class|func|exc):`[^`]*\b{re.escape(name)}[`>]")
    mention = re.compile(rf"\b{re.escape(name.rpartition('.')[2])}\b")
    texts = {
        page: (folder / f"{page}.rst").read_text(encoding="utf-8") for page in guide_pages(folder)
    }
    linking = [page for page, text in texts.items() if reference.search(text)]
    return sorted(linking, key=lambda page: -len(mention.findall(texts[page])))


class GuideLinks(SphinxDirective):
    """Links to the pages of the user guide that link to a name."""

    required_arguments = 1

    def run(self):
        """Return a paragraph of links."""
        (name,) = self.arguments
        folder = Path(self.env.srcdir) / "guide"
        pages = pages_that_link_to(name, folder)
        for page in guide_pages(folder):
            self.env.note_dependency(folder / f"{page}.rst")
        if not pages:
            logger.warning("no page of the user guide links to %s", name, location=self.env.docname)
            return []
        links = ", ".join(f":doc:`/guide/{page}`" for page in pages)
        return self.parse_text_to_nodes(f"User guide: {links}.")


def setup(app):
    """Register the directive and the changes of signatures and docstrings."""
    app.add_directive("guide-links", GuideLinks)
    app.connect("autodoc-process-signature", shorten, priority=900)
    app.connect("autodoc-process-docstring", link_to_scikit_learn, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
