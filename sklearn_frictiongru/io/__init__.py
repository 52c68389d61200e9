"""Laboratory files: read as records, and written from simulations."""
