"""Seeds, drawn without the global generators."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state


def draw_seed(random_state):
    """Return a seed."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def with_seed(estimator, seed):
    """Return a clone with every `random_state` in it set to a seed."""
    estimator = clone(estimator)
    params = {"": estimator, **estimator.get_params(deep=True)}
    for name in params:
        # Set where it belongs: `set_params` of the whole would read all parameters again.
        owner, _, last = name.rpartition("__")
        if last == "random_state":
            params[owner].set_params(random_state=int(seed))
    return estimator
