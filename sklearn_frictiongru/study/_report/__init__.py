"""The page that states what a study found."""

from sklearn_frictiongru.study._report._answers import answers, references_sentence
from sklearn_frictiongru.study._report._names import names_in_figures
from sklearn_frictiongru.study._report._page import answers_html, page_html

__all__ = ["answers", "answers_html", "names_in_figures", "page_html", "references_sentence"]
