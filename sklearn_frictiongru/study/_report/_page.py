"""The templates of the report, filled."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sklearn_frictiongru.study._report._answers import answers
from sklearn_frictiongru.study._report._captions import captions
from sklearn_frictiongru.study._report._notes import notes_of
from sklearn_frictiongru.study._report._tables import settings_table, tables_of

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page_html(study, figures, files):
    """Return ``report.html``, one self-contained page, from figures that are written already."""
    return TEMPLATES.get_template("page.html.jinja").render(
        title=f"Friction from its recent history: {study.settings.name}",
        answers=answers(study),
        truth=study.beside_truth,
        rotations=study.settings.rotations,
        notes=notes_of(study),
        figures=_figures(study, figures),
        tables=tables_of(study),
        settings=settings_table(study),
        files=files,
        as_html=_table_html,
    )


def answers_html(study):
    """Return the answers with their own style, for a notebook."""
    return TEMPLATES.get_template("notebook.html.jinja").render(answers=answers(study))


def _figures(study, names):
    """Return number, caption and picture, in base64, of each figure."""
    texts = captions(study)
    return [
        {
            "number": name.split("_")[1],
            "caption": texts[name],
            "picture": base64.b64encode(
                study.report.with_name(f"{name}.png").read_bytes()
            ).decode(),
        }
        for name in names
    ]


def _table_html(table):
    """Return a table under its title."""
    content = table.content.to_html(border=0, float_format=lambda value: f"{value:.4g}", na_rep="")
    kind = "table greyed" if table.greyed else "table"
    return Markup(f'<h3>{escape(table.title)}</h3><div class="{kind}">{content}</div>')
