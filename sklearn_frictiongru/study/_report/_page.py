"""The templates of the report, filled."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sklearn_frictiongru.study._numbers import typeset
from sklearn_frictiongru.study._report._alternatives import alternatives
from sklearn_frictiongru.study._report._answers import answers
from sklearn_frictiongru.study._report._captions import captions
from sklearn_frictiongru.study._report._citations import citations
from sklearn_frictiongru.study._report._facts import facts
from sklearn_frictiongru.study._report._files import files_beside, links_of, number_of
from sklearn_frictiongru.study._report._importance_tables import importance_tables
from sklearn_frictiongru.study._report._methods import methods
from sklearn_frictiongru.study._report._names import target, target_label
from sklearn_frictiongru.study._report._notes import notes_of
from sklearn_frictiongru.study._report._pictures import inline
from sklearn_frictiongru.study._report._prediction import (
    CONFIG,
    model_text,
    predicting_code,
    repeating_code,
)
from sklearn_frictiongru.study._report._record_tables import (
    length_tables,
    record_tables,
    skill_tables,
)

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def formulas(text):
    """Return a text as HTML in which symbols are typeset and signs stay with their numbers."""
    text = re.sub(r"(?<=[\d⁰¹²³⁴⁵⁶⁷⁸⁹]) (?=%|(?:s|ms|m|MPa)\b)", "\N{NO-BREAK SPACE}", text)
    text = text.replace(" × 10", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10")
    text = re.sub(r"\bp ([<=]) (?=\d)", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)
    html = re.sub(r"\bD_c(\d*)", r"<i>D</i><sub>c\1</sub>", str(escape(text)))
    return Markup(re.sub(r"\bmu0\b", "<i>μ</i><sub>0</sub>", html).replace("z^2", "z²"))


def arguments(command):
    """Return a command as HTML in which a line is broken only between arguments."""
    parts = re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^\s'\"])+", command)
    return Markup(" ").join(Markup('<span class="argument">{}</span>').format(p) for p in parts)


TEMPLATES.filters |= {"formulas": formulas, "arguments": arguments}


def page_html(study, figures, kept, example):
    """Return ``report.html``, one self-contained page, from files that are written already.

    `kept` is what ``settings.json`` holds, `example` the table of ``example_inputs.csv``.
    """
    texts = captions(study)
    return TEMPLATES.get_template("page.html.jinja").render(
        title=title_of(study),
        facts=facts(study, kept),
        answers=answers(study),
        truth=list(map(typeset, study.beside_truth)),
        notes=list(map(typeset, notes_of(study))),
        figures=_figures(study, figures, texts),
        captioned=len(texts),
        tables=_tables(study),
        methods=methods(study, kept),
        citations=citations(study, kept),
        by_command=study.report.with_name(CONFIG).is_file(),
        repeating=repeating_code(study),
        predicting=predicting_code(study, example),
        target=target_label(study),
        model=model_text(study),
        data_file=study.source.get("file"),
        files=files_beside(study.report.parent, study.condition),
        version=kept["versions"]["sklearn_frictiongru"],
        date=kept["date"],
    )


def answers_html(study):
    """Return the top of the page with the figures, for a notebook."""
    texts = captions(study)
    written = [name for name in texts if study.report.with_name(f"{name}.png").is_file()]
    return TEMPLATES.get_template("notebook.html.jinja").render(
        title=title_of(study), answers=answers(study), figures=_figures(study, written, texts)
    )


def title_of(study):
    """Return the title: the record, and the question that is asked of it."""
    return (
        f"{study.settings.name}: can {target(study)} be predicted from the recent history of the "
        "inputs?"
    )


def _figures(study, names, texts):
    """Return number, caption, description, links and picture, in base64, of each figure."""
    seen, folder = alternatives(study), study.report.parent
    return [
        {
            "number": number_of(name),
            "caption": texts[name],
            "alternative": seen[name],
            "links": links_of(name, folder),
            "picture": picture,
            "size": size,
        }
        for name in names
        for picture, size in [inline(folder / f"{name}.png")]
    ]


def _tables(study):
    """Return the tables of the page."""
    return [
        *skill_tables(study),
        *length_tables(study),
        *importance_tables(study),
        *record_tables(study),
    ]
