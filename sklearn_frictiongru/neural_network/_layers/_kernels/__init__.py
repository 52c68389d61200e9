"""The compiled passes of the layers; they import nothing of the package."""
