"""Reading a record from delimited text: cells, columns, missing values, order, units."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.io import read_record
from sklearn_frictiongru.preprocessing import RateOfChange

HEADER = "time,v,mu\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a text."""

    def reader(text, encoding="utf-8", **options):
        path = tmp_path / "record.csv"
        path.write_bytes(text.encode(encoding))
        columns = {"time": "time", "target": "mu", "inputs": ["v"]}
        return read_record(path, **columns | options)

    return reader


def rows(write, n_rows=12):
    """Return lines, each written from its number."""
    return "".join(f"{write(i)}\n" for i in range(n_rows))


def plain(i):
    """Return a plain row."""
    return f"{i},{i}.5,0.6{i % 10}"


class TestCells:
    @pytest.mark.parametrize(
        ("write", "first"),
        [
            (lambda i: f"{i};{1000 + 300 * i:,};0.6{i % 10}", 1000.0),
            (lambda i: f"{i};1.{i:03d},5;0,6{i % 10}", 1000.5),
            (lambda i: f"{i};1 {i:03d},5;0,6{i % 10}", 1000.5),
            (lambda i: f"{i};1'{i:03d}.5;0.6{i % 10}", 1000.5),
            (lambda i: f'"{i}";"{i}.5";"0.6{i % 10}"', 0.5),
            (lambda i: f"{i};{i}.5D-03;6.{i % 10}D-01", 0.0005),
            (lambda i: f"{i};\u2212{i}.5;0.6{i % 10}", -0.5),
            (lambda i: f"{i};{i}.5 mm/s;0.6{i % 10}", 0.5),
            (lambda i: f"{i};{i}.5%;0.6{i % 10}", 0.5),
        ],
    )
    def test_numbers_in_every_way_of_writing(self, read, write, first):
        record = read("time;v;mu\n" + rows(write))
        assert record.data["v"].iloc[0] == pytest.approx(first)
        assert record.target.iloc[1] == pytest.approx(0.61)

    def test_thousands_or_a_decimal_comma_is_asked_for(self, read):
        text = "time;v;mu\n" + rows(lambda i: f"{i};1,{i:03d};2,{i:03d}")
        with pytest.raises(ValueError, match=r"decimal=',' or decimal='\.'"):
            read(text)
        assert read(text, decimal=",").data["v"].iloc[1] == 1.001
        assert read(text, decimal=".").data["v"].iloc[1] == 1001.0

    def test_both_decimal_marks_are_refused(self, read):
        text = "time;v;mu\n" + rows(lambda i: f"{i};{i}.55;0,6{i % 10}")
        with pytest.raises(ValueError, match="decimal"):
            read(text)

    def test_text_in_a_column_of_numbers_is_named_with_row_and_option(self, read):
        text = HEADER + rows(lambda i: plain(i) if i != 3 else "3,abc,0.6")
        with pytest.raises(ValueError, match=r"'v'.*row 3 holds 'abc'.*missing=\['abc'\]"):
            read(text)
        record = read(text, missing=["abc"], drop_missing=True)
        assert list(record.data.index[:4]) == [0, 1, 2, 4]

    def test_a_row_with_too_many_fields_is_named_and_not_cut(self, read):
        text = HEADER + rows(lambda i: plain(i) if i != 3 else "3,1,5,0,6")
        with pytest.raises(ValueError, match=r"line 5 .* has 5 fields.*expected 3"):
            read(text)

    def test_decimal_commas_between_commas_are_refused(self, read):
        text = HEADER + rows(lambda i: f"{i},{i},5,0,6{i % 10}")
        with pytest.raises(ValueError, match=r"5 fields .* 3 names.*decimal"):
            read(text)

    def test_lines_without_values_are_left_out_and_told(self, read):
        text = HEADER + rows(plain, 6) + HEADER + "\n# pause, by, the, operator\n,,\n"
        text += rows(lambda i: plain(i + 6), 6) + "Mean,5.5,0.65\nStopped by operator\n"
        record = read(text)
        assert list(record.data.index) == list(range(12))
        assert "rows left out" in record.how


class TestMissingValues:
    @pytest.mark.parametrize("mark", ["", "NaN", "n/a", "--", "#N/A", "#DIV/0!", "OVER", "****"])
    def test_marks_are_missing_values_that_are_named_or_left_out(self, read, mark):
        text = HEADER + rows(lambda i: plain(i) if i != 7 else f"7,{mark},0.6")
        with pytest.raises(ValueError, match=r"'v' at row 7 \(1 of 12 rows.*drop_missing=True"):
            read(text)
        record = read(text, drop_missing=True)
        assert 7 not in record.data.index
        assert "'v' at row 7" in record.how["drop_missing"]

    @pytest.mark.parametrize("mark", ["-9999", "9.9E+37", "-999.99"])
    def test_numbers_that_stand_for_missing_values_are_asked_for(self, read, mark):
        text = HEADER + rows(lambda i: plain(i) if i != 7 else f"7,{mark},0.6")
        with pytest.raises(ValueError, match=r"'v'.*at row 7.*Give missing=\["):
            read(text)
        assert read(text, missing=[]).data["v"].iloc[7] == pytest.approx(float(mark))
        record = read(text, missing=[float(mark)], drop_missing=True)
        assert 7 not in record.data.index

    def test_a_time_that_is_missing_is_named(self, read):
        text = HEADER + rows(lambda i: plain(i) if i != 7 else ",7,0.6")
        with pytest.raises(ValueError, match="'time' at row 7"):
            read(text)


class TestColumns:
    def test_names_are_found_despite_spaces_case_and_width(self, read):
        text = '"Time", "V (mm/s)" ,ＭＵ\n' + rows(plain)
        record = read(text, time="time", inputs=["v (mm/s)"], target="MU")
        assert list(record.units.values()) == ["mm/s", ""]

    def test_a_name_that_is_not_there_is_answered_with_those_that_are(self, read):
        with pytest.raises(ValueError, match=r"no column 'speed' for the input.*'time', 'v', 'mu'"):
            read(HEADER + rows(plain), inputs=["speed"])

    def test_columns_of_one_name_are_numbered(self, read):
        text = "time,v,v,mu\n" + rows(lambda i: f"{i},{i},{-i},0.6{i % 10}")
        with pytest.raises(ValueError, match=r"2 columns named 'v'.*'v.0', 'v.1'"):
            read(text)
        assert read(text, inputs=["v.1"]).data["v.1"].iloc[2] == -2

    def test_a_file_without_header_numbers_its_columns(self, read):
        record = read(rows(plain), time="column 1", inputs=["column 2"], target="column 3")
        assert len(record.data) == 12

    def test_names_in_a_comment(self, read):
        assert len(read("# time v mu\n" + rows(lambda i: f"{i}.0 {i}.5 0.6{i % 10}")).data) == 12
        assert len(read("% run A\n% time, v, mu\n" + rows(plain)).data) == 12

    def test_row_names_of_r_have_no_name(self, read):
        text = '"time" "v" "mu"\n' + rows(lambda i: f'"{i + 1}" {i} {i}.5 0.6{i % 10}')
        assert read(text).data["v"].iloc[0] == 0.5

    def test_the_target_among_the_inputs_is_refused(self, read):
        with pytest.raises(ValueError, match="also one of the inputs"):
            read(HEADER + rows(plain), inputs=["v", "mu"])

    def test_a_condition_of_words_or_numbers(self, read):
        text = "time,v,mu,c,w\n" + rows(lambda i: f"{plain(i)},{i // 4},{'ab'[i // 6]}")
        assert read(text, condition="c").condition.dtype == np.float64
        assert list(read(text, condition="w").condition.iloc[4:8]) == ["a", "a", "b", "b"]

    def test_separators_given_by_name(self, read):
        text = "time/v/mu\n" + rows(lambda i: f"{i}/{i}.5/0.6{i % 10}")
        assert len(read(text, separator="/").data) == 12

    def test_skip_rows_names_the_header(self, read):
        text = "time,v,mu\n1,2,3\na,b,c\n" + rows(plain)
        record = read(text, skip_rows=2, time="a", inputs=["b"], target="c")
        assert len(record.data) == 12


class TestOrder:
    def test_appended_records_are_runs(self, read):
        record = read(HEADER + rows(plain, 30) + rows(plain, 30))
        assert record.how["runs"].startswith("2 runs")

    def test_runs_by_name_keep_whole_numbers(self, read):
        text = "time,v,mu,run\n" + rows(lambda i: f"{i % 6},{i}.5,0.6{i % 10},{1 + i // 6}")
        assert list(read(text, run="run").data.index[5:7]) == [(1, 5.0), (2, 0.0)]

    def test_rows_that_are_mixed_up_ask_for_sort(self, read):
        order = [0, 2, 1, 4, 3, 6, 5, 8, 7]
        text = HEADER + rows(lambda i: plain(order[i]), 9)
        with pytest.raises(ValueError, match=r"does not increase at row 2.*sort=True"):
            read(text)
        assert list(read(text, sort=True).data["v"]) == [i + 0.5 for i in range(9)]

    def test_runs_in_several_pieces_ask_for_sort(self, read):
        text = "time,v,mu,run\n" + rows(lambda i: f"{i},{i}.5,0.6{i % 10},{'ab'[i % 2]}")
        with pytest.raises(ValueError, match="sort=True"):
            read(text, run="run")
        record = read(text, run="run", sort=True)
        assert list(record.data.index.get_level_values("run")) == ["a"] * 6 + ["b"] * 6

    def test_newest_first_with_repeated_stamps_keeps_the_order_of_logging(self, read):
        written = [f"{i // 2},{i}.5,0.6{i % 10}" for i in range(12)]
        text = HEADER + "\n".join(written[::-1]) + "\n"
        record = read(text, sort=True, resample=1)
        np.testing.assert_allclose(record.data["v"], 2 * np.arange(6) + 1.0)

    def test_uneven_steps_ask_for_resample_and_gaps_do_not(self, read):
        with pytest.raises(ValueError, match=r"uneven.*resample="):
            read(HEADER + rows(lambda i: f"{i + 0.4 * (i % 3 == 0):.1f},{i}.5,0.6", 30))
        record = read(HEADER + rows(lambda i: f"{i + 50 * (i > 9)},{i}.5,0.6", 30))
        assert record.data.index[10] == 60

    def test_means_are_taken_run_by_run(self, read):
        text = "time,v,mu,run\n" + rows(lambda i: f"{0.5 * (i % 6)},{i},0.6,{'ab'[i // 6]}")
        record = read(text, run="run", resample="1s")
        assert list(record.data["v"]) == [0, 1.5, 3.5, 5, 6, 7.5, 9.5, 11]
        assert list(record.data.index.get_level_values("time")) == [0, 1, 2, 3] * 2

    def test_means_of_a_clock_end_at_its_full_seconds(self, read):
        text = HEADER + rows(lambda i: f"10:00:0{i // 10}.{i % 10},{i},0.6", 40)
        record = read(text, resample="1s")
        assert list(record.data["v"]) == [0, 5.5, 15.5, 25.5, 35]
        assert list(record.data.index) == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize("wrong", ["fast", 0, -1, "-1s"])
    def test_an_interval_that_is_none_is_refused(self, read, wrong):
        with pytest.raises(ValueError, match="resample is"):
            read(HEADER + rows(plain), resample=wrong)


class TestUnits:
    def test_units_stand_in_a_row_in_brackets_and_at_the_end_of_names(self, read):
        text = "time,v,温度[℃],disp (µm),F_kN,mu\ns,mm/s,,,,-\n"
        text += rows(lambda i: f"{i},{i},1,2,3,0.6{i % 10}")
        record = read(text, inputs=["v", "温度[℃]", "disp (µm)", "F_kN"])
        assert list(record.units.values()) == ["mm/s", "degC", "um", "kN", ""]

    @pytest.mark.parametrize(
        ("unit", "seconds"), [("ms", 0.001), ("min", 60.0), ("h", 3600.0), ("s", 1.0)]
    )
    def test_time_becomes_seconds(self, read, unit, seconds):
        record = read(f"time [{unit}],v,mu\n" + rows(plain), time=f"time [{unit}]")
        np.testing.assert_allclose(record.data.index, seconds * np.arange(12))
        given = read(HEADER + rows(plain), units={"time": unit})
        np.testing.assert_allclose(given.data.index, seconds * np.arange(12))

    @pytest.mark.parametrize(
        ("old", "new", "factor"),
        [("mm", "m", 1e-3), ("kN", "N", 1e3), ("inch", "mm", 25.4), ("bar", "MPa", 0.1)],
    )
    def test_a_conversion_changes_values_and_the_name(self, read, old, new, factor):
        pytest.importorskip("pint")
        text = f"time,x [{old}],mu\n" + rows(plain)
        record = read(text, inputs=[f"x [{old}]"], convert={f"x [{old}]": new})
        np.testing.assert_allclose(record.data[f"x [{new}]"], factor * (np.arange(12) + 0.5))
        assert record.units[f"x [{new}]"] == new

    def test_temperatures_are_converted_with_their_offset(self, read):
        pytest.importorskip("pint")
        text = "time,T (K),mu\n" + rows(plain)
        record = read(text, inputs=["T (K)"], convert={"T (K)": "degC"})
        assert record.data["T (degC)"].iloc[0] == pytest.approx(0.5 - 273.15)

    def test_what_cannot_be_converted_is_named(self, read):
        pytest.importorskip("pint")
        with pytest.raises(ValueError, match="'v' has no known unit"):
            read(HEADER + rows(plain), convert={"v": "mm"})
        with pytest.raises(ValueError, match=r"from 'mm' to 'N'"):
            read(HEADER + rows(plain), units={"v": "mm"}, convert={"v": "N"})


class TestRatesAndLog:
    def test_rates_beside_and_instead_of_their_columns(self, read):
        text = "time,x_mm,mu\n" + rows(lambda i: f"{i},{3 * i},0.6{i % 10}")
        both = read(text, inputs=["x_mm"], rates=["x_mm"])
        expected = RateOfChange(["x_mm"]).fit_transform(both.data[["x_mm"]])
        pd.testing.assert_frame_equal(both.data, expected)
        alone = read(text, inputs=[], rates=["x_mm"], rates_only=True)
        assert list(alone.data) == ["x_rate_mm_s"]
        assert alone.data.iloc[-1, 0] == pytest.approx(3)

    def test_rates_of_what_is_no_input_are_refused(self, read):
        text = "time,v,x,mu\n" + rows(lambda i: f"{i},{i},{i},0.6")
        with pytest.raises(ValueError, match="rates_only=True"):
            read(text, rates=["x"])

    def test_log_is_noted_and_needs_values_above_zero(self, read):
        text = HEADER + rows(lambda i: f"{i},{i},0.6")
        with pytest.raises(ValueError, match=r"log .* 'v' .* holds 0 at row 0"):
            read(text, log=["v"])
        record = read(HEADER + rows(plain), log=["v"])
        assert record.log == ("v",)
        assert record.data["v"].iloc[0] == 0.5


def test_the_description_of_a_record_says_what_was_detected(read):
    record = read(
        "Run;7\n\nzeit [s];v [mm/s];µ\n" + rows(lambda i: f"{i};{i},5;0,6"),
        "cp1252",
        time="zeit [s]",
        inputs=["v [mm/s]"],
        target="µ",
    )
    said = str(record)
    for part in (
        "12 rows from 0 s to 11 s",
        "semicolon",
        "decimal comma",
        "2 lines before",
        "cp1252",
    ):
        assert part in said


def test_a_large_text_whose_columns_change_their_kind_is_read_as_one(read):
    # pandas reads such a text in parts, of which each has its own types.
    n_rows = 600_000
    lines = [f"{i};{i % 7},5;0,6;{i // 300_000}" for i in range(n_rows - 3)]
    lines += [f"{i};n/a;0,6;B" for i in range(n_rows - 3, n_rows)]
    text = "time;v;mu;run\n" + "\n".join(lines) + "\nend of the record\n"
    record = read(text, run="run", drop_missing=True)
    assert list(record.data.index.unique("run")) == ["0", "1"]
    assert record.data["v"].iloc[-1] == (n_rows - 4) % 7 + 0.5
    np.testing.assert_array_equal(record.data.index.get_level_values(-1), np.arange(n_rows - 3))
