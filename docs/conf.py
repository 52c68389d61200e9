"""Configuration of the Sphinx documentation."""

import sklearn_frictiongru

project = "sklearn_frictiongru"
author = "sklearn_frictiongru developers"
project_copyright = f"2026, {author}"
version = release = sklearn_frictiongru.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
# As in scikit-learn's docstrings: single backticks are parameter names and other code.
default_role = "literal"

html_theme = "pydata_sphinx_theme"
html_title = project
html_show_sourcelink = False

# The class template lists the members; numpydoc would list them again, each wanting a page.
numpydoc_show_class_members = False

# Prompts and output are for reading, not for pasting.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"plot_",
    "reference_url": {"sklearn_frictiongru": None},
    "show_memory": False,
    # The page of computation times would load scripts from the network.
    "write_computation_times": False,
}
