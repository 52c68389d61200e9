"""Fitted models as files and as tensors."""
