"""A trained network for other programs: ONNX, PyTorch, Keras."""

from ikura.model.export.formats import FORMATS, export_model, format_of
from ikura.model.export.layers import unknown_layers

__all__ = ["FORMATS", "export_model", "format_of", "unknown_layers"]
