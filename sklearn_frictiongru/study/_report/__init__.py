"""The page that states what a study found."""

from sklearn_frictiongru.study._report._page import answers_html, page_html

__all__ = ["answers_html", "page_html"]
