"""The rate-and-state law beside the network."""

import numpy as np
import pandas as pd
import pytest

from tests.study._records import known_record


def test_the_classical_law_stands_beside_the_network(beside_the_law):
    study = beside_the_law
    law = study.law.model
    assert law.a_minus_b_ == pytest.approx(-0.005, rel=0.02)
    # It knows the form of the truth, so that it is hard to beat, and saw training rows only.
    assert (study.law.skill["skill"] > 0.9).all()
    assert law.n_features_in_ == 2
    training = np.flatnonzero(study.parts == "training")
    assert (
        len(
            law.predict(
                known_record()[0]
                .rename(columns={"driver": "bystander", "bystander": "slip_velocity_m_s"})
                .abs()
            )
        )
        == 900
    )
    assert len(training) < 900
    table = pd.read_csv(study.report.parent / "predictions.csv")
    scored = table["part"] == "test"
    mse = np.mean((table["predicted_law"] - table["measured"])[scored] ** 2)
    assert study.law.skill.loc["test", "mse"] == pytest.approx(mse)
    page = study.report.read_text(encoding="utf-8")
    assert (
        "The rate-and-state law, fitted to the velocity of the training rows, has a skill of"
        in (page)
    )
    assert "Rate-and-state law: friction follows velocity as at steady state" in page
    assert (study.report.parent / "skill_of_law.csv").exists()
