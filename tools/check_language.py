"""Look for words that the documentation avoids, and name the preferred ones.

Readers should find one word for one thing, the field's standard terms, and no archaic phrase. The
rules below are applied to prose: documentation pages, and in Python files the comments, docstrings
and other strings (messages among them). Names and inline literals are code and are left out. A
phrase is found where a line, a comment or a string ends in the middle of it as well.
"""

import io
import re
import sys
import tokenize
from bisect import bisect_right
from pathlib import Path

RULES = {
    # One word for one thing.
    r"guess(?:es|ed|ing)?": "baseline (a prediction without a model), or estimate",
    r"look-?backs?": "window length",
    r"sequence lengths?": "window length",
    r"(?:measured|sensor) parameters?": "input (a parameter is what an estimator has)",
    r"stand-ins?": "placeholder, or replacement",
    # Standard terms instead of private ones.
    r"so-manyth": "n-th, or the name of the parameter",
    r"unlearnt|unlearns?": "untrained, or randomized",
    r"learnt": "learned",
    r"hopeless": "clearly worse",
    r"rid(?:es?|ing) along": "is included",
    r"(?:tells?|told|telling) (?:\w+ ){0,3}apart": "distinguish, or separate",
    r"deal(?:s|t)? (?:\w+ ){0,4}to|dealt": "assign, split or distribute",
    r"(?:has|have|had|takes?|took) (?:no|any) part in": "does not affect, or was not used in",
    # Verbs of place for things that are not in a place.
    r"stands?|stood|standing": "is, is written, or represents",
    r"beside|besides": "next to, with, in addition to, or compared with",
    r"in front(?: of)?": "before",
    r"inside of": "inside",
    r"outside of": "outside",
    # Archaic, or rare in technical English.
    r"anew": "again",
    r"alike": "in the same way, equally, or the same",
    r"apiece": "each",
    r"but for": "except for",
    r"by (?:itself|themselves)": "automatically, or alone",
    r"hence": "so, or therefore",
    r"likewise": "also, or in the same way",
    r"all the same": "nevertheless, or still",
    r"once more": "again",
    r"of (?:its|their|one's) own": "its own ..., or separate",
    r"(?:is|are|was|were|being|been) told of": "is given, or knows",
    r"(?:know|knows|knew|tells?|speaks?) of": "know about, or reflect",
    r"to be read with(?: it)?": "notes on",
    r"whatever": "regardless of, any, or what",
    r"(?:here|there|where)(?:of|upon|with)": "of it, on it, or with it",
}

DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/**/*.rst",
    "examples/*.rst",
    "sklearn_frictiongru/**/*.rst",
    "sklearn_frictiongru/**/*.jinja",
)
PROGRAMS = ("examples/*.py", "sklearn_frictiongru/**/*.py")
# Built pages repeat what the sources say.
BUILT = ("docs/_build/", "docs/auto_examples/", "docs/generated/")

PATTERN = re.compile(
    r"\b(?:"
    + "|".join("({})".format(rule.replace(" ", r"[ \n]+")) for rule in RULES)
    + r")\b(?![\w-])",
    re.IGNORECASE,
)
PREFERRED = list(RULES.values())
LITERAL = re.compile(r"``[^`]+``|(?<![`\w])`[^`\n]+`(?!_)")
# Where f-strings are single tokens (before Python 3.12), their expressions are found in the text.
EXPRESSION = re.compile(r"\{[^{}\n]*\}")
# In place of code. A space would join the texts on both sides of it to one phrase.
CODE = "\0"


def blanked(match):
    """Return code of the length of a match, with its line ends."""
    return re.sub(r"[^\n]", CODE, match.group())


def prose_of_program(source):
    """Return a Python source in which all but comments and strings is blanked, place by place."""
    original = source.splitlines(keepends=True)
    # What is between two tokens, such as the line end between two strings, separates no words.
    lines = [" " * len(line.rstrip("\n")) + "\n" for line in original]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name in ("NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER"):
            continue
        (first, begin), (last, end) = token.start, token.end
        for number in range(first - 1, last):
            left = begin if number == first - 1 else 0
            right = end if number == last - 1 else len(original[number])
            text = original[number][left:right]
            if name == "COMMENT":
                text = text.replace("#", " ", 1).replace("%%", "  ")
            elif "STRING" in name:
                if "f" in token.string[:2]:
                    text = EXPRESSION.sub(blanked, text)
                text = re.sub(r'^[fr]{0,2}"|"', lambda match: " " * len(match.group()), text)
            else:
                text = CODE * len(text)
            lines[number] = lines[number][:left] + text + lines[number][right:]
    return "".join(lines)


def faults_of_text(path, text):
    """Yield a line to print for each banned phrase in a prose."""
    text = LITERAL.sub(blanked, text)
    ends = [match.start() for match in re.finditer("\n", text)]
    for match in PATTERN.finditer(text):
        line = bisect_right(ends, match.start()) + 1
        found = " ".join(match.group().split())
        yield f'{path}:{line}: "{found}": write {PREFERRED[match.lastindex - 1]}'


def faults_of_file(path):
    """Yield the faults of a file, read as its suffix says."""
    text = path.read_text(encoding="utf-8")
    yield from faults_of_text(path, prose_of_program(text) if path.suffix == ".py" else text)


def main():
    """Print the faults found and return the exit status."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    paths = [path for pattern in DOCUMENTS + PROGRAMS for path in sorted(root.glob(pattern))]
    paths = [p for p in paths if not p.relative_to(root).as_posix().startswith(BUILT)]
    faults = [fault for path in paths for fault in faults_of_file(path)]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    print(f"{len(paths)} files checked, {len(faults)} faults")
    # Finding nothing to check means that this tool looked in the wrong place.
    return int(bool(faults) or not paths)


if __name__ == "__main__":
    sys.exit(main())
