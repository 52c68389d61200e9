"""Types that several public signatures share."""

from typing import TypeAlias

import numpy as np

RandomState: TypeAlias = int | np.random.RandomState | None
