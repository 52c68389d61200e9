"""The page that states what a study found."""

import base64
from html import escape
from string import Template

import pandas as pd

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 62rem;
       margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
h1 { line-height: 1.2; }
h2 { margin-top: 2.2rem; border-bottom: 1px solid #ccc; }
.answer { border-left: 5px solid #0072B2; padding: .2rem 1rem; margin: 1rem 0; }
.answer.no { border-color: #D55E00; }
.answer strong { display: block; font-size: 1.15rem; }
.notes { background: #fdf3dc; padding: .4rem 1rem; }
figure { margin: 1.5rem 0; }
figure img { max-width: 100%; height: auto; }
figcaption { color: #444; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child { text-align: left; }
.greyed { color: #8c8c8c; }
code { overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>$title</h1>
$answers
$truth
$notes
<h2>Figures</h2>
$figures
<h2>Tables</h2>
$tables
<h2>How it was made</h2>
$method
</body>
</html>
""")

BASELINES = "the training mean and the last training value before the row"


def write_report(study, folder, figures, tables):
    """Write ``report.html``, one self-contained page."""
    page = PAGE.substitute(
        title=escape(f"Friction from its recent history: {study.settings['name']}"),
        answers="\n".join([_skill_answer(study), _length_answer(study), _ranking_answer(study)]),
        truth=_truth(study),
        notes=_notes(study),
        figures="\n".join(_figure(study, folder, name) for name in figures),
        tables=_tables(study),
        method=_method(study, tables),
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def _answer(question, verdict, detail, good=True):
    """Return one answer as a block."""
    kind = "answer" if good else "answer no"
    return (
        f'<div class="{kind}">{escape(question)}<strong>{escape(verdict)}</strong>'
        f"{escape(detail)}</div>"
    )


def _skill_answer(study):
    """Say whether friction can be predicted."""
    best = study.search.best_window_length_
    details, medians = [], {}
    for part in ("validation", "test"):
        rows = study.repeat_skill.xs(part, level="part")
        skill = rows["skill"]
        medians[part] = skill.median()
        details.append(
            f"{part}: median skill {medians[part]:.2f} over {len(skill)} repeats "
            f"({skill.min():.2f} to {skill.max():.2f}, {int((skill > 0).sum())} above 0) on "
            f"{int(rows['n_rows'].iloc[0])} rows (median mean squared error "
            f"{rows['mse'].median():.3g}, training mean {rows['mse_training_mean'].iloc[0]:.3g}, "
            f"last training value {rows['mse_last_training_target'].iloc[0]:.3g})"
        )
    if study.has_skill:
        verdict = "Yes: the models beat both baselines on validation and on test rows."
    elif medians["test"] <= 0 < medians["validation"]:
        verdict = "No: they beat the baselines on validation rows, not on test rows. No skill."
    elif medians["validation"] <= 0 < medians["test"]:
        verdict = "No: they beat the baselines on test rows, not on validation rows. No skill."
    else:
        verdict = "No: the models are no better than the baselines. No skill on this record."
    detail = (
        f"Skill = 1 - mean squared error / that of the better of two baselines, {BASELINES}; "
        f"1 is perfect, 0 or less is none. Window of {best}: " + "; ".join(details) + "."
    )
    if study.law is not None:
        skill = study.law.skill["skill"]
        detail += (
            " The rate-and-state law, fitted to the velocity of the training rows, has a skill of "
            f"{skill['validation']:.2f} on validation and {skill['test']:.2f} on test rows."
        )
    return _answer(
        "Can friction be predicted from the recent history of the inputs?",
        verdict,
        detail,
        study.has_skill,
    )


def _length_answer(study):
    """Say which window length is best and how clearly it won."""
    search, summary = study.search, study.search.summary()
    best = search.best_window_length_
    n_repeats = study.settings["n_repeats"]
    if len(summary) == 1:
        return _answer(
            "How long a history is needed?",
            f"Only one window length was trained: {best}.",
            "Give several window lengths to compare.",
            False,
        )
    others = summary.drop(best)
    tied = [str(length) for length in others.index[~(others["p_value"] < 0.05)]]
    verdict = {
        "clear": f"A window of {best} is best, clearly.",
        "tied": f"No clear optimum: {best} has the lowest mean loss, but "
        f"{', '.join(tied)} cannot be told apart from it.",
        "edge": f"A window of {best} is best of those compared, but stands at the end of their "
        "range: the optimum may lie beyond.",
    }[search.verdict_]
    runner_up = others["mean"].idxmin()
    detail = (
        f"Mean lowest validation loss over {n_repeats} repeats: {summary.loc[best, 'mean']:.3g} "
        f"at {best}, {others.loc[runner_up, 'mean']:.3g} at the runner-up {runner_up}; over all "
        f"lengths {summary['mean'].min():.3g} to {summary['mean'].max():.3g} (squared units of "
        "the target). Compared over common seeds on the same rows, by one-sided paired t-tests."
    )
    if not study.has_skill:
        detail += (
            " The models have no skill, so this tells how well they fit this record's validation "
            "rows, and little about how much history the rock needs."
        )
    return _answer("How long a history is needed?", verdict, detail, search.verdict_ == "clear")


def _ranking_answer(study):
    """Say which input matters."""
    importance, summary = study.importance, study.importance.summary()
    n_models = len(importance.relative_)
    question = "Which input matters?"
    listed = "; ".join(
        f"{name} {row['relative']:.2f} (net {row['net']:.2f}"
        + ("" if row["above_floor"] else "; not distinguishable from none")
        + ")"
        for name, row in summary.iterrows()
    )
    floor = study.null_floor
    detail = (
        f"Relative importance, mean of {n_models} models with a skill of {importance.skill_:.2f} "
        f"(the lower one of validation and test): {listed}. An input that does nothing still gets "
        f"up to {floor['relative']:.2f} (net {floor['net']:.2f})."
    )
    if not study.has_skill:
        return _answer(
            question,
            "Not interpretable: a model without skill says nothing about what matters.",
            "For the record only: " + detail,
            False,
        )
    above = summary.index[summary["above_floor"]]
    if not len(above):
        return _answer(
            question, "None can be told apart from an input that does nothing.", detail, False
        )
    verdict = " > ".join(above)
    for group, row in importance.group_summary().iterrows():
        detail += f" Summed, {group}: {row['relative']:.2f} (net {row['net']:.2f})."
    if n_models > 1 and summary.shape[0] > 1:
        detail += (
            f" Agreement of the models' ranks, Kendall's W: {importance.kendall_w_:.2f} (1 is "
            f"full; permutation test, p = {importance.kendall_p_value_:.2g})."
        )
    agreement = study.permutation.spearman_of_means
    if pd.notna(agreement):
        detail += (
            " Ranked by permuting histories instead, for the model of figure 2: Spearman "
            f"correlation {agreement:.2f}."
        )
    return _answer(question, verdict, detail)


def _truth(study):
    """Say what the simulator knows."""
    if not study.beside_truth:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in study.beside_truth)
    return f'<div class="answer">What is true, beside what was found<ul>{items}</ul></div>'


def _notes(study):
    """Say what limits the answers."""
    notes = [escape(note) for note in study.notes]
    if study.law is not None:
        notes += [f"Rate-and-state law: {escape(warning)}" for warning in study.law.warnings]
    purge, longest = study.settings["purge"], max(study.settings["window_rows"])
    if purge is not None and purge < longest - 1:
        notes.append(
            f"The purge was lowered to {purge} rows (strict would be {longest - 1}): training "
            "windows share rows with validation and test windows, so that losses and skill are "
            "better than on new data."
        )
    outside = study.outside_range[["validation_outside", "test_outside"]].max(axis=1)
    for name, share in outside[outside > 0.1].items():
        notes.append(
            f"Up to {share:.0%} of the validation or test rows have {escape(name)} outside of "
            "the range it was trained on: there the model extrapolates."
        )
    for first, second, correlation in study.importance.correlated_pairs_:
        notes.append(
            f"{escape(first)} and {escape(second)} are strongly correlated (Spearman "
            f"{correlation:.2f}): importance moves freely between the two; read their sum."
        )
    failed = int((study.search.results_["status"] != "finished").sum())
    if failed:
        notes.append(f"{failed} trainings failed; sweep_results.csv names the reasons.")
    results = study.search.results_
    best = results[results["window_length"] == study.search.best_window_length_]
    at_end = best["n_epochs"] == best["best_epoch"]
    if at_end.mean() > 0.5:
        notes.append(
            f"In {int(at_end.sum())} of {len(at_end)} trainings at the best window length the last "
            "epoch was the best: more epochs may lower the loss further."
        )
    if not notes:
        return ""
    items = "".join(f"<li>{note}</li>" for note in notes)
    return f'<div class="notes"><p><b>To be read with it</b></p><ul>{items}</ul></div>'


def _captions(study):
    """Return the caption of each figure."""
    best, n_repeats = study.search.best_window_length_, study.settings["n_repeats"]
    lengths = ", ".join(f"{length} ({role})" for length, role in study.shown_lengths.items())
    mark = "" if study.has_skill else " Greyed: the models have no skill."
    captions = {
        "figure_1_window_length": f"Lowest validation loss of {n_repeats} trainings of each window "
        "length. Boxes: quartiles and median; whiskers: last point within 1.5 interquartile "
        "ranges; points: trainings; diamonds: means, joined.",
        "figure_2_predictions": "Predicted against measured friction on validation and test rows, "
        f"for windows of {lengths}; each by the repeat with the median lowest loss, as trained in "
        "the sweep.",
        "figure_2b_predictions_along_time": f"Measured friction along the record, and predicted "
        f"from windows of {best}; validation and test parts are shaded. Unshaded rows are "
        "training and purged rows; the first rows have no full history and no prediction."
        + ("" if study.law is None else " Dotted: the rate-and-state law."),
        "figure_3_importance": f"Above: relative gradient importance of each input over the whole "
        f"record at a window of {best}: bars, mean of {len(study.importance.relative_)} models, "
        f"with {_intervals(study)}; points, each model; hollow diamonds, mean net importance; "
        "dashed and dotted, what an input that does nothing gets of the two. Below: the rank of "
        f"each input in each model.{mark}",
        "figure_4_importance_by_condition": "Relative importance in each range of "
        f"{study.condition_name}, read at the target row: mean and standard deviation over the "
        f"models; hollow diamonds, net importance; dashed and dotted, the floors.{mark}",
        "figure_5_importance_along_time": "Above: measured friction. Below: relative importance of "
        f"each input at each row along time, mean of the models, smoothed; dotted, net importance "
        f"in blocks of rows; dashed, the floor.{mark}",
        "figure_6_importance_by_lag": "The part of each lag in the importance of each input, mean "
        "of the models; dotted, of net importance; dashed, what an input that does nothing gets. "
        f"The gradients of recurrent networks fade with the lag by themselves.{mark}",
    }
    return captions


def _intervals(study):
    """Say what the intervals of the importances stand on."""
    drawn = study.importance.drawn_
    if drawn == "nothing":
        return "no interval (one run, one model)"
    return f"95 % intervals from a bootstrap over {drawn}"


def _figure(study, folder, name):
    """Return a figure with its caption, the picture inside the page."""
    caption = escape(_captions(study)[name])
    picture = base64.b64encode((folder / f"{name}.png").read_bytes()).decode()
    number = name.split("_")[1]
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{picture}">'
        f"<figcaption><b>Figure {number}.</b> {caption}</figcaption></figure>"
    )


def _table(title, table, greyed=False):
    """Return a table with its title."""
    html = table.to_html(border=0, float_format=lambda value: f"{value:.4g}", na_rep="")
    kind = "table greyed" if greyed else "table"
    return f'<h3>{escape(title)}</h3><div class="{kind}">{html}</div>'


def _tables(study):
    """Return the tables behind the answers."""
    n_purge = study.settings["purge"]
    longest = max(study.settings["window_rows"])
    purge = f"{longest - 1} (strict)" if n_purge is None else f"{n_purge}"
    summary = study.importance.summary()
    marked = summary.assign(
        verdict=[
            "above the floor" if above else "not distinguishable from none"
            for above in summary["above_floor"]
        ]
    ).drop(columns=["above_floor", "net_above_floor"])
    greyed = not study.has_skill
    tables = [
        _table(f"Rows of each part as targets; purge: {purge} rows", study.parts_table),
        _table(
            "Range of each input over the training rows, and share of rows outside of it",
            study.outside_range,
        ),
        _table("Skill of the models shown in figure 2, against the better baseline", study.skill),
        _table("Skill of every repeat at the best window length", study.repeat_skill),
        *_law_tables(study),
        _table("Lowest validation loss of each window length", study.search.summary()),
        _table("Importance" + (" (not interpretable: no skill)" if greyed else ""), marked, greyed),
    ]
    groups = study.importance.group_summary()
    if len(groups):
        tables.append(_table("Importance of inputs that belong together", groups, greyed))
    tables.append(
        _table(
            "Relative importance by gradients and by permutation, of the model of figure 2",
            study.permutation.frame.pivot(index="parameter", columns="measure", values="value"),
            greyed,
        )
    )
    if study.condition is not None:
        frame = study.importance.frame()
        chosen = (frame["condition"] != "all") & frame["lag"].isna()
        by_condition = frame[chosen & frame["measure"].isin(["relative", "net"])].pivot_table(
            index=["condition", "parameter", "n_rows"],
            columns="measure",
            values="value",
            sort=False,
        )
        tables.append(_table(f"Importance by {study.condition_name}", by_condition, greyed))
    return "\n".join(tables)


def _law_tables(study):
    """Return the parameters of the classical law and its skill."""
    if study.law is None:
        return []
    return [
        _table(
            "Rate-and-state law fitted to the training rows (aging law)", study.law.model.summary()
        ),
        _table("Skill of the rate-and-state law, against the better baseline", study.law.skill),
    ]


def _method(study, tables):
    """Return how the study was made and what lies beside the page."""
    settings = study.settings
    table = pd.Series(
        {
            "preset": settings["preset"],
            "window lengths": ", ".join(map(str, settings["window_lengths"])),
            "repeats": settings["n_repeats"],
            "epochs": settings["max_epochs"],
            "training stride": settings["stride"],
            "blocks": settings["n_blocks"],
            "seeds": ", ".join(map(str, settings["seeds"])),
        },
        name="value",
    ).to_frame()
    files = ", ".join(f"<code>{escape(name)}.csv</code>" for name in tables)
    text = (
        "<p>The record was cut into blocks of time, dealt to training, validation and test. Every "
        "window length was trained with the same seeds on the same rows; the weights of the "
        "epoch with the lowest validation loss were kept; no model was trained on validation or "
        "test rows.</p>"
    )
    return (
        text
        + _table("Settings", table)
        + f"<p>Beside this page: the figures as PNG and SVG, {files}, "
        "<code>settings.json</code> (all settings, seeds, versions) and "
        "<code>best_model.joblib</code> (the fitted pipeline).</p>"
    )
