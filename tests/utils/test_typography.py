"""Minus signs and en dashes in what is printed."""

import pytest

from sklearn_frictiongru.utils.typography import plain, range_label, signed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-0.50", "−0.50"),
        ("skill -1.14 and -.5", "skill −1.14 and −.5"),
        ("(-3)", "(−3)"),
        ("3 - 2", "3 - 2"),
        ("2026-11-26", "2026-11-26"),
        ("run-2, rate-and-state, BSD-3-Clause", "run-2, rate-and-state, BSD-3-Clause"),
        ("--seed -5", "--seed −5"),
    ],
)
def test_hyphens_before_numbers_are_minus_signs(text, expected):
    assert signed(text) == expected
    assert plain(signed(text)) == text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2-4 MPa", "2–4 MPa"),
        ("0.5-1", "0.5–1"),
        ("1e-06-3e-06 m/s", "1e-06–3e-06 m/s"),
        ("-2 to -1", "−2 to −1"),
        ("-0.001 to 2 MPa", "−0.001 to 2 MPa"),
        ("10 MPa", "10 MPa"),
        ("sample-1", "sample-1"),
        ("2026-11-26", "2026-11-26"),
        ("A 1-2", "A 1-2"),
    ],
)
def test_ranges_have_en_dashes(name, expected):
    assert range_label(name) == expected
