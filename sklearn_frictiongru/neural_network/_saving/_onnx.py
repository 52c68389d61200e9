"""A trained regressor as an ONNX graph, for use without Python."""

import io
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


def export_onnx(regressor, path, dynamo):
    """Write a regressor as an ONNX file, whole or not at all."""
    import_extra("onnx", "onnx", "Writing ONNX")
    if dynamo:
        import_extra("onnxscript", "onnx", "Torch's newer ONNX exporter")
    module = deepcopy(regressor.net_.module_).cpu()
    # Exporters follow torch's own layers.
    module.backend = "torch"
    model = InOwnUnits(module, Scales.of(regressor)).eval()
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
    with whole_file(path) as file:
        file.write(content.getvalue())
