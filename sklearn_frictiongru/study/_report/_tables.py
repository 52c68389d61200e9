"""The tables that a report shows behind its answers."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._verdict import verdict_table


class Table(NamedTuple):
    """A table with its title, greyed where it is not to be relied on."""

    title: str
    content: pd.DataFrame
    greyed: bool = False


def tables_of(study):
    """Return the tables behind the answers."""
    n_purge = study.settings.purge
    longest = study.settings.longest_window
    purge = f"{longest - 1} (strict)" if n_purge is None else f"{n_purge}"
    summary = study.importance.summary()
    marked = summary.assign(
        verdict=[
            "above the floor" if above else "not distinguishable from none"
            for above in summary["above_floor"]
        ]
    ).drop(columns=["above_floor", "net_above_floor"])
    greyed = study.why_no_finding is not None
    tables = [
        Table(f"Rows of each part as targets; purge: {purge} rows", study.parts_table),
        Table(
            "Range of each input over the training rows, and share of rows outside of it",
            study.outside_range,
        ),
        Table(
            "Tests of skill and history over blocks of rows (empty: too few blocks)",
            verdict_table(study).replace([-np.inf, np.inf], np.nan),
        ),
        Table("Skill of the models shown in figure 2, against the better baseline", study.skill),
        Table("Skill of every repeat at the best window length", study.repeat_skill),
        *_law_tables(study),
        Table(
            "Skill of the network, median of the repeats, and of reference models on the same "
            "windows and rows",
            study.references.table,
        ),
        Table(
            "Window lengths [rows]: validation loss, test skill, and p-values of the best length "
            "against each over seeds and over blocks of test rows",
            study.lengths.table,
        ),
        Table("Lowest validation loss of each window length", study.search.summary()),
        Table("Importance" + (" (not interpretable)" if greyed else ""), marked, greyed),
        Table("Test of each input against its surrogates", study.null_floor.tests, greyed),
    ]
    groups = study.importance.group_summary()
    if len(groups):
        tables.append(Table("Importance of inputs that belong together", groups, greyed))
    tables.append(
        Table(
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
        tables.append(Table(f"Importance by {study.condition.name}", by_condition, greyed))
    return tables


def _law_tables(study):
    """Return the parameters of the classical law and its skill."""
    if study.law is None:
        return []
    return [
        Table(
            "Rate-and-state law fitted to the training rows (aging law)", study.law.model.summary()
        ),
        Table("Skill of the rate-and-state law, against the better baseline", study.law.skill),
    ]


def settings_table(study):
    """Return the settings that a reader of the report needs."""
    settings = study.settings
    gap = {} if settings.max_gap is None else {"longest gap inside a run": settings.max_gap}
    table = pd.Series(
        {
            "preset": settings.preset,
            "window lengths": ", ".join(map(str, settings.window_lengths)),
            "repeats": settings.n_repeats,
            "epochs": settings.max_epochs,
            "training stride": settings.stride,
            "blocks": settings.n_blocks,
            "rotations": "yes" if settings.rotations else "no",
            "logarithm of": ", ".join(settings.log) or "none",
            **gap,
            "seeds": ", ".join(str(seed) for seed in study.search.seeds_),
            **{key: _listed(value) for key, value in study.source.items()},
        },
        name="value",
    )
    return Table("Settings", table.to_frame())


def _listed(value):
    """Return a value as text, several with commas between them."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
