"""What the network gets: windows, their order, batches and scales."""
