"""The classical law of rock friction, as a regressor."""

from sklearn_frictiongru.rate_state._regressor import RateStateRegressor

__all__ = ["RateStateRegressor"]
