import numpy as np
import pytest

from sklearn_frictiongru.model_selection import compare_window_lengths

N_ROWS = 600
BLOCKS = {"block_length": 20, "scored": np.arange(N_ROWS)}


def compared(errors, losses=None, seed=0, n_repeats=5):
    """Return the comparison of models whose errors have the standard deviations given."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=N_ROWS)
    noise = rng.normal(size=N_ROWS)
    # Repeats and lengths share most of their errors, as those on the same rows do.
    predictions = {
        n: y + error * (0.9 * noise + 0.3 * rng.normal(size=(n_repeats, N_ROWS)))
        for n, error in errors.items()
    }
    if losses is None:
        losses = {
            n: error**2 * (1 + 0.05 * rng.normal(size=n_repeats)) for n, error in errors.items()
        }
    return compare_window_lengths(losses, predictions, y, {"mean": np.zeros(N_ROWS)}, **BLOCKS)


def test_history_that_matters():
    found = compared({1: 0.9, 10: 0.7, 50: 0.4, 100: 0.401})
    assert found.history.verdict == "yes"
    assert found.history.baseline == "window length 1"
    assert found.recommended_window_length == 50
    assert found.table["distinguishable"].tolist() == [True, True, False, False]
    assert found.table.loc[found.best_window_length, ["p_seeds", "p_blocks"]].isna().all()
    assert found.table["test_skill"].is_monotonic_increasing or found.best_window_length == 50
    assert found.notes == []


def test_history_that_does_not_matter():
    found = compared({1: 0.5, 10: 0.5, 50: 0.5})
    assert found.history.verdict == "no"
    assert found.recommended_window_length == 1


def test_level_over_blocks():
    verdicts = [compared({1: 0.5, 10: 0.5}, seed=seed).history.verdict for seed in range(100)]
    assert verdicts.count("yes") <= 10


def test_recommended_length_of_one_repeat_rests_on_blocks():
    found = compared({1: 0.9, 10: 0.4, 50: 0.39}, n_repeats=1)
    assert found.table["p_seeds"].isna().all()
    assert found.recommended_window_length == 10


def test_seeds_alone_can_tell_lengths_apart():
    losses = {1: [0.26, 0.27, 0.26], 10: [0.25, 0.255, 0.25]}
    found = compared({1: 0.5, 10: 0.5}, losses, n_repeats=3)
    assert found.table.loc[1, "p_seeds"] < 0.05 < found.table.loc[1, "p_blocks"]
    assert found.recommended_window_length == 10


def test_disagreement_is_noted():
    losses = {1: [0.3, 0.32], 10: [0.2, 0.21], 50: [0.1, 0.14]}
    found = compared({1: 0.4, 10: 0.5, 50: 0.6}, losses, n_repeats=2)
    assert found.best_window_length == 50
    assert "lowest test skill of all lengths" in found.notes[0]


def test_a_row_is_singular_and_lengths_may_be_those_of_numpy():
    losses = {np.int64(1): [0.1, 0.11], np.int64(10): [0.2, 0.24]}
    found = compared({np.int64(1): 0.6, np.int64(10): 0.4}, losses, n_repeats=2)
    assert "with 10 rows" in found.notes[0]
    assert "with 1 row, the length with the lowest validation loss" in found.notes[0]


def test_lengths_that_do_equally_well_do_not_disagree():
    noted = [bool(compared({1: 0.5, 10: 0.5, 50: 0.5}, seed=seed).notes) for seed in range(40)]
    assert np.mean(noted) <= 0.15


def test_a_failed_training_is_left_out():
    losses = {1: [0.9, 0.8, np.nan], 10: [0.3, 0.2, 0.25]}
    rng = np.random.default_rng(0)
    y = rng.normal(size=N_ROWS)
    predictions = {n: y + 0.1 * n * rng.normal(size=(3, N_ROWS)) for n in (1, 10)}
    predictions[1][2] = np.nan
    found = compare_window_lengths(losses, predictions, y, {"mean": np.zeros(N_ROWS)}, **BLOCKS)
    assert np.isfinite(found.table["test_skill"]).all()
    assert found.best_window_length == 10


def test_a_single_length_has_no_history_to_test():
    found = compared({5: 0.5})
    assert found.history is None
    assert found.recommended_window_length == found.best_window_length == 5


def test_too_few_blocks_give_no_p_value():
    rng = np.random.default_rng(0)
    y = rng.normal(size=N_ROWS)
    predictions = {n: y + rng.normal(size=(3, N_ROWS)) / n for n in (1, 10)}
    losses = {1: [0.9, 0.8, 0.85], 10: [0.3, 0.2, 0.25]}
    few = {"block_length": 150, "scored": np.arange(N_ROWS)}
    found = compare_window_lengths(losses, predictions, y, {"mean": np.zeros(N_ROWS)}, **few)
    assert found.history.verdict == "not clear"
    assert found.table["p_blocks"].isna().all()
    # The seeds alone tell the lengths apart.
    assert found.recommended_window_length == 10


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="expected the same window lengths"):
        compare_window_lengths(
            {1: [0.1]},
            {2: np.zeros((1, N_ROWS))},
            np.zeros(N_ROWS),
            {"m": np.zeros(N_ROWS)},
            **BLOCKS,
        )


class TestGivenUp:
    def compared(self, given_up):
        rng = np.random.default_rng(0)
        y = rng.normal(size=300)
        # Errors of seeds differ by more than those of lengths.
        scale = np.array([[1.0], [3.0], [2.0], [2.5]])
        predictions = {n: y + e * scale * rng.normal(size=(4, 300)) for n, e in ERRORS.items()}
        losses = {n: e**2 * scale[:, 0] ** 2 for n, e in ERRORS.items()}
        for length in given_up:
            predictions[length][1:] = np.nan
            losses[length] = np.where(np.arange(4) < 1, losses[length], np.nan)
        found = compare_window_lengths(
            losses,
            predictions,
            y,
            {"training mean": np.zeros(300)},
            block_length=10,
            scored=np.arange(300),
            given_up=given_up,
        )
        return found, {n: (y - p) ** 2 for n, p in predictions.items()}

    def test_they_are_neither_best_nor_recommended(self):
        # The first repeat, which is all that they have, is the best one.
        found, _ = self.compared([1, 5])
        assert found.table["validation_loss"].idxmin() == 5
        assert found.best_window_length == found.recommended_window_length == 20
        assert found.longer_window_length == 20

    def test_lengths_are_compared_over_common_repeats(self):
        found, errors = self.compared([1])
        expected = 1 - errors[found.longer_window_length][0].mean() / errors[1][0].mean()
        assert found.history.skill == pytest.approx(expected)

    def test_if_all_longer_ones_are_given_up_history_still_has_a_test(self):
        found, errors = self.compared([5, 20])
        assert found.best_window_length == found.recommended_window_length == 1
        assert found.longer_window_length == 20
        assert found.history.skill == pytest.approx(1 - errors[20][0].mean() / errors[1][0].mean())

    def test_all_given_up_is_an_error(self):
        with pytest.raises(ValueError, match=r"all window lengths \[1, 5, 20\] were given up"):
            self.compared([1, 5, 20])


ERRORS = {1: 0.5, 5: 0.45, 20: 0.4}
