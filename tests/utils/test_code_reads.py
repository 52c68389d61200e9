"""A key changes with whatever code reads, by whatever way, or it is said that it cannot be told."""

import importlib
import sys

import pytest
import torch

from sklearn_frictiongru.utils.content_key import NoKeyError, content_key

OWN = "own_code_of_the_user"
HELPER = "own_helper_of_the_user"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return a function that writes modules anew and returns `loss` of the first."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(own, helper):
        for name in [name for name in sys.modules if name.startswith((OWN, HELPER))]:
            del sys.modules[name]
        # A file of its own each time: Python keeps the lines of those that it has read.
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        monkeypatch.syspath_prepend(folder)
        (folder / f"{OWN}.py").write_text(f"import torch\nimport {HELPER} as helper\n{own}")
        (folder / f"{HELPER}.py").write_text(helper)
        importlib.invalidate_caches()
        return importlib.import_module(OWN).loss

    yield make
    for name in [name for name in sys.modules if name.startswith((OWN, HELPER))]:
        del sys.modules[name]


READS = {
    "name": "def loss(): return helper.K",
    "import in a function": f"def loss():\n    from {HELPER} import K\n    return K",
    "module imported in a function": f"def loss():\n    import {HELPER} as h\n    return h.K",
    "import by text": f"""
import importlib
def loss(): return importlib.import_module("{HELPER}").K""",
    "module among those loaded": f"import sys\ndef loss(): return sys.modules['{HELPER}'].K",
    "getattr": "def loss(n=1): return getattr(helper, 'KL'[:n])",
    "vars": "def loss(): return vars(helper)['K']",
    "module as argument": "def of(module): return module.K\ndef loss(): return of(helper)",
    "module as default": "def loss(module=helper): return module.K",
    "module in a local variable": "def loss():\n    module = helper\n    return module.K",
    "module in a class": "class loss:\n    module = helper",
    "module in a closure": """
def made():
    module = helper
    def loss(): return module.K
    return loss
loss = made()""",
    "module in a list": "ALL = [helper]\ndef loss(): return ALL[0].K",
    "attribute of a function": "def loss(): return loss.k\nloss.k = helper.K",
    "wrapper": """
import functools
def scaled(function):
    @functools.wraps(function)
    def inner(*args): return function(*args) * helper.K
    return inner
@scaled
def loss(): return 1.0""",
    "cached": """
import functools
@functools.lru_cache
def cached(): return helper.K
def loss(): return cached()""",
    "partial method": """
import functools
class loss:
    def scaled(self, k): return k * helper.K
    forward = functools.partialmethod(scaled, 2.0)""",
    "dispatched by type": """
import functools
@functools.singledispatch
def by_type(value): return 0.0
@by_type.register
def _(value: float): return helper.K
def loss(): return by_type(1.0)""",
    "weak reference": """
import weakref
class Held: k = helper.K
held = Held()
reference = weakref.ref(held)
def loss(): return reference().k""",
    "metaclass": """
class Meta(type):
    @property
    def k(cls): return helper.K
class loss(metaclass=Meta): pass""",
    "descriptor": """
class Descriptor:
    def __get__(self, instance, owner): return helper.K
class loss: k = Descriptor()""",
    "class attribute that an instance may replace": """
class loss:
    scale = helper.K
    def set_scale(self, scale): self.scale = scale""",
    "data class": """
import dataclasses
@dataclasses.dataclass
class Settings: scale: float = helper.K
def loss(): return Settings().scale""",
    "instance with slots": """
class Base: __slots__ = ("k",)
class Settings(Base): pass
settings = Settings()
settings.k, settings.other = helper.K, 2.0
def loss(): return settings.k""",
    "default of a dictionary": """
import collections
TABLE = collections.defaultdict(lambda: helper.K)
def loss(): return TABLE.default_factory()""",
    "autograd function": """
class Passes(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x
    @staticmethod
    def backward(ctx, gradient): return gradient * helper.K
def loss(): return Passes.apply""",
    "hook": """
loss = torch.nn.Identity()
loss.register_forward_hook(lambda module, given, returned: returned * helper.K)""",
    "numba": """
import numba
@numba.njit
def compiled(x): return x * K
K = helper.K
def loss(): return compiled(1.0)""",
    "environment": """
import os
os.environ["OWN_K_OF_THE_USER"] = str(helper.K)
def loss(): return os.environ["OWN_K_OF_THE_USER"]""",
    "sparse tensor": "T = torch.tensor([0.0, helper.K]).to_sparse()\ndef loss(): return T",
    "conjugate": "T = torch.tensor([1j * helper.K]).conj()\ndef loss(): return T",
    "mask": """
import numpy as np
A = np.ma.array([1.0, 2.0], mask=[False, helper.K > 5])
def loss(): return A.sum()""",
    "lists in a table": """
import pandas as pd
T = pd.DataFrame({"a": [[1.0, helper.K], [2.0]]})
def loss(): return T""",
    "set that holds its owner": """
class Node: k = helper.K
node = Node()
node.all = {node}
def loss(): return node.k""",
}
SUBCLASSES = {
    base: f"""
import enum, typing, numpy as np
class Own({base}):
    {body}
    def value(self): return helper.K
OWN = {instance}
def loss(): return OWN.value()"""
    for base, body, instance in [
        ("dict", "", "Own()"),
        ("list", "", "Own()"),
        ("float", "", "Own(2.0)"),
        ("typing.NamedTuple", "k: float = 1.0", "Own()"),
        ("str, enum.Enum", "A = 'a'", "Own.A"),
        ("enum.Enum", "A = 1", "Own.A"),
        ("np.ndarray", "", "np.zeros(2).view(Own)"),
        ("torch.Tensor", "", "torch.zeros(2).as_subclass(Own)"),
    ]
}


@pytest.mark.parametrize("own", [*READS.values(), *SUBCLASSES.values()], ids=[*READS, *SUBCLASSES])
def test_what_code_reads_counts(made, own):
    key = content_key(made(own, "K = 1.0\nL = 2.0\n"))
    assert content_key(made(own, "# a comment\nK = 1.0\nL = 2.0\n")) == key
    assert content_key(made(own, "K = 9.0\nL = 2.0\n")) != key


@pytest.mark.parametrize("own", [READS["name"], READS["import in a function"]])
def test_what_it_does_not_read_of_a_module_does_not_count(made, own):
    assert content_key(made(own, "K = 1.0\nL = 2.0\n")) == content_key(made(own, "K = 1.0\n"))


@pytest.mark.parametrize("name", ["a package of packages", "from a package", "relative"])
def test_packages_of_the_users_own(tmp_path, monkeypatch, name):
    read = {
        "a package of packages": f"import {HELPER}.inner.deep\n"
        f"def loss(): return {HELPER}.inner.deep.value()",
        "from a package": f"def loss():\n    from {HELPER}.inner import deep\n"
        "    return deep.value",
        "relative": f"from {HELPER}.inner.loss import loss",
    }[name]
    keys = []
    for k in ("1.0", "1.0", "9.0"):
        folder = tmp_path / str(len(keys))
        inner = folder / HELPER / "inner"
        inner.mkdir(parents=True)
        (inner.parent / "__init__.py").write_text("")
        (inner / "__init__.py").write_text("")
        (inner / "deep.py").write_text("from . import values\ndef value(): return values.K\n")
        (inner / "values.py").write_text(f"K = {k}\n")
        (inner / "loss.py").write_text("def loss():\n    from .deep import value\n    return value")
        (folder / f"{OWN}.py").write_text(read)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "dont_write_bytecode", True)
            patch.syspath_prepend(folder)
            keys.append(content_key(importlib.import_module(OWN).loss))
        for each in [each for each in sys.modules if each.startswith((OWN, HELPER))]:
            del sys.modules[each]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("own", "cause"),
    [
        ("K = 1.0\ndef loss(): return eval('K')", "loss calls eval"),
        ("K = 1.0\ndef loss(): return globals()['K']", "loss calls globals"),
        (
            "import importlib\ndef loss(name): return importlib.import_module(name)",
            "loss finds a module by import_module",
        ),
        (
            "K = helper.K\ndef loss():\n    global K\n    K = K + 1\n    return K",
            "K is changed by the code that reads it",
        ),
        (
            "import numpy as np\nK = np.frompyfunc(lambda x: x, 1, 1)\ndef loss(): return K(1)",
            "K: .* is compiled",
        ),
    ],
)
def test_what_cannot_be_told_is_named(made, own, cause):
    with pytest.raises(NoKeyError, match=cause):
        content_key(made(own, "K = 1.0\n"))


COUNTERS = {
    "global": "N = {}\ndef loss():\n    global N\n    N += 1\n    return N",
    "data class": "import dataclasses\n@dataclasses.dataclass\nclass loss:\n    k: int = 1\n"
    "    N = {}\n    def __post_init__(self): type(self).N += 1",
    "class": "class loss:\n    N = {}\n    def __init__(self): loss.N += 1",
}


@pytest.mark.parametrize("own", COUNTERS.values(), ids=COUNTERS)
def test_a_count_of_calls_counts_by_what_it_begins_with(made, own):
    loss = made(own.format(0), "")
    key = content_key(loss)
    loss()
    assert content_key(loss) == key
    assert content_key(made(own.format(5), "")) != key


def test_a_documentation_string_does_not_count(made):
    one, other = (f'def loss():\n    """{text}."""\n    return 1' for text in ("One", "Other"))
    assert content_key(made(one, "")) == content_key(made(other, ""))


def test_what_the_order_of_a_dictionary_means_to_code_counts(made):
    one = made("STEPS = {'a': 1, 'b': 2}\ndef loss(): return list(STEPS)", "")
    other = made("STEPS = {'b': 2, 'a': 1}\ndef loss(): return list(STEPS)", "")
    assert content_key(one) != content_key(other)


def test_the_order_of_layers_counts():
    layers = {"one": torch.nn.Tanh(), "other": torch.nn.ReLU()}
    turned = dict(reversed(layers.items()))
    assert content_key(torch.nn.ModuleDict(layers)) != content_key(torch.nn.ModuleDict(turned))


def test_use_does_not_change_a_key(made):
    hooked = "class loss(torch.optim.SGD):\n    def step(self): return super().step()"
    for own, use in [
        (hooked, lambda loss: loss([torch.nn.Parameter(torch.zeros(1))], lr=0.1)),
        (READS["dispatched by type"], lambda loss: loss()),
        (READS["cached"], lambda loss: loss()),
        (READS["numba"], lambda loss: loss()),
    ]:
        loss = made(own, "K = 1.0\nL = 2.0\n")
        key = content_key(loss)
        use(loss)
        assert content_key(loss) == key


def test_hooks_of_other_modules_do_not_change_a_key():
    def hooked():
        module = torch.nn.Identity()
        module.register_forward_hook(print)
        return module

    assert content_key(hooked()) == content_key(hooked())


def test_a_module_of_the_users_own_may_have_the_name_of_a_standard_one(tmp_path, monkeypatch):
    keys = []
    for k in (1, 1, 9):
        folder = tmp_path / str(len(keys))
        folder.mkdir()
        (folder / "symtable.py").write_text(f"K = {k}\ndef loss(): return K\n")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "dont_write_bytecode", True)
            patch.syspath_prepend(folder)
            patch.delitem(sys.modules, "symtable", raising=False)
            keys.append(content_key(importlib.import_module("symtable").loss))
            del sys.modules["symtable"]
    assert keys[0] == keys[1] != keys[2]
