"""Trained regressors as an ONNX graph, for use without Python."""

import io
import json
import warnings
from copy import deepcopy

import numpy as np
import torch

from sklearn_frictiongru.neural_network._data._scales import Scales
from sklearn_frictiongru.utils.extras import import_extra
from sklearn_frictiongru.utils.files import whole_file


class InOwnUnits(torch.nn.Module):
    """A trained module between windows and predictions in their own units."""

    def __init__(self, module, scales):
        super().__init__()
        self.module = module.float()
        for name, values in vars(scales).items():
            self.register_buffer(name, torch.as_tensor(np.asarray(values, dtype=np.float64)))

    def forward(self, windows):
        """Predict from windows."""
        scales = Scales(self.X_offset, self.X_factor, self.y_offset, self.y_factor)
        predicted = self.module(scales.standardize_X(windows).to(torch.float32)).to(torch.float64)
        if predicted.shape[1:] != self.y_offset.shape:
            predicted = predicted.squeeze(-1)
        return scales.to_target_units(predicted)


class MeanOf(torch.nn.Module):
    """The mean of several modules between linear steps."""

    def __init__(self, members, of_X, of_y):
        super().__init__()
        self.members = torch.nn.ModuleList(members)
        for name, values in zip(("x_factor", "x_offset"), of_X, strict=True):
            self.register_buffer(name, torch.as_tensor(values, dtype=torch.float64))
        for name, values in zip(("t_factor", "t_offset"), of_y, strict=True):
            self.register_buffer(name, torch.as_tensor(values, dtype=torch.float64))

    def forward(self, windows):
        """Predict from windows."""
        windows = windows * self.x_factor + self.x_offset
        total = self.members[0](windows)
        for member in self.members[1:]:
            total = total + member(windows)
        return (total / len(self.members)) * self.t_factor + self.t_offset


def export_onnx(regressor, path, dynamo):
    """Write a regressor as an ONNX file, whole or not at all."""
    write_graph(graph_of(regressor), regressor, path, dynamo)


def graph_of(regressor):
    """Return a regressor as a module that takes windows and predicts, both in their own units."""
    module = deepcopy(regressor.net_.module_).cpu()
    # Exporters follow torch's own layers.
    module.backend = "torch"
    return InOwnUnits(module, Scales.of(regressor))


def write_graph(model, regressor, path, dynamo, metadata=None):
    """Write a module as an ONNX file, whole or not at all."""
    onnx = import_extra("onnx", "onnx", "Writing ONNX")
    if dynamo:
        import_extra("onnxscript", "onnx", "Torch's newer ONNX exporter")
    model = model.eval()
    # Two windows, since a batch of one would be taken for a fixed size.
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
