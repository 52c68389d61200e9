"""Types shared by several public signatures."""

from datetime import timedelta
from typing import TypeAlias

import numpy as np
import pandas as pd

RandomState: TypeAlias = int | np.random.RandomState | None

# Rows, or a time.
Duration: TypeAlias = int | str | timedelta | np.timedelta64 | pd.offsets.Tick
