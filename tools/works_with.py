"""Write the guide's page "Works with" from the table that tests/ecosystem runs.

``python tools/works_with.py`` writes docs/guide/works_with.rst; a test compares the two.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "guide" / "works_with.rst"
VERSIONS = ROOT / "constraints-ecosystem.txt"

HEAD = """\
.. Written by tools/works_with.py from tests/ecosystem. Change these, not this page.

.. _guide_works_with:

Works with
==========

This page lists the projects that were tried with this package. Each use in the table is a small
program, which ``tox run -e ecosystem`` runs against the real library in the version that is given.
Some of the programs are shown below, without the helpers that they share:

- ``X, y = record()``: a table with time in its index, and its target.
- ``network()``: a small :class:`~sklearn_frictiongru.neural_network.GRUFrictionRegressor`.
- ``pipeline()``: the same network after a
  :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`.
- ``windows_and_model()``: windows as a tensor, and a network that was trained on them.
- ``tmp_path``: a folder.

.. list-table::
   :header-rows: 1
   :widths: 16 34 50

   * - Project
     - Use
     - Notes
"""

CALLBACKS = """
.. _guide_works_with_callbacks:

Callbacks and copies
--------------------

``callbacks=`` and ``lr_schedule=`` behave as in skorch: ``fit`` calls the objects that were given.
An Optuna trial, a TensorBoard writer or a W&B run gets what the training reports, and the objects
can be read afterwards. Searches, ensembles and cross-validation train clones of an estimator. What
a clone gets depends on what was given:

- An instance is copied shallowly. All trainings share the lists, writers, trials and locks that it
  holds. Its own attributes, such as a counter, belong to one training. Trainings in threads may
  run at the same time: what they share must be thread-safe.
- A class, as in ``callbacks=[Collect]``, is called without arguments in each training.
- Worker processes (``n_jobs`` above 1) get pickled copies, also of what a callback holds. What
  cannot be pickled, such as a run or a lock, is an error there. Create it in the callback's
  ``on_train_begin``, or use ``n_jobs=1``.

A callback that raises, as Optuna's does to prune a trial, ends the training with its error.
"""


def page():
    """Return the text of the page."""
    sys.path.insert(0, str(ROOT))
    from tests.ecosystem.test_uses import PROGRAMS, USES

    modules = [module.__name__ for module in PROGRAMS]
    uses = sorted(USES, key=lambda use: modules.index(use.program.__module__))
    clients = list(dict.fromkeys(use.client for use in uses))
    uses.sort(key=lambda use: clients.index(use.client))
    pins = re.findall(r"^([\w.-]+)==(\S+)$", VERSIONS.read_text("utf-8"), re.MULTILINE)
    lines = [*HEAD.splitlines(), *_rows(uses, dict(pins)), *CALLBACKS.splitlines()]
    lines += ["", "Programs", "--------"]
    for use in uses:
        if use.recipe:
            lines += _program(use)
    return "\n".join(lines) + "\n"


def _rows(uses, versions):
    """Yield the lines of the table; a project stands in the first of its rows."""
    client = None
    for use in uses:
        name = f"{use.client} {versions.get(use.distribution, '')}" if use.client != client else ""
        client = use.client
        yield f"   * - {name}".rstrip()
        yield f"     - {use.name}"
        yield f"     - {use.remark}".rstrip()


def _program(use):
    """Return the lines of a program, under a title."""
    title = f"{use.client}: {use.name[0].lower()}{use.name[1:]}"
    code = [f"   {line}".rstrip() for line in use.code.splitlines()]
    return ["", title, "~" * len(title), "", ".. code-block:: python", "", *code]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
