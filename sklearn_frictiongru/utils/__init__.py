"""Helpers that every room above may use."""
