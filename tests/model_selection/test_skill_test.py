import numpy as np
import pytest

from sklearn_frictiongru.model_selection import RunHoldout, skill_test
from sklearn_frictiongru.utils.skill import naive_baselines

N_ROWS = 1500


def memory_record(rng):
    """Return an input and a target whose oracle explains 30 %."""
    x = rng.normal(size=N_ROWS)
    return x, np.convolve(x, np.ones(4) / 2)[:N_ROWS] + rng.normal(
        scale=np.sqrt(7 / 3), size=N_ROWS
    )


def white_record(rng):
    return rng.normal(size=(2, N_ROWS))


def walk_record(rng):
    return rng.normal(size=(2, N_ROWS)).cumsum(axis=1)


def rotated_least_squares(x, y):
    """Return the test of least squares on ten lags over a rotated holdout."""
    windows = np.stack([np.roll(x, lag) for lag in range(10)] + [np.ones(N_ROWS)], axis=1)
    predictions, baselines = np.full(N_ROWS, np.nan), {}
    for rotation in RunHoldout(window_length=10).rotations():
        parts = rotation.parts(x[:, None])
        training, tested = np.flatnonzero(parts == "training"), parts == "test"
        weights = np.linalg.lstsq(windows[training], y[training], rcond=None)[0]
        predictions[tested] = windows[tested] @ weights
        for name, values in naive_baselines(y, training).items():
            baselines.setdefault(name, np.full(N_ROWS, np.nan))[tested] = values[tested]
    return skill_test(y, predictions, baselines, block_length=N_ROWS // 10)


@pytest.mark.parametrize(
    ("record", "fewest", "most"),
    [(white_record, 0, 0.05), (walk_record, 0, 0.1), (memory_record, 0.9, 1)],
)
def test_level_and_power(record, fewest, most):
    verdicts = [
        rotated_least_squares(*record(np.random.default_rng(seed))).verdict for seed in range(30)
    ]
    assert fewest <= np.mean([verdict == "yes" for verdict in verdicts]) <= most


def test_noise_is_no_and_not_only_unclear():
    assert rotated_least_squares(*white_record(np.random.default_rng(0))).verdict == "no"


def test_skill_and_difference_are_those_of_the_errors():
    rng = np.random.default_rng(0)
    y, noise = rng.normal(size=(2, 200))
    found = skill_test(y, y + 0.5 * noise, {"zero": np.zeros(200)}, block_length=20)
    assert found.skill == pytest.approx(1 - 0.25 * np.mean(noise**2) / np.mean(y**2))
    assert found.mean_difference == pytest.approx(np.mean(y**2) - 0.25 * np.mean(noise**2))
    assert found.skill_low < found.skill < found.skill_high
    assert (found.baseline, found.n_blocks, found.n_rows) == ("zero", 10, 200)


def test_the_best_baseline_and_every_other_must_be_beaten():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    better, worse = y + 0.1 * rng.normal(size=(2, 300))
    baselines = {"worse": np.zeros(300), "better": better}
    found = skill_test(y, worse, baselines, block_length=20)
    assert found.baseline == "better"
    assert found.verdict != "yes"
    assert skill_test(y, worse, {"worse": np.zeros(300)}, block_length=20).verdict == "yes"


def test_each_baseline_has_a_comparison_of_its_own():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    baselines = {"zero": np.zeros(300), "uneven": np.where(np.arange(300) < 60, 9.0, 0.0)}
    both = skill_test(y, 0.5 * y, baselines, block_length=20)
    assert list(both.against) == list(baselines)
    for name, values in baselines.items():
        alone = skill_test(y, 0.5 * y, {name: values}, block_length=20)
        found = both.against[name]
        assert found.baseline_mse == pytest.approx(np.mean((y - values) ** 2))
        assert found.skill == pytest.approx(alone.skill)
        assert found.skill == pytest.approx(1 - 0.25 * np.mean(y**2) / found.baseline_mse)
        if alone.block_length == both.block_length:
            assert found[2:] == pytest.approx(tuple(alone.against[name])[2:])
    zero, uneven = both.against["zero"], both.against["uneven"]
    # The verdict needs both: that of uneven errors decides, though its skill is the higher one.
    assert both.baseline == "zero"
    assert (both.skill, both.skill_low, both.skill_high) == zero[1:4]
    assert uneven.skill > zero.skill
    assert both.p_value == uneven.p_value > zero.p_value
    assert f"p = {both.p_value:.2g} (against uneven) over" in str(both)
    assert "against" not in str(skill_test(y, 0.5 * y, {"zero": np.zeros(300)}, block_length=20))
    assert both.detectable_skill == uneven.detectable_skill > zero.detectable_skill


def test_losses_are_averaged_over_repeats():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    both = skill_test(y, [y, np.zeros(200)], {"zero": np.zeros(200)}, block_length=20)
    assert both.skill == pytest.approx(0.5)


def test_too_few_blocks_are_not_clear():
    y = np.random.default_rng(0).normal(size=400)
    found = skill_test(y, y, {"zero": np.zeros(400)}, block_length=100)
    assert found.verdict == "not clear"
    assert "these 400 rows lie in 4 independent blocks of up to 100 rows" in str(found)
    assert np.isnan(found.p_value)
    assert (found.skill_low, found.skill_high, found.detectable_skill) == (-np.inf, 1.0, np.inf)


@pytest.mark.parametrize(
    ("cut", "shown", "enough"),
    [
        # Rows of five blocks of 40 that are not scored; (sum of sizes)^2 / sum of their squares.
        (0, "5", True),
        (1, "5", True),  # 199**2 / (4 * 40**2 + 39**2) = 4.9995
        (15, "4.9", False),  # 185**2 / (4 * 40**2 + 25**2) = 4.872
        (30, "4.4", False),  # 170**2 / (4 * 40**2 + 10**2) = 4.446
    ],
)
def test_a_block_that_is_cut_short_counts_less(cut, shown, enough):
    y = np.random.default_rng(0).normal(size=200)
    found = skill_test(
        y, 0.9 * y, {"zero": np.zeros(200)}, block_length=40, scored=np.arange(cut, 200)
    )
    assert found.n_blocks == pytest.approx((200 - cut) ** 2 / (4 * 40**2 + (40 - cut) ** 2))
    assert (found.verdict == "yes") == enough
    assert np.isfinite(found.p_value) == enough
    assert (f"{shown} blocks of up to 40 rows" if enough else f"{shown} independent") in str(found)


def test_blocks_are_longer_where_the_difference_is_correlated():
    rng = np.random.default_rng(0)
    y = rng.normal(size=2000).cumsum()
    found = skill_test(y, np.zeros(2000), {"one": np.ones(2000)}, block_length=10)
    assert found.block_length > 100
    # The longest block has the rows of a run that are left over.
    assert found.longest_block == -(-2000 // int(found.n_blocks + 0.5))


def test_a_stretch_may_be_shorter_than_a_block():
    y = np.random.default_rng(0).normal(size=300)
    scored = np.r_[20:80, 170:230]
    found = skill_test(y, y, {"zero": np.zeros(300)}, block_length=150, scored=scored)
    assert (found.block_length, found.longest_block, found.n_blocks) == (150, 60, 2)
    assert "these 120 rows lie in 2 independent blocks of up to 60 rows" in str(found)


def test_unclear_says_what_could_have_been_shown():
    rng = np.random.default_rng(1)
    y = rng.normal(size=60)
    found = skill_test(
        y, 0.1 * y + 0.3 * rng.normal(size=60), {"zero": np.zeros(60)}, block_length=10
    )
    assert found.verdict == "not clear"
    assert f"A skill of {found.detectable_skill:.2f} is found in 80 % of such records." in str(
        found
    )


def test_a_model_that_is_the_baseline_has_no_skill():
    y = np.random.default_rng(0).normal(size=200)
    found = skill_test(y, np.zeros(200), {"zero": np.zeros(200)}, block_length=20)
    assert (found.verdict, found.skill, found.p_value) == ("no", 0, 1)


def test_a_baseline_without_error_leaves_nothing_to_add():
    found = skill_test(np.ones(100), np.zeros(100), {"one": np.ones(100)}, block_length=10)
    assert found.verdict != "yes"
    assert found.skill == -np.inf


@pytest.mark.parametrize(("n_rows", "n_blocks"), [(19, 1), (30, 3), (40, 4)])
def test_too_few_blocks_are_said_in_words(n_rows, n_blocks):
    y = np.random.default_rng(0).normal(size=n_rows)
    found = skill_test(y, 0.9 * y, {"zero": np.zeros(n_rows)}, block_length=10)
    assert found.verdict == "not clear"
    text = str(found)
    assert text.startswith("Not clear: skill 0.99. No p-value and no bounds can be given: ")
    assert f"these {n_rows} rows lie in {n_blocks} independent block" in text
    assert "and 5 are needed" in text
    assert found.n_blocks == n_blocks


def test_bounds_that_cannot_be_given_are_said_in_words():
    """All of the target lies in one of six blocks: no bound of the ratio of losses exists."""
    y = np.zeros(60)
    y[:10] = np.random.default_rng(0).normal(size=10)
    found = skill_test(y, 0.5 * y, {"zero": np.zeros(60)}, block_length=10)
    assert (found.verdict, found.skill_low, found.skill_high) == ("not clear", -np.inf, 1.0)
    text = str(found)
    assert "skill 0.75 (no bounds, since the error of the baseline differs too much" in text
    assert "inf" not in text
    assert "nan" not in text


def test_a_skill_that_rounds_to_zero_has_no_sign():
    y = np.random.default_rng(0).normal(size=200)
    found = skill_test(y, 1e-9 * np.sign(-y), {"zero": np.zeros(200)}, block_length=20)
    assert -0.005 < found.skill < 0
    assert "skill 0.00" in str(found)


def test_only_scored_rows_count():
    y = np.random.default_rng(0).normal(size=300)
    predictions = np.where(np.arange(300) < 150, y, 100.0)
    found = skill_test(
        y, predictions, {"zero": np.zeros(300)}, block_length=10, scored=np.arange(150)
    )
    assert (found.verdict, found.n_rows) == ("yes", 150)
    predictions[150:] = np.nan
    assert skill_test(y, predictions, {"zero": np.zeros(300)}, block_length=10).n_rows == 150


@pytest.mark.parametrize("changes", [{"scored": []}, {"baselines": {}}, {"block_length": 0}])
def test_nothing_to_compare_is_an_error(changes):
    arguments = {"baselines": {"zero": np.zeros(50)}, "block_length": 5} | changes
    with pytest.raises(ValueError, match="expected at least one of each"):
        skill_test(np.ones(50), np.ones(50), **arguments)
