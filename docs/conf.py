"""Configuration of the Sphinx documentation."""

import os
import sys
from pathlib import Path

# Before anything imports torch: several threads slow the gallery's small networks down many times
# over.
os.environ["OMP_NUM_THREADS"] = "1"
# The diagrams of estimators in the gallery link to the API pages of the same site.
os.environ["SKLEARN_FRICTIONGRU_DOCS"] = ".."
sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import sklearn_frictiongru

project = "sklearn_frictiongru"
author = "sklearn_frictiongru developers"
project_copyright = f"2026, {author}"
version = release = sklearn_frictiongru.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "api_pages",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "mathml",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
# As in scikit-learn's docstrings: single backticks are parameter names and other code.
default_role = "literal"
# Quotation marks in docstrings stand around values that are to be typed.
smartquotes = False
# A reference to an object of this package that leads nowhere is a warning. Those to other packages
# lead nowhere on purpose: their inventories would have to be fetched from the network.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!sklearn_frictiongru\.).*")]

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_theme_options = {
    "logo": {"text": project},
    "navbar_align": "left",
    "show_toc_level": 2,
    "primary_sidebar_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
# The start page and the changelog have no pages beside them to list.
html_sidebars = {"index": [], "changelog": [], "contributing": []}
# Without it the theme complains in the console of everyone who comes for the first time.
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
# The sample report, one page with everything inside.
html_extra_path = ["_extra"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_math_renderer = "mathml"
html_show_sourcelink = False
# The extracts below each hit of a search are fetched, which browsers refuse to pages in a folder.
html_show_search_summary = False
html_copy_source = False

# The docstrings tell the types, with shapes and units.
autodoc_typehints = "none"
# The sidebar has room for the name of a method, not for its class as well.
toc_object_entries_show_parents = "hide"
# The class template lists the members; numpydoc would list them again, each wanting a page.
numpydoc_show_class_members = False

# Prompts and output are not copied. A lone "..." becomes the empty line that ends a compound
# statement at the interactive prompt.
copybutton_prompt_text = r">>> |\.\.\.(?: |$)|\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"plot_",
    "within_subsection_order": "reading_order.place",
    "minigallery_sort_order": "reading_order.place",
    "doc_module": ("sklearn_frictiongru",),
    "backreferences_dir": "generated/backreferences",
    # Pictures are sharp on screens that pack two dots into each pixel, too.
    "image_srcset": ["2x"],
    "show_memory": False,
    # The page of computation times would load scripts from the network.
    "write_computation_times": False,
}
