"""The table of what other projects are used for together with this package.

Each use is a small program of its own. `test_uses.py` runs it against the real library, and
`tools/works_with.py` writes the guide's page "Works with" from the same table, code included.
"""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

USES = []


@dataclass(frozen=True)
class Use:
    """A use of another project."""

    client: str
    distribution: str
    # What is imported; the use is skipped where one of these is missing.
    modules: tuple[str, ...]
    program: Callable
    # Whether the page shows the program.
    recipe: bool

    @property
    def name(self):
        """What is done."""
        return inspect.getdoc(self.program).split("\n")[0]

    @property
    def remark(self):
        """What has to be known."""
        return " ".join(inspect.getdoc(self.program).split("\n")[1:]).strip()

    @property
    def code(self):
        """The program without its head."""
        lines = inspect.getsource(self.program).split('"""', 2)[2]
        return textwrap.dedent(lines).strip("\n")


def use(client, distribution, *modules, recipe=False):
    """Return a decorator that enters a program into the table."""

    def enter(program):
        USES.append(Use(client, distribution, modules or (distribution,), program, recipe))
        return program

    return enter
