"""Helpers that all subpackages may use."""
