"""The figures of a study show its numbers, in files that a journal can print."""

import itertools
import re
from dataclasses import replace
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from sklearn_frictiongru.study import run_study
from sklearn_frictiongru.study._bands import band_name, bands_of
from sklearn_frictiongru.study._excerpts import excerpts_table
from sklearn_frictiongru.study._figures import figures_of, fonts_for, save_figure
from sklearn_frictiongru.study._report._captions import captions
from sklearn_frictiongru.study._summaries import ranking_checks
from sklearn_frictiongru.study._sweep import shown_lengths_of
from sklearn_frictiongru.utils.panels import spread, stretches
from sklearn_frictiongru.utils.style import PARTS
from tests.common.styles import hidden_in
from tests.study._records import OPTIONS, known_record, small_regressor

ALONG_TIME = "figure_2b_predictions_along_time"
NAMES = [
    "figure_1_window_length",
    "figure_1b_reference_models",
    "figure_2_predictions",
    "figure_2b_predictions_along_time",
    "figure_2c_whole_record",
    "figure_3_importance",
    "figure_4_importance_by_condition",
    "figure_5_importance_along_time",
    "figure_6_importance_by_lag",
]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def of_runs(tmp_path_factory):
    """A study of six runs with a target that is no friction, a failing law and one input."""
    rng = np.random.default_rng(0)
    n_runs, n_rows = 6, 150
    levels = [
        np.repeat([f"sample {run}" for run in range(n_runs)], n_rows),
        np.tile(np.arange(n_rows) * 2.0, n_runs),
    ]
    index = pd.MultiIndex.from_arrays(levels, names=["run", "time_s"])
    X = pd.DataFrame({"fan_speed_rpm": rng.normal(5, 0.1, n_runs * n_rows)}, index=index)
    y = 40 + 10 * (X["fan_speed_rpm"] - 5) + rng.normal(0, 0.1, len(X))
    # A warm-up row of each run is far off.
    y.iloc[::n_rows] = 1e4
    options = {**OPTIONS, "window_lengths": [2, 6], "max_epochs": 3, "n_blocks": 3, "purge": 0}
    del options["condition_name"]
    return run_study(
        X,
        y.rename("room_humidity_pct"),
        output=tmp_path_factory.mktemp("runs"),
        regressor=small_regressor(),
        **options,
    )


def drawn(study, name):
    with fonts_for([]):
        return figures_of(study)[name](study)


def with_measured(study, centre, spread):
    """Return a study whose target and predictions vary in a narrow range far from zero."""
    table = study.predictions.copy()
    numbers = [name for name in table if name == "measured" or "predicted_" in name]
    table[numbers] = centre + spread * (table[numbers] - 0.6) / 0.1
    return replace(study, predictions=table)


def far_off(study):
    """Return a study whose shortest window predicts values far below all others."""
    table = study.predictions.copy()
    shortest = min(study.shown_lengths)
    table[f"predicted_{shortest}"] = table["measured"] - 1e3
    return replace(study, predictions=table)


def lower_panels(study):
    figure = drawn(study, "figure_2b_predictions_along_time")
    return [ax for ax in figure.axes if ax.axison and ax.get_subplotspec().rowspan.start]


def outside_in(ax):
    """Return the names of what is marked outside axes."""
    return {str(line.get_label()) for line in ax.get_lines() if line.get_marker() in ("v", "^")}


def legend_of(figure):
    (legend,) = [ax.get_legend() for ax in figure.axes if ax.get_legend() is not None]
    return [text.get_text() for text in legend.get_texts()]


def titles_of(ax):
    """Return title, labels and legend of axes, as far as they are drawn."""
    legend = ax.get_legend()
    named = [] if legend is None else legend.get_texts()
    labels = [ax.xaxis.label, ax.yaxis.label] if ax.axison else []
    return [text for text in (ax.title, *labels, *named) if text.get_text()]


def text_of(path):
    return path.read_text(encoding="utf-8")


class TestFiles:
    def test_every_figure_is_there_in_three_formats(self, finished):
        study, folder, *_ = finished
        assert list(figures_of(study)) == NAMES
        for name in NAMES:
            with Image.open(folder / f"{name}.png") as picture:
                assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
                # 183 mm, two columns of a journal.
                assert picture.width == pytest.approx(183 / 25.4 * 300, abs=1)
            assert "<text" in text_of(folder / f"{name}.svg")
            pdf = (folder / f"{name}.pdf").read_bytes()
            assert pdf.startswith(b"%PDF")
            # TrueType fonts, whose text can be edited and searched.
            assert b"/Type3" not in pdf
            assert b"CreationDate" not in pdf

    def test_the_text_of_a_vector_figure_is_text(self, finished):
        _, folder, *_ = finished
        text = text_of(folder / "figure_3_importance.svg")
        for word in ("driver", "bystander", "importance [share of all inputs]"):
            assert word in text

    def test_the_same_study_gives_the_same_files(self, finished, tmp_path):
        study, folder, *_ = finished
        name = "figure_6_importance_by_lag"
        with fonts_for([]):
            save_figure(figures_of(study)[name](study), tmp_path, name)
        for ending in ("svg", "pdf"):
            assert (tmp_path / f"{name}.{ending}").read_bytes() == (
                folder / f"{name}.{ending}"
            ).read_bytes()

    @pytest.mark.parametrize("name", NAMES)
    def test_last_digits_of_the_layout_change_no_file(self, finished, tmp_path, name):
        study, folder, *_ = finished
        with fonts_for([]):
            figure = figures_of(study)[name](study)
            engine = figure.get_layout_engine()
            found = engine.execute

            def execute(figure):
                found(figure)
                for ax in figure.axes:
                    ax.set_position(np.array(ax.get_position(original=True).bounds) + 1e-13)

            engine.execute = execute
            save_figure(figure, tmp_path, name)
        for ending in ("svg", "pdf"):
            file = f"{name}.{ending}"
            assert (tmp_path / file).read_bytes() == (folder / file).read_bytes()
        assert "<dc:date>" not in text_of(folder / f"{name}.svg")

    def test_friction_is_said_only_where_it_is_the_target(self, of_runs, finished):
        for path in of_runs.report.parent.glob("figure*.svg"):
            assert "friction" not in text_of(path).lower().replace("sklearn_frictiongru", "")
        assert "room humidity [%]" in text_of(of_runs.report.with_name("figure_2_predictions.svg"))
        assert "friction [-]" in text_of(finished[1] / "figure_2_predictions.svg")

    def test_a_single_input_is_compared_with_nothing(self, of_runs):
        lags = of_runs.importance.importances_[0].lags
        assert list(figures_of(of_runs)) == NAMES[:4] + NAMES[-1:] * (len(lags) > 1)
        assert not list(of_runs.report.parent.glob("figure_3*"))

    def test_tables_hold_what_the_figures_show(self, finished):
        study, folder, _, _ = finished
        ranks = pd.read_csv(folder / "importance_ranks.csv", index_col=["model", "input"])
        for model, row in study.importance.relative_.iterrows():
            for name in row.index:
                rank = 1 + (row > row[name]).sum()
                assert ranks.loc[(model, name), "rank"] == rank
        table = pd.read_csv(folder / "condition_along_time.csv")
        assert list(table.columns) == ["row", "run", "time", "condition", "range"]
        np.testing.assert_array_equal(table["condition"], study.condition)
        assert set(table["range"]) == {"1 MPa", "3 MPa"}


def test_numbers_of_ticks_are_text_and_powers_of_ten_remain(tmp_path):
    with fonts_for([]):
        figure, ax = plt.subplots()
        ax.plot([1, 2], [-2e-7, 2e-7])
        save_figure(figure, tmp_path, "small")
    assert "10^{−7}" in ax.yaxis.get_offset_text().get_text()
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", (tmp_path / "small.svg").read_text("utf-8"))
    assert {"−2.0", "0.0", "2.0"} <= set(texts)


class TestPredictions:
    def test_each_part_has_its_panels_on_common_equal_axes(self, finished):
        study = finished[0]
        figure = drawn(study, "figure_2_predictions")
        panels = [ax for ax in figure.axes if ax.axison]
        assert len(panels) == 2 * len(study.shown_lengths) <= 8
        table = study.predictions
        wanted = itertools.product(("validation", "test"), study.shown_lengths)
        for ax, (part, length) in zip(panels, wanted, strict=True):
            (points,) = [line for line in ax.get_lines() if line.get_label() == part]
            rows = table[table["part"] == part]
            np.testing.assert_array_equal(points.get_xdata(), rows["measured"])
            np.testing.assert_array_equal(points.get_ydata(), rows[f"predicted_{length}"])
            assert points.get_color() == PARTS[part]
            skill = f"skill {study.skill.loc[(length, part), 'skill']:.2f}".replace("-", "−")
            assert ax.get_title().splitlines()[-1] == skill
            outside = {
                "above": (rows[f"predicted_{length}"] > ax.get_ylim()[1]).sum(),
                "below": (rows[f"predicted_{length}"] < ax.get_ylim()[0]).sum(),
            }
            said = [f"{count} {side}" for side, count in outside.items() if count]
            assert [text.get_text() for text in ax.texts] == said
        assert len({(*ax.get_xlim(), *ax.get_ylim()) for ax in panels}) == 1
        assert panels[0].get_xlim() == panels[0].get_ylim()
        roles = [ax.get_title().splitlines()[1] for ax in panels[: len(study.shown_lengths)]]
        assert len(set(roles)) == len(roles)

    def test_labels_of_ticks_do_not_touch(self, finished, of_runs):
        for study in (finished[0], of_runs, with_measured(finished[0], 0.5977, 0.01)):
            figure = drawn(study, "figure_2_predictions")
            figure.canvas.draw()
            panels = [ax for ax in figure.axes if ax.axison]
            lowest = panels[len(panels) // 2 :]
            labels = [label for ax in lowest for label in ax.get_xticklabels()]
            assert min(len(ax.get_xticks()) for ax in panels) >= 2
            boxes = [label.get_window_extent() for label in labels if label.get_text()]
            gaps = [right.x0 - left.x1 for left, right in itertools.pairwise(boxes)]
            # A digit is about as broad as six tenths of the size of its font.
            assert min(gaps) > 0.6 * labels[0].get_fontsize() / 72 * figure.dpi

    def test_titles_labels_and_legends_are_not_cut(self, finished, of_runs):
        for study in (finished[0], of_runs):
            for name in figures_of(study):
                figure = drawn(study, name)
                figure.canvas.draw()
                width, height = figure.canvas.get_width_height()
                texts = [text for ax in figure.axes for text in titles_of(ax)]
                for text in [*texts, *filter(None, [figure._suptitle])]:
                    box = text.get_window_extent()
                    inside = [box.x0 > -3, box.y0 > -3, box.x1 < width + 3, box.y1 < height + 3]
                    assert all(inside), (name, text.get_text())
                plt.close(figure)

    def test_an_excerpt_of_each_part_is_drawn_along_time(self, finished):
        study = finished[0]
        figure = drawn(study, "figure_2b_predictions_along_time")
        upper = [ax for ax in figure.axes if ax.axison and ax.get_subplotspec().rowspan.start == 0]
        table, best = study.predictions, study.search.best_window_length_
        shown = pd.read_csv(finished[1] / "shown_along_time.csv")
        assert len(upper) == len(shown) == 2
        for ax, (_, row) in zip(upper, shown.iterrows(), strict=True):
            rows = slice(row["first_row"], row["last_row"] + 1)
            assert set(table["part"].iloc[rows]) == {row["part"]}
            (line,) = [each for each in ax.get_lines() if str(each.get_label()).endswith(", best")]
            np.testing.assert_array_equal(line.get_xdata(), table["time"].iloc[rows])
            np.testing.assert_array_equal(line.get_ydata(), table[f"predicted_{best}"].iloc[rows])
        assert len({ax.get_ylim() for ax in upper}) == 1

    def test_no_error_of_the_best_length_leaves_the_axes(self, finished, of_runs):
        for study in (finished[0], of_runs):
            figure = drawn(study, "figure_2b_predictions_along_time")
            lower = [ax for ax in figure.axes if ax.axison and ax.get_subplotspec().rowspan.start]
            for ax in lower:
                (line,) = [each for each in ax.get_lines() if ", best" in str(each.get_label())]
                low, high = ax.get_ylim()
                assert low < line.get_ydata().min() <= line.get_ydata().max() < high

    def test_the_band_of_the_repeats_is_not_cut(self, finished):
        study = finished[0]
        best = study.search.best_window_length_
        measured = study.predictions["measured"]
        span = measured.max() - measured.min()
        wide = study.predictions.copy()
        wide[f"repeats_low_{best}"] = measured - 0.3 * span
        wide[f"repeats_high_{best}"] = measured + 0.2 * span
        for table in (study.predictions, wide):
            for ax in lower_panels(replace(study, predictions=table)):
                low, high = ax.get_ylim()
                (band,) = ax.collections
                heights = band.get_paths()[0].vertices[:, 1]
                assert low < heights.min() <= heights.max() < high
                assert not outside_in(ax)

    def test_repeats_that_failed_set_no_scale_and_are_marked(self, finished):
        study = finished[0]
        best = study.search.best_window_length_
        failed = study.predictions.copy()
        failed[f"repeats_low_{best}"] = -1e6
        figure = drawn(replace(study, predictions=failed), "figure_2b_predictions_along_time")
        span = np.ptp(failed["measured"])
        for ax in [ax for ax in figure.axes if ax.axison]:
            assert np.ptp(ax.get_ylim()) < 3 * span
            assert outside_in(ax) == {"range of the 5 repeats, below the axes"}
        assert "range of the 5 repeats, below the axes" in legend_of(figure)

    def test_the_legend_shows_what_is_drawn_and_nothing_else(self, finished, beside_the_law):
        for study in (finished[0], beside_the_law, far_off(finished[0])):
            figure = drawn(study, "figure_2b_predictions_along_time")
            seen = {}
            for ax in [ax for ax in figure.axes if ax.axison]:
                low, high = ax.get_ylim()
                for artist in [*ax.get_lines(), *ax.patches, *ax.collections]:
                    if isinstance(artist, plt.Line2D):
                        heights = artist.get_ydata()
                    else:
                        heights = (
                            artist.get_paths()[0].vertices[:, 1]
                            if hasattr(artist, "get_paths")
                            else [low]
                        )
                    label = str(artist.get_label())
                    if np.nanmin(heights) <= high and np.nanmax(heights) >= low:
                        if not label.startswith("_"):
                            seen[label] = artist
                    else:
                        assert label.startswith("_"), label
            texts = legend_of(figure)
            assert sorted(texts) == sorted(seen)
            assert texts[:2] == ["validation", "test"]

    def test_a_line_outside_the_axes_is_a_triangle_in_the_legend(self, finished):
        study = finished[0]
        texts = legend_of(drawn(far_off(study), "figure_2b_predictions_along_time"))
        assert "1 row (1 s), below the axes" in texts
        assert "1 row (1 s)" not in texts

    def test_every_line_has_its_own_style_and_colour(self, finished, beside_the_law):
        for study in (finished[0], beside_the_law):
            figure = drawn(study, "figure_2b_predictions_along_time")
            ax = next(ax for ax in figure.axes if ax.axison)
            lines = [line for line in ax.get_lines() if str(line.get_label()) in legend_of(figure)]
            lines = [line for line in lines if line.get_linestyle() != "None"]
            assert len(lines) >= 4
            styles = {(str(line._unscaled_dash_pattern), line.get_linewidth()) for line in lines}
            assert len(styles) == len({to_rgb(line.get_color()) for line in lines}) == len(lines)

    def test_a_single_repeat_has_no_band(self, finished):
        study = finished[0]
        single = replace(study, settings=replace(study.settings, n_repeats=1))
        figure = drawn(single, "figure_2b_predictions_along_time")
        assert not [text for text in legend_of(figure) if "repeats" in text]
        assert "band" not in captions(single)["figure_2b_predictions_along_time"]
        assert not [text for text in captions(single).values() if " 1 training" in text]

    def test_measured_and_predicted_lines_differ_in_width_and_colour(self, finished):
        ax = next(
            ax for ax in drawn(finished[0], "figure_2b_predictions_along_time").axes if ax.axison
        )
        lines = {str(line.get_label()): line for line in ax.get_lines()}
        best = next(line for name, line in lines.items() if name.endswith(", best"))
        assert lines["measured"].get_linewidth() >= 2 * best.get_linewidth()
        assert lines["measured"].get_zorder() < best.get_zorder()

    def test_time_has_one_name_in_all_figures(self, beside_the_law):
        labels = {}
        for name in ("figure_2b_predictions_along_time", "figure_5_importance_along_time"):
            figure = drawn(beside_the_law, name)
            labels[name] = {ax.get_title() for ax in figure.axes if not ax.axison}
        assert set(map(frozenset, labels.values())) == {frozenset({"slip time [s]"})}

    def test_the_band_is_that_of_the_repeats(self, finished):
        study, _, X, _ = finished
        best = study.search.best_window_length_
        predicted = [model.predict(X) for model in study.search.estimators_by_length_[best]]
        table = study.predictions
        counted = (table["part"] != "warm-up").to_numpy()
        for name, end in (("low", np.min), ("high", np.max)):
            expected = end(predicted, axis=0)
            column = table[f"repeats_{name}_{best}"]
            np.testing.assert_allclose(column[counted], expected[counted], atol=1e-6)
            assert column[~counted].isna().all()

    def test_few_repeats_have_a_range_and_many_have_quantiles(self, finished):
        study = finished[0]
        parts = np.array(["warm-up", "test", "test"])
        rng = np.random.default_rng(0)
        for n_finished, ends, said in (
            (5, (0.0, 1.0), "range of the 5 repeats"),
            (9, (0.0, 1.0), "range of the 9 repeats"),
            (10, (0.1, 0.9), "10 % to 90 % quantile of the repeats"),
        ):
            predicted = rng.normal(size=(n_finished, 3))
            # One more repeat failed: it predicts nothing and does not count.
            by_length = {4: np.vstack([predicted, np.full(3, np.nan)])}
            columns = bands_of(by_length, [4], parts)
            for name, share in zip(("low", "high"), ends, strict=True):
                expected = np.quantile(predicted[:, 1:], share, axis=0)
                np.testing.assert_allclose(columns[f"repeats_{name}_4"], [np.nan, *expected])
            search = SimpleNamespace(
                best_window_length_=4, estimators_by_length_={4: [*range(n_finished), None]}
            )
            assert band_name(SimpleNamespace(search=search)) == said
        assert "The band is the range of the 5 repeats" in captions(study)[ALONG_TIME]
        assert "range of the 5 repeats" in legend_of(drawn(study, ALONG_TIME))

    def test_the_line_of_the_best_length_lies_inside_the_range_of_the_repeats(self, finished):
        study = finished[0]
        best = study.search.best_window_length_
        table = study.predictions[study.predictions["part"] != "warm-up"]
        assert (table[f"predicted_{best}"] >= table[f"repeats_low_{best}"] - 1e-6).all()
        assert (table[f"predicted_{best}"] <= table[f"repeats_high_{best}"] + 1e-6).all()

    def test_captions_speak_of_triangles_only_where_some_are_drawn(self, finished, of_runs):
        study = finished[0]
        near = with_measured(study, 0.6, 0.1)
        best = study.search.best_window_length_
        table = near.predictions.copy()
        for name in [name for name in table if name.startswith(("predicted_", "repeats_"))]:
            table[name] = table["measured"]
        near = replace(near, predictions=table)
        failed = table.copy()
        failed[f"repeats_low_{best}"] = -1e6
        failed = replace(near, predictions=failed)
        found = set()
        for each in (study, near, failed, far_off(near), of_runs):
            for name in ("figure_2_predictions", ALONG_TIME):
                axes = [ax for ax in drawn(each, name).axes if ax.axison]
                marked = any(outside_in(ax) for ax in axes)
                assert ("triangles" in captions(each)[name]) == marked
                found.add((name, marked))
        assert len(found) == 4

    def test_hidden_lines_are_named_with_their_largest_difference(self, finished):
        study = finished[0]
        best = study.search.best_window_length_
        others = [length for length in study.shown_lengths if length != best]
        table = study.predictions.copy()
        for length in others:
            table[f"predicted_{length}"] = table[f"predicted_{best}"] + 10.0
        assert "nearly coincide" not in captions(replace(study, predictions=table))[ALONG_TIME]
        shown = excerpts_table(study)
        table[f"predicted_{others[0]}"] = table[f"predicted_{best}"]
        table.loc[table.index[shown["first_row"].iloc[0]], f"predicted_{others[0]}"] += 0.25
        changed = replace(study, predictions=table)
        label = study.settings.label_of(others[0])
        assert (
            f"The line of {label} nearly coincides with that of the best length; the largest "
            "difference is 0.25." in captions(changed)[ALONG_TIME]
        )
        column = excerpts_table(changed)[f"largest_difference_{others[0]}"]
        assert column.max() == pytest.approx(0.25)
        assert set(excerpts_table(changed)[f"largest_difference_{others[1]}"].round(6)) == {10.0}

    def test_only_a_zoomed_figure_says_that_the_target_varies_most(self, finished, of_runs):
        for study in (finished[0], of_runs):
            table = excerpts_table(study)
            zoomed = bool((table["n_rows"] < table["n_rows_of_part"]).any())
            figure = drawn(study, "figure_2b_predictions_along_time")
            caption = captions(study)["figure_2b_predictions_along_time"]
            assert ("varies most" in figure.get_suptitle()) == zoomed
            assert ("varies most" in caption) == zoomed
        assert not zoomed

    def test_some_of_many_runs_are_drawn_and_the_title_says_so(self, of_runs):
        figure = drawn(of_runs, "figure_2b_predictions_along_time")
        assert figure.get_suptitle().endswith("(4 of 6 runs)")
        titles = [ax.get_title() for ax in figure.axes if ax.get_title().startswith("sample")]
        assert titles == ["sample 0", "sample 2", "sample 3", "sample 5"]

    def test_warm_up_rows_and_failed_models_set_no_scale(self, of_runs):
        scored = of_runs.predictions["part"].isin(["validation", "test"])
        measured = of_runs.predictions["measured"][scored]
        span = measured.max() - measured.min()
        for name in ("figure_2_predictions", "figure_2b_predictions_along_time"):
            ax = next(ax for ax in drawn(of_runs, name).axes if ax.axison)
            low, high = ax.get_ylim()
            assert 0.5 * span < high - low < 2 * span


class TestRoles:
    @pytest.mark.parametrize(
        ("lengths", "best", "recommended", "expected"),
        [
            (
                [1, 10, 25, 50, 100],
                50,
                25,
                {1: "shortest", 25: "recommended", 50: "best", 100: "longest"},
            ),
            (
                [1, 10, 25, 50, 100],
                100,
                25,
                {1: "shortest", 25: "recommended", 50: "medium", 100: "longest, best"},
            ),
            ([1, 10, 100], 10, 10, {1: "shortest", 10: "recommended, best", 100: "longest"}),
            ([1, 10], 10, 1, {1: "shortest, recommended", 10: "longest, best"}),
            ([10], 10, 10, {10: "shortest, longest, recommended, best"}),
        ],
    )
    def test_medium_is_only_a_length_that_has_no_other_role(
        self, lengths, best, recommended, expected
    ):
        results = pd.DataFrame({"window_length": lengths, "rows": lengths, "status": "finished"})
        search = SimpleNamespace(results_=results, best_window_length_=best)
        assert shown_lengths_of(search, recommended) == expected

    def test_lengths_that_were_given_up_are_named_so(self):
        status = ["finished", "given up: too far off", "finished"]
        results = pd.DataFrame({"window_length": [1, 5, 9], "rows": [1, 5, 9], "status": status})
        search = SimpleNamespace(results_=results, best_window_length_=9)
        assert shown_lengths_of(search, 9)[5] == "medium, given up"


class TestWindowLengths:
    @pytest.mark.parametrize(
        ("first", "scores", "scale", "said"),
        [
            (3.0, [3.0, 2.0, 1.5], "linear", None),
            (30.0, [30.0, 2.0, 1.5], "log", "The scale is logarithmic"),
            *(
                (
                    first,
                    [3.0, 0.52, 0.51],
                    "function",
                    "The axis is broken between the losses of 1 row (1 s) and 2 rows (2 s) and",
                )
                for first in (3.0, 12.0)
            ),
        ],
    )
    def test_the_caption_says_what_was_done_to_the_scale(
        self, finished, first, scores, scale, said
    ):
        study = finished[0]
        results, kept = study.search.results_, study.search.results_["score"].copy()
        order = sorted(set(results["window_length"]))
        means = results["window_length"].map(dict(zip(order[-3:], scores, strict=True)))
        spread = 0.05 if scale != "function" else 0.004
        noise = results.groupby("window_length").cumcount() - 2
        try:
            results["score"] = means.fillna(first) * (1 + spread * noise)
            ax = drawn(study, "figure_1_window_length").axes[0]
            caption = captions(study)["figure_1_window_length"]
        finally:
            results["score"] = kept
        assert ax.get_yscale() == scale
        words = ["The scale is logarithmic", "The axis is broken"]
        assert [word for word in words if word in caption] == (
            [word for word in words if said is not None and said.startswith(word)]
        )
        broken = scale == "function"
        assert ("joined by a line on each side of the break" in caption) == broken
        # Lengths beyond the break that are far from each other have boxes like lines again.
        far = broken and first != scores[0]
        assert ("Boxes beyond the break still look like lines" in caption) == far


class TestLags:
    @pytest.mark.parametrize(
        ("trend", "said"),
        [
            ("near", "Most of the importance is in the half of the window next to the target"),
            ("even", "Importance is spread over the window"),
            ("far", "Most of the importance is in the older half of the window"),
            ("oldest", "Importance is spread over the window"),
            ("none", "Importance is spread over the window"),
        ],
    )
    def test_title_and_caption_follow_the_numbers(self, finished, monkeypatch, trend, said):
        study = finished[0]
        by_lag = {"near": [9.0, 1.0], "far": [1.0, 9.0], "none": [0.0, 0.0]}.get(trend, [1.0, 1.0])
        for each in study.importance.importances_:
            near = each.lags < len(each.lags) / 2
            column = np.where(near, *by_lag)[:, None]
            column += (trend == "oldest") * (each.lags == each.lags.max())[:, None]
            monkeypatch.setitem(each, "by_lag", column * np.ones_like(each.by_lag))
        caption = captions(study)["figure_6_importance_by_lag"]
        title = drawn(study, "figure_6_importance_by_lag").axes[0].get_title()
        assert title.replace("\n", " ").startswith(said)
        assert ("fade" in caption) == (trend == "near")
        # Only where the lag before all others, in time, has most of it.
        assert ("highest at the oldest lag" in caption) == (trend == "oldest")
        if trend == "none":
            assert "No lag is important." in caption
            return
        share = ranking_checks(study)["share_of_near_half"].iloc[0]
        n_lags = len(study.importance.importances_[0].lags)
        expected = {"near": 0.9, "far": 0.1, "even": 0.5}
        expected["oldest"] = (n_lags / 2) / (n_lags + 1)
        assert share == pytest.approx(expected[trend])
        assert f"the target holds {100 * share:.0f} % of the importance of all inputs." in caption

    @pytest.mark.parametrize("factor", [0.1, 100.0])
    def test_a_floor_beyond_the_axes_is_said(self, finished, monkeypatch, factor):
        study = finished[0]
        shares = study.importance.frame().query("condition == 'all' and measure == 'relative'")
        highest = shares["value"][shares["lag"].notna()].max()
        n_lags = len(study.importance.importances_[0].lags)
        floor = np.full(n_lags, factor * highest)
        monkeypatch.setitem(study.importance.null_floor_, "relative_by_lag", floor)
        (ax,) = [ax for ax in drawn(study, "figure_6_importance_by_lag").axes if ax.axison]
        caption = captions(study)["figure_6_importance_by_lag"]
        assert bool(outside_in(ax)) == ("Triangles: the floor exceeds" in caption) == (factor > 1)


class TestReferences:
    def test_skill_is_that_of_the_table(self, finished):
        study = finished[0]
        (ax,) = drawn(study, "figure_1b_reference_models").axes
        for model in ("network", "ridge", "boosting"):
            (line,) = [each for each in ax.get_lines() if each.get_label() == model]
            np.testing.assert_array_equal(
                line.get_ydata(), study.references.table.loc[model, "test"]
            )

    def test_a_reference_that_fails_sets_no_scale(self, beside_the_law):
        law = beside_the_law.law.skill
        kept = law.loc["test", "skill"]
        try:
            law.loc["test", "skill"] = -900.0
            ax = drawn(beside_the_law, "figure_1b_reference_models").axes[0]
            assert ax.get_ylim()[0] >= -1.1
            labels = [text.get_text() for text in ax.get_legend().get_texts()]
            assert "rate-and-state law: −900, outside" in labels
        finally:
            law.loc["test", "skill"] = kept

    def test_skills_outside_the_axes_are_marked_side_by_side_and_named(self, finished):
        study = finished[0]
        table = study.references.table
        kept = table["test"].copy()
        try:
            table.loc[("ridge", 2), "test"] = table.loc[("boosting", 2), "test"] = -66.7
            ax = drawn(study, "figure_1b_reference_models").axes[0]
        finally:
            table["test"] = kept
        outside = [line for line in ax.get_lines() if line.get_label() == "_outside"]
        assert len({float(line.get_xdata()[0]) for line in outside}) == 2
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["network", "ridge\n(outside: −66.7)", "boosting\n(outside: −66.7)"]
        # Nothing is written onto the data.
        assert not ax.texts

    def test_many_lengths_at_which_references_fail_leave_room_for_the_axes(self, finished):
        study = finished[0]
        lengths = list(range(50, 601, 50))
        settings = replace(study.settings, window_lengths=lengths, window_rows=lengths)
        failing = {"network": 0.5, "ridge": -123.4, "boosting": -45.67}
        table = pd.DataFrame(
            [
                {"model": model, "window_length": length, "test": skill - skill**2 * length / 1e5}
                for model, skill in failing.items()
                for length in lengths
            ]
        ).set_index(["model", "window_length"])
        references = replace(study.references, table=table)
        figure = drawn(
            replace(study, settings=settings, references=references), "figure_1b_reference_models"
        )
        figure.canvas.draw()
        (ax,) = figure.axes
        assert ax.get_position().width > 0.45
        assert ax.get_legend().get_window_extent().x1 <= figure.bbox.x1
        ridge = table.loc["ridge", "test"]
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert min(right.x0 - left.x1 for left, right in itertools.pairwise(boxes)) > 4
        said = f"ridge\n(outside: {ridge.min():.3g} to {ridge.max():.3g})".replace("-", "−")
        assert [text.get_text() for text in ax.get_legend().get_texts()][1] == said

    def test_time_scales_are_named_in_their_order_and_set_as_mathematics(self, finished):
        study = finished[0]
        scales = {"D_c / V at 2e-07 m/s": 3.0, "D_c / V at 1e-06 m/s": 1.4, "thermocouple_s": 5.0}
        interval = study.settings.sampling_interval
        truth = {"time_scales": {name: scale * interval for name, scale in scales.items()}}
        for name in ("figure_1_window_length", "figure_1b_reference_models"):
            ax = drawn(replace(study, truth=truth), name).axes[0]
            lines = [line for line in ax.get_lines() if " s: " in str(line.get_label())]
            # No line of a model is solid and thin.
            assert {line.get_linestyle() for line in lines} == {"-"}
            places = [float(line.get_xdata()[0]) for line in lines]
            assert places == sorted(places)
            (above,) = ax.child_axes
            seconds = [line.get_label().split(":")[0] for line in lines]
            assert [text.get_text().strip() for text in above.get_xticklabels()] == seconds
            labels = [line.get_label().split(" s: ")[1] for line in lines]
            assert labels == [
                r"$D_\mathrm{c}$ / $V$ at $1 \times 10^{-6}$ m/s",
                r"$D_\mathrm{c}$ / $V$ at $2 \times 10^{-7}$ m/s",
                r"thermocouple, $z^2$ / $\alpha$",
            ]
            # What has no history is named below the axis, so that no line lies in its shade.
            assert ax.get_xticklabels()[0].get_text().endswith("no history")
            assert not ax.patches


class TestStyles:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_figure_is_seen_on_a_dark_background(self, finished, name):
        with plt.style.context("dark_background"):
            assert not hidden_in(drawn(finished[0], name))

    @pytest.mark.parametrize("name", NAMES)
    def test_no_text_is_too_small_at_half_size(self, finished, name):
        figure = drawn(finished[0], name)
        sizes = [text.get_fontsize() for text in figure.findobj(plt.Text) if text.get_text()]
        assert min(sizes) >= 10

    def test_the_font_of_the_caller_is_kept(self, finished):
        with plt.rc_context({"font.size": 13}):
            ax = drawn(finished[0], "figure_1_window_length").axes[0]
            assert ax.get_xticklabels()[0].get_fontsize() == 13


@pytest.mark.parametrize(
    ("n_items", "expected"),
    [(0, []), (3, [0, 1, 2]), (4, [0, 1, 2, 3]), (10, [0, 3, 6, 9])],
)
def test_a_choice_is_spread_over_all(n_items, expected):
    assert spread(list(range(n_items))) == expected


def test_stretches_are_rows_that_nothing_interrupts():
    found = stretches(np.array([False, True, True, False, True]))
    assert [list(rows) for rows in found] == [[1, 2], [4]]


def test_a_study_of_rows_without_time_counts_them(tmp_path):
    X, y, _ = known_record(600)
    options = {**OPTIONS, "window_lengths": [4], "max_epochs": 1}
    study = run_study(
        X.to_numpy(), y.to_numpy(), output=tmp_path, regressor=small_regressor(), **options
    )
    svg = text_of(tmp_path / "figure_1_window_length.svg")
    assert "window length [rows]" in svg
    assert "lag before the target [rows]" in text_of(tmp_path / "figure_6_importance_by_lag.svg")
    below = drawn(study, "figure_2b_predictions_along_time").axes[-1]
    assert "row" in {ax.get_title() for ax in below.figure.axes}
