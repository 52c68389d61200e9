"""Validate the docstrings of the public objects with numpydoc, from source alone.

numpydoc's own hook judges whole files: a helper without an underscore in a private module, a
nested function and a property's missing Returns section all count as faults there. It also reads
its settings from pyproject.toml alone where that file exists. So its rules are applied here to
what is public: the names in the ``__all__`` of a public module, their public methods and
properties, those that they inherit inside this package, and the modules with an ``__all__``.

Beyond numpydoc's rules every attribute has a type and every array a shape. Whatever is not public
has one sentence: there numpydoc sections are refused.
"""

import ast
import re
import sys
from pathlib import Path

from numpydoc.docscrape import NumpyDocString
from numpydoc.hooks.validate_docstrings import process_file
from numpydoc.validate import ERROR_MSGS

PACKAGE = Path("sklearn_frictiongru")

# An extended summary or a See Also section that has nothing to say is worse than none.
CHECKS = set(ERROR_MSGS) - {"ES01", "SA01"}
# A subpackage's docstring says in one line what is in it; the examples are with the names.
NOT_FOR_MODULES = {"EX01"}
# What scikit-learn's conventions tell the user already, and the example of the class shows.
CONVENTIONS = {
    "__call__",
    "fit",
    "fit_transform",
    "get_feature_names_out",
    "get_metadata_routing",
    "get_n_splits",
    "predict",
    "score",
    "split",
    "transform",
}
NOT_FOR_CONVENTIONS = {"EX01"}
# A property reads like an attribute: a noun, no Returns section, and shown with its class.
NOT_FOR_PROPERTIES = {"EX01", "RT01", "SS05"}

SECTIONS = set(NumpyDocString.sections) - {"Signature", "Summary", "Extended Summary", "index"}
SECTION = re.compile(rf"^({'|'.join(sorted(SECTIONS))})\n-{{3,}}$", re.MULTILINE)

ARRAY = re.compile(r"\b(?:array-like|ndarray|Series|DataFrame|WindowArray|Tensor)\b")
# An entry of a Bunch, "``raw`` : ndarray of shape (n_features,)", without its shape.
ENTRY_WITHOUT_SHAPE = re.compile(
    r"``(\w+)`` : (?:pandas\.)?(?:ndarray|Series|DataFrame)\b(?![^,.;]*\bshape\b)"
)


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
    """Return ``__all__`` of a module; nothing where there is none, or none that is a literal."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            try:
                return ast.literal_eval(node.value)
            except ValueError:
                return []
    return []


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


def is_overload(node):
    """Tell whether a function is one of several signatures, which has no docstring."""
    decorators = getattr(node, "decorator_list", ())
    return any(ast.unparse(decorator).endswith("overload") for decorator in decorators)


def spared_of(node):
    """Return the checks that a public class or function is spared."""
    decorators = {ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list}
    # The parameters of a dataclass are its fields, which numpydoc does not find in the source.
    return {"PR02"} if "dataclass" in decorators else set()


def find_definition(path, name):
    """Return the file and the syntax node that define `name`, following imports.

    The node is None where the name is a module or a plain value, which have no docstring of
    their own to judge here.
    """
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if is_overload(node):
            continue
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


def public_members(path, node):
    """Yield each public method of a class, where it stands, and the checks that it is spared.

    Those of its bases are yielded too, as far as these are defined in this package.
    """
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or is_overload(item):
            continue
        if item.name.startswith("_") and item.name not in CONVENTIONS:
            continue
        decorators = {ast.unparse(decorator) for decorator in item.decorator_list}
        spared = NOT_FOR_CONVENTIONS if item.name in CONVENTIONS else set()
        if decorators & {"property", "cached_property"}:
            spared = NOT_FOR_PROPERTIES
        yield path, f"{path.stem}.{node.name}.{item.name}", item, spared
    for base in node.bases:
        if isinstance(base, ast.Name):
            source, definition = find_definition(path, base.id)
            if definition is not None:
                yield from public_members(source, definition)


def objects_by_file():
    """Return, for each file, the nodes of its public objects and the checks each is spared."""
    found = {}

    def add(path, name, node, spared):
        found.setdefault(path, {})[name] = node, spared

    for module in public_modules():
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = exported_names(tree)
        if names:
            add(module, module.stem, tree, NOT_FOR_MODULES)
        for name in names:
            path, node = find_definition(module, name)
            if node is None:
                continue
            add(path, f"{path.stem}.{node.name}", node, spared_of(node))
            if isinstance(node, ast.ClassDef):
                for member in public_members(path, node):
                    add(*member)
    return found


def faults_of_types(node):
    """Yield what numpydoc does not judge: attributes without type, arrays without shape."""
    doc = NumpyDocString(ast.get_docstring(node) or "")
    for section in ("Parameters", "Attributes", "Returns", "Yields"):
        for name, kind, description in doc[section]:
            named = f'"{name or kind}" in {section}'
            if section == "Attributes" and not kind:
                yield f"TY01 {named} has no type"
            if ARRAY.search(kind) and "shape" not in kind:
                yield f"TY02 {named} is an array without a shape"
            for entry in ENTRY_WITHOUT_SHAPE.findall(" ".join(description)):
                yield f'TY02 "{entry}" of {named} is an array without a shape'


def faults_of_private(path, objects):
    """Yield the numpydoc sections in docstrings of what no ``__all__`` exports."""
    public = {getattr(node, "lineno", 0) for node, _ in objects.values()}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        line = getattr(node, "lineno", 0)
        if line in public:
            continue
        for section in SECTION.findall(ast.get_docstring(node) or ""):
            yield (
                f"{path}:{max(line, 1)}: {getattr(node, 'name', path.stem)}: PV01 a section "
                f'"{section}", but no __all__ exports it; say it in one sentence'
            )


def faults_of_file(path, objects):
    """Yield the faults of the public objects of a file, as lines to print."""
    others = re.compile(rf"^(?!(?:{'|'.join(map(re.escape, objects))})$)")
    config = {"checks": CHECKS, "exclude": others, "overrides": {}}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    overloads = {f"{path}:{node.lineno}" for node in ast.walk(tree) if is_overload(node)}
    for place, name, check, description in process_file(path, config):
        _, spared = objects[name]
        if check not in spared and place not in overloads:
            yield f"{place}: {name}: {check} {description}"
    for name, (node, _) in objects.items():
        for fault in faults_of_types(node):
            yield f"{path}:{getattr(node, 'lineno', 1)}: {name}: {fault}"


def main():
    """Print the faults found and return the exit status."""
    faults = checked = 0
    public = objects_by_file()
    for path in sorted(PACKAGE.rglob("*.py")):
        objects = public.get(path, {})
        checked += len(objects)
        found = list(faults_of_private(path, objects))
        if objects:
            found += faults_of_file(path, objects)
        for fault in found:
            faults += 1
            print(fault, file=sys.stderr)
    print(f"{checked} public docstrings checked, {faults} faults")
    # Finding nothing to check means that this tool looked in the wrong place.
    return int(faults > 0 or checked == 0)


if __name__ == "__main__":
    sys.exit(main())
