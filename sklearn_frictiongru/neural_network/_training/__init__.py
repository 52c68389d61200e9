"""The training of a network, shared by fit, partial_fit, checkpoints and stacks."""
