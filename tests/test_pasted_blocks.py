"""Every Python block of the README and the guide can be pasted, in the order of its page.

The doctests of the guide run each page from top to bottom in a fresh namespace, `test_readme.py`
runs the README. These tests make sure that no block escapes that run, and that each is accepted at
the interactive prompt, which is stricter than a file: it takes one line after another.
"""

import code
import codeop
import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
START = ROOT / "docs" / "index.rst"
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.rst"))
EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))
# Written from the table of uses, whose code tests/ecosystem runs in a separate environment.
RUN_ELSEWHERE = {"works_with.rst"}
# As wide as a code block can be before a window of 1,280 pixels cuts it off.
WIDEST = 88


def blocks_after(pattern, text):
    """Return line number and body of each indented block below a line that matches the pattern."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        if not re.match(pattern, line.strip()):
            continue
        margin = len(line) - len(line.lstrip())
        body = []
        for later in lines[number + 1 :]:
            if later.strip() and len(later) - len(later.lstrip()) <= margin:
                break
            body.append(later)
        found.append((number + 1, textwrap.dedent("\n".join(body)).splitlines()))
    return found


def doctest_blocks(text):
    """Return line number and lines, output included, of each block that begins with a prompt."""
    blocks = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            blocks.append(None)
        elif line.lstrip().startswith(">>> ") and (not blocks or blocks[-1] is None):
            blocks.append((number, [line.strip()]))
        elif blocks and blocks[-1] is not None:
            blocks[-1][1].append(line.strip())
    return [block for block in blocks if block is not None and block[1][0].startswith(">>> ")]


def copied(block):
    """Return what the copy button of the site puts into the clipboard."""
    conf = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    (prompt,) = re.findall(r'^copybutton_prompt_text = r"(.*)"$', conf, re.MULTILINE)
    matches = (re.match(f"(?:{prompt})(.*)", line) for line in block)
    return [match.group(1) for match in matches if match]


def statements_at_the_prompt(lines):
    """Return the statements that Python's interactive prompt makes of pasted lines.

    The prompt compiles what it has after each line, and runs it as soon as it is complete. A
    compound statement is complete only at an empty line.
    """
    compiler = codeop.CommandCompiler()
    statements, waiting = [], []
    for line in [*lines, ""]:
        waiting.append(line)
        source = "\n".join(waiting)
        if source.strip() and compiler(source) is not None:
            statements.append(source)
            waiting = []
        elif not source.strip():
            waiting = []
    assert not waiting, f"incomplete at its end: {waiting}"
    return statements


@pytest.mark.parametrize(
    ("pasted", "taken"),
    [
        (["a = 1", "b = 2"], ["a = 1", "b = 2"]),
        (["for i in x:", "    i", "", "b = 2"], ["for i in x:\n    i\n", "b = 2"]),
        (["f(", "    1,", ")"], ["f(\n    1,\n)"]),
    ],
)
def test_the_prompt_takes_one_statement_after_the_other(pasted, taken):
    assert statements_at_the_prompt(pasted) == taken


def test_a_compound_statement_without_an_empty_line_is_refused():
    with pytest.raises(SyntaxError):
        statements_at_the_prompt(["for i in x:", "    i", "b = 2"])


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_the_prompt_accepts_each_copied_block(page):
    for number, block in doctest_blocks(page.read_text(encoding="utf-8")):
        try:
            statements_at_the_prompt(copied(block))
        except SyntaxError as error:
            pytest.fail(f"{page.name}, block at line {number}: {error}")


def test_the_prompt_accepts_the_first_result():
    """The start page includes this block, so that it needs no test."""
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lines = block.splitlines()
    assert statements_at_the_prompt(lines)
    assert max(map(len, lines)) <= WIDEST


def statements_of_a_console(lines):
    """Return what Python's own console makes of pasted lines, without running them.

    Returned are the number of statements, those that are refused, and whether it waits for more.
    """

    class Console(code.InteractiveConsole):
        def __init__(self):
            super().__init__()
            self.run, self.refused = [], []

        def runcode(self, compiled):
            self.run.append(compiled)

        def showsyntaxerror(self, filename=None, **kwargs):
            self.refused.append("\n".join(self.buffer))

    console = Console()
    waits = [console.push(line) for line in [*lines, ""]]
    return len(console.run), console.refused, waits[-1]


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_a_console_runs_the_pasted_page(page):
    """All blocks of a page, one after the other, with an empty line (Enter) between them."""
    blocks = [block for _, block in doctest_blocks(page.read_text(encoding="utf-8"))]
    lines = [line for block in blocks for line in [*copied(block), ""]]
    n_run, refused, waiting = statements_of_a_console(lines)
    assert refused == []
    assert not waiting
    assert n_run >= sum(line.startswith(">>> ") for block in blocks for line in block)


def test_a_console_refuses_a_block_that_runs_into_the_next():
    _, refused, _ = statements_of_a_console(["for i in range(2):", "    print(i)", "b = 2"])
    assert len(refused) == 1


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_no_doctest_shows_a_bare_truth_value(page):
    """A number, or the reason, teaches more than True."""
    lines = page.read_text(encoding="utf-8").splitlines()
    shown = [number for number, line in enumerate(lines, 1) if line.strip() in ("True", "False")]
    assert shown == []


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_nothing_on_a_page_escapes_the_doctests(page):
    """A Python block without prompts is not run: its page says why, in a comment above it."""
    if page.name in RUN_ELSEWHERE:
        pytest.skip("run by tests/ecosystem")
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    for number, _ in blocks_after(r"\.\. code-block:: py", text):
        above = [line for line in lines[: number - 1] if line.strip()][-1]
        assert re.match(r"\s*\.\. not run: \S", above), (
            f"{page.name}, line {number}: write it with prompts, so that it is run, or put a "
            "comment '.. not run: REASON' above it"
        )


@pytest.mark.parametrize("page", [START, *GUIDE], ids=lambda page: page.name)
def test_no_line_of_code_is_cut_off(page):
    if page.name in RUN_ELSEWHERE:
        pytest.skip("written by a tool")
    text = page.read_text(encoding="utf-8")
    blocks = [*blocks_after(r"\.\. code-block::|(?!\.\. ).*::$", text), *doctest_blocks(text)]
    wide = {line for _, block in blocks for line in block if len(line) > WIDEST}
    assert not wide


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_no_code_of_an_example_is_cut_off(example):
    _, _, source = example.read_text(encoding="utf-8").split('"""', 2)
    lines = [line for line in source.splitlines() if not line.startswith("#")]
    assert not [line for line in lines if len(line) > WIDEST]
