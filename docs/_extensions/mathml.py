"""Formulas as MathML, which browsers show with no script, no font and no network.

The conversion from LaTeX is docutils' own. What it cannot convert is a warning.
"""

from html import escape

from docutils import nodes
from docutils.utils.math import MathError, unichar2tex
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)


def convert(node, as_block):
    """Return the MathML of a formula, or its source where it cannot be converted."""
    # A blank line in a block begins another equation.
    parts = [part for part in node.astext().split("\n\n") if part.strip()]
    source = r"\\".join(parts).translate(unichar2tex.uni2tex_table)
    try:
        return tex2mathml(source, as_block=as_block)
    except MathError as error:
        logger.warning("formula cannot be shown: %s", error, location=node)
        return f"<code>{escape(node.astext())}</code>"


def visit_inline(translator, node):
    """Write a formula inside a line."""
    translator.body.append(convert(node, as_block=False))
    raise nodes.SkipNode


def visit_block(translator, node):
    """Write a formula on a line of its own, with its number if it has a label."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(f"{convert(node, as_block=True)}</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
