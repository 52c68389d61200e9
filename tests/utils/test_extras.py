"""Libraries of extras: there, or named with what installs them."""

import json
import sys

import pytest

from sklearn_frictiongru.utils.extras import import_extra


def test_a_library_that_is_there_is_imported():
    assert import_extra("json", "io", "Saving") is json
    assert import_extra("json.decoder", "io", "Saving") is json.decoder


@pytest.mark.parametrize("module", ["safetensors", "safetensors.torch"])
def test_a_missing_library_is_named_with_its_extra(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as caught:
        import_extra(module, "io", "Saving a model")
    assert str(caught.value) == (
        "Saving a model needs safetensors, which is not installed. Install it with: "
        "pip install 'sklearn_frictiongru[io]'"
    )
    assert isinstance(caught.value.__cause__, ImportError)
