"""Frictional heat in a half-space that loses heat to its holder."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve, lfilter
from scipy.special import erfc, erfcx, exprel

DEPTHS = 64
"""Number of depths at which the heat balance samples the temperature."""

DEEPEST = 12.0
"""Largest of these depths, in diffusion lengths sqrt(alpha t): exp(-36) of the rise is left."""


@dataclass(frozen=True)
class HalfSpace:
    """One side of a sliding surface, initially at uniform temperature and heated at its surface.

    The rise T of temperature above that of the holder obeys

    dT/dt = alpha d2T/dz2 - T / loss_time,    -alpha rho c dT/dz = flux at z = 0:

    every depth loses heat to the holder in proportion to its rise, like a rod through its
    lateral surface, so that a heat pulse decays as exp(-t / loss_time) while it spreads.
    """

    # Thermal diffusivity alpha [m2/s].
    diffusivity: float
    # Heat capacity per volume, rho c [J/(m3 K)].
    heat_capacity: float
    # Time constant of the loss to the holder [s], at most 1e9: beyond that, the step response is
    # a difference of numbers that double precision cannot resolve.
    loss_time: float

    def step_response(self, times, depth):
        """Return the rise under a flux of 1 W/m2 that began at time zero.

        It is the integral of exp(-depth^2 / (4 alpha s) - s / loss_time) /
        (rho c sqrt(pi alpha s)) over s from 0 to the time.
        """
        reach = np.sqrt(self.diffusivity * self.loss_time)
        # At time zero x is infinite below the surface and 0 on it; its square must stay finite.
        x = depth / np.maximum(2 * np.sqrt(self.diffusivity * times), 1e-100)
        y = np.sqrt(times / self.loss_time)
        faded = np.exp(-(x**2) - y**2)
        # exp(-2 x y) erfc(x - y) - exp(2 x y) erfc(x + y). Where the exponential overflows or erfc
        # vanishes, erfcx keeps both in one number.
        inward = np.where(
            x > y,
            erfcx(np.maximum(x - y, 0)) * faded,
            np.exp(-depth / reach) * erfc(np.minimum(x - y, 0)),
        )
        difference = inward - erfcx(x + y) * faded
        return reach / (2 * self.diffusivity * self.heat_capacity) * difference

    def rise(self, flux, time_step, depth):
        """Return the rise of temperature under a flux that is constant over each time step."""
        return _convolve(flux, self.weights(len(flux), time_step, depth))

    def weights(self, n_steps, time_step, depth):
        """Return the rise caused by a flux of 1 W/m2 during one step."""
        return np.diff(self.step_response(time_step * np.arange(n_steps + 1), depth))

    def stored(self, flux, time_step):
        """Return the heat stored in the half-space."""
        decay = time_step / self.loss_time
        return np.append(0.0, lfilter([time_step * exprel(-decay)], [1, -np.exp(-decay)], flux))

    def balance(self, flux, time_step):
        """Return the stored and the lost heat, found from the temperature at many depths."""
        times = time_step * np.arange(len(flux) + 1)
        depths, shares = self._depths(times[-1])
        # Responses are summed over depths before the convolution: one convolution, not 64.
        response = np.zeros(len(times))
        for depth, share in zip(depths, shares, strict=True):
            response += share * self.step_response(times, depth)
        stored = self.heat_capacity * _convolve(flux, np.diff(response))
        lost = np.trapezoid(stored, dx=time_step) / self.loss_time
        return float(flux.sum() * time_step), float(stored[-1]), float(lost)

    def _depths(self, duration):
        """Return depths and weights of a quadrature over depth, dense near the surface."""
        nodes, shares = np.polynomial.legendre.leggauss(DEPTHS)
        deepest = DEEPEST * np.sqrt(self.diffusivity * min(duration, 9 * self.loss_time))
        nodes = (nodes + 1) / 2
        return deepest * nodes**3, deepest * 1.5 * nodes**2 * shares


def _convolve(flux, weights):
    """Return the response at the start and at the end of each step."""
    return np.append(0.0, fftconvolve(flux, weights)[: len(flux)])
