"""What code reads from outside itself: values of global names, modules, initial values."""

import ast
import builtins
import dis
import importlib
import importlib.util
import linecache
import os
import sys
from types import CodeType, FunctionType, ModuleType

from sklearn_frictiongru.utils.libraries import is_library, is_library_file

LOADS_GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
LOADS_ATTRIBUTE = {"LOAD_ATTR", "LOAD_METHOD"}
STORES_GLOBAL = {"STORE_GLOBAL", "DELETE_GLOBAL"}
NO_STEP = {"CACHE", "EXTENDED_ARG", "NOP", "PUSH_NULL"}

EVALUATES = {"eval", "exec", "globals"}
IMPORTS = {"__import__", "import_module", "modules"}
READS_ENVIRONMENT = {"environ", "environb", "getenv"}


class NoKeyError(ValueError):
    """It cannot be determined what a value depends on."""


def values_read(code, values):
    """Yield what code reads from the global values of its module, each with its name."""
    changed = _written_globals(code)
    for each in _codes(code):
        steps = [step for step in dis.get_instructions(each) if step.opname not in NO_STEP]
        for i, step in enumerate(steps):
            if step.opname == "IMPORT_NAME":
                yield from _imported(steps, i, values)
            elif step.opname in LOADS_GLOBAL:
                name = step.argval
                if name in changed:
                    yield name, initial_value(code, name)
                elif name in values and name != "__file__":
                    yield _follow(name, values[name], steps[i + 1 :])
                elif name in EVALUATES and hasattr(builtins, name):
                    raise NoKeyError(f"{each.co_name} calls {name}")
    names = {name for each in _codes(code) for name in each.co_names}
    if names & IMPORTS and ("modules" not in names or "sys" in names):
        yield from _imported_by_text(code, names)
    if names & READS_ENVIRONMENT:
        for name in sorted(_texts(code) & set(os.environ)):
            yield name, os.environ[name]


def attributes_written(function, class_name):
    """Return the attributes that a function in a class may assign to the class itself."""
    owner = {class_name, "type", "__class__"}
    is_of_class = isinstance(function, classmethod)
    function = getattr(function, "__func__", function)
    if isinstance(function, property):
        parts = (function.fget, function.fset, function.fdel)
        return set().union(*(attributes_written(each, class_name) for each in parts))
    if not isinstance(function, FunctionType):
        return set()
    # `__class__` among the free variables comes from `super()`.
    mentioned = {name for each in _codes(function.__code__) for name in each.co_names}
    if not is_of_class and not mentioned & owner:
        return set()
    return attributes_assigned(function)


def attributes_assigned(function):
    """Return the names of the attributes that a function assigns, to any object."""
    return _arguments(function.__code__, {"STORE_ATTR"})


def initial_value(code, name):
    """Return what a file first assigns to a name that its own code changes later."""
    lines = linecache.getlines(code.co_filename)
    found = []
    try:
        for node in ast.walk(ast.parse("".join(lines))):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", 0)]
            if isinstance(node, ast.Assign | ast.AnnAssign) and any(
                isinstance(target, ast.Name) and target.id == name for target in targets
            ):
                found.append(ast.unparse(node.value))
                ast.literal_eval(found[-1])
    except (SyntaxError, ValueError) as error:
        raise NoKeyError(f"{name} is changed by the code that reads it") from error
    if not found:
        raise NoKeyError(f"{name} is changed by the code that reads it")
    return found


def _codes(code):
    """Yield a code object and all inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _arguments(code, operations):
    """Return the arguments of some operations."""
    return {
        step.argval
        for each in _codes(code)
        for step in dis.get_instructions(each)
        if step.opname in operations
    }


def _written_globals(code):
    return _arguments(code, STORES_GLOBAL)


def _texts(code):
    """Return the text constants of a code object."""
    return {text for each in _codes(code) for text in each.co_consts if isinstance(text, str)}


def _follow(name, value, steps):
    """Return a value, or the attribute of the user's own module that is read from it."""
    for step in steps:
        if not isinstance(value, ModuleType) or is_library(value.__name__):
            break
        if step.opname not in LOADS_ATTRIBUTE or not hasattr(value, step.argval):
            break
        if step.argval not in vars(value):
            # It comes from the module's own `__getattr__`.
            break
        name, value = f"{name}.{step.argval}", vars(value)[step.argval]
    return name, value


def _imported(steps, i, values):
    """Yield what an import inside a function reads from the user's own modules."""
    name, level, listed = steps[i].argval, steps[i - 2].argval, steps[i - 1].argval
    package = values.get("__package__") or (values.get("__name__") or "").rpartition(".")[0]
    try:
        name = importlib.util.resolve_name("." * level + name, package) if level else name
    except ImportError:
        return
    module = own_module(name)
    if module is None:
        return
    if not listed:
        yield name, module
        return
    for attribute in listed:
        yield (
            f"{name}.{attribute}",
            getattr(module, attribute, None) or own_module(f"{name}.{attribute}"),
        )


def _imported_by_text(code, names):
    """Yield the user's own modules whose names are text constants in code that imports by text."""
    found = [text for text in _texts(code) if _is_module(text)]
    if not found:
        raise NoKeyError(f"{code.co_name} finds a module by {sorted(names & IMPORTS)[0]}")
    for text in sorted(found):
        yield text, own_module(text)


def _is_module(text):
    if not all(part.isidentifier() for part in text.split(".")):
        return False
    try:
        return text in sys.modules or importlib.util.find_spec(text) is not None
    except (ImportError, ValueError):
        return False


def own_module(name):
    """Return a module of the user's own, imported if necessary; None for any other module."""
    package = name.partition(".")[0]
    try:
        if package not in sys.modules:
            spec = importlib.util.find_spec(package)
            if spec is None or (spec.origin and is_library_file(spec.origin)):
                return None
        if is_library(package):
            return None
        return importlib.import_module(name)
    except Exception:
        # The code that imports it has to do without it as well.
        return None
