"""Seeds, without use of the global generators."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state


def draw_seed(random_state):
    """Return a seed."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
