"""Trained regressors as an ONNX graph, for use without Python."""

import io
import json
import warnings

import torch

from sklearn_frictiongru.neural_network._saving._own_units import module_of
from sklearn_frictiongru.utils.extras import import_extra
from sklearn_frictiongru.utils.files import whole_file


def export_onnx(regressor, path, dynamo):
    """Write a regressor as an ONNX file, completely or not at all."""
    write_graph(graph_of(regressor), regressor, path, dynamo)


def graph_of(regressor):
    """Return a regressor as a module that runtimes know: they lack convolutions in float64."""
    in_own_units = module_of(regressor)
    in_own_units.module.float()
    return in_own_units


def write_graph(model, regressor, path, dynamo, metadata=None):
    """Write a module as an ONNX file, completely or not at all."""
    onnx = import_extra("onnx", "onnx", "Writing ONNX")
    if dynamo:
        import_extra("onnxscript", "onnx", "Torch's newer ONNX exporter")
    model = model.eval()
    # Two windows, since a batch of one would become a fixed size.
    example = torch.zeros(
        2, regressor.window_length_, regressor.n_features_in_, dtype=torch.float64
    )
    names = {"input_names": ["windows"], "output_names": ["prediction"]}
    content = io.BytesIO()
    with warnings.catch_warnings():
        # That the exporter is deprecated, and that a GRU wants one batch size, which holds
        # only where its initial state is given.
        warnings.simplefilter("ignore")
        if dynamo:
            shapes = {"windows": {0: torch.export.Dim("n_windows")}}
            program = torch.onnx.export(
                model, (example,), dynamic_shapes=shapes, dynamo=True, verbose=False, **names
            )
            content.write(program.model_proto.SerializeToString())
        else:
            axes = {"windows": {0: "n_windows"}, "prediction": {0: "n_windows"}}
            torch.onnx.export(model, (example,), content, dynamic_axes=axes, dynamo=False, **names)
    written = content.getvalue()
    if metadata:
        graph = onnx.load_model_from_string(written)
        texts = {
            key: each if isinstance(each, str) else json.dumps(each)
            for key, each in metadata.items()
        }
        onnx.helper.set_model_props(graph, texts)
        written = graph.SerializeToString()
    with whole_file(path) as file:
        file.write(written)
