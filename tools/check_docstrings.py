"""Validate the docstrings of the public objects with numpydoc, from source alone.

numpydoc's own hook judges whole files: a helper without an underscore in a private module, a
nested function and a property's missing Returns section all count as faults there. It also reads
its settings from pyproject.toml alone where that file exists. So its rules are applied here to
what users can import: the names in ``__all__`` of the public modules, their public methods and
properties, and those modules themselves.
"""

import ast
import re
import sys
from pathlib import Path

from numpydoc.hooks.validate_docstrings import process_file
from numpydoc.validate import ERROR_MSGS

PACKAGE = Path("sklearn_frictiongru")

# An extended summary or a See Also section that has nothing to say is worse than none.
CHECKS = set(ERROR_MSGS) - {"ES01", "SA01"}
# The example of a class shows its methods at work.
NOT_FOR_MEMBERS = {"EX01"}
# A property reads like an attribute: a noun, and no Returns section.
NOT_FOR_PROPERTIES = {"EX01", "RT01", "SS05"}


def public_modules():
    """Yield the files whose dotted path has no private part."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        parents, name = parts[:-1], parts[-1]
        if not any(part.startswith("_") for part in parents) and (
            name == "__init__" or not name.startswith("_")
        ):
            yield path


def exported_names(tree):
    """Return ``__all__`` of a module, or the public names it defines where there is none."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return ast.literal_eval(node.value)
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]


def module_file(path, node):
    """Return the file that a ``from ... import`` statement in `path` reads from, or None."""
    parts = node.module.split(".") if node.module else []
    if node.level:
        base = path.parents[node.level - 1]
    elif parts[:1] == [PACKAGE.name]:
        base, parts = PACKAGE, parts[1:]
    else:
        return None
    target = base.joinpath(*parts)
    return target / "__init__.py" if target.is_dir() else target.with_suffix(".py")


def find_definition(path, name):
    """Return the file and the syntax node that define `name`, following imports.

    The node is None where the name is a module or a plain value, which have no docstring of
    their own to judge here.
    """
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return path, node
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    source = module_file(path, node)
                    if source is None or not source.exists():
                        return path, None
                    return find_definition(source, alias.name)
    return path, None


def public_members(node):
    """Yield the name of each public method of a class and whether it is a property."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
            decorators = {ast.unparse(decorator) for decorator in item.decorator_list}
            yield item.name, bool(decorators & {"property", "cached_property"})


def objects_by_file():
    """Return, for each file, its public objects and the checks that each is spared."""
    spared = {}
    for module in public_modules():
        tree = ast.parse(module.read_text(encoding="utf-8"))
        # An empty file only makes a folder importable.
        if not tree.body:
            continue
        spared.setdefault(module, {})[module.stem] = NOT_FOR_MEMBERS
        for name in exported_names(tree):
            path, node = find_definition(module, name)
            if node is None:
                continue
            objects = spared.setdefault(path, {})
            objects[f"{path.stem}.{node.name}"] = set()
            if isinstance(node, ast.ClassDef):
                for member, is_property in public_members(node):
                    objects[f"{path.stem}.{node.name}.{member}"] = (
                        NOT_FOR_PROPERTIES if is_property else NOT_FOR_MEMBERS
                    )
    return spared


def main():
    """Print the faults found and return the exit status."""
    faults = checked = 0
    for path, spared in objects_by_file().items():
        checked += len(spared)
        others = re.compile(rf"^(?!(?:{'|'.join(map(re.escape, spared))})$)")
        config = {"checks": CHECKS, "exclude": others, "overrides": {}}
        for place, name, check, description in process_file(path, config):
            if check not in spared[name]:
                faults += 1
                print(f"{place}: {name}: {check} {description}", file=sys.stderr)
    print(f"{checked} public docstrings checked, {faults} faults")
    # Finding nothing to check means that this tool looked in the wrong place.
    return int(faults > 0 or checked == 0)


if __name__ == "__main__":
    sys.exit(main())
