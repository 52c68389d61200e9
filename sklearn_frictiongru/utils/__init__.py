"""Helpers that every subpackage above may use."""
