"""What successive elimination left out, in sentences; nothing where all lengths were trained."""

from sklearn_frictiongru.study._numbers import counted, listed, percent
from sklearn_frictiongru.study._summaries import share_of_epochs
from sklearn_frictiongru.study._sweep import repeats_before_given_up


def up_to(study):
    """Return "up to " where lengths may have fewer repeats."""
    return "" if study.settings.eliminate is None else "up to "


def race_caption(study):
    """Say in a caption why some lengths have fewer points."""
    if not repeats_before_given_up(study.search):
        return ""
    return (
        " Lengths that were given up have fewer repeats, without those that were stopped early; "
        "their means are of the repeats shown."
    )


def race_method(study):
    """Say how lengths were given up and trainings stopped."""
    if study.settings.eliminate is None:
        return ""
    others = len(study.settings.window_lengths) - 1
    return (
        "From the third repeat on, a window length was given up as soon as the predictive "
        "probability (Spiegelhalter et al., 1986) was below "
        f"{percent(study.settings.eliminate)}, shared among the {others} other lengths, that it "
        f"would not be worse than the best, or below {percent(study.settings.eliminate)} that it "
        "would be better than the shortest length not given up, in a one-sided paired t-test at "
        "5 % over all repeats. A training was stopped early if it could not have reached the loss "
        "of the best length with the same seed, even with 1.5 times the largest improvement, in "
        "logarithms, of any completed training. All trainings of the other lengths were completed. "
        "Lengths that had been given up as not better were then completed, the shortest first, as "
        "long as one was shorter than the recommended length and neither seeds nor test rows ruled "
        "it out over the repeats that it had."
    )


def race_note(study):
    """Say which lengths were given up and how many epochs were trained, as a list of a sentence."""
    given_up = repeats_before_given_up(study.search)
    if not given_up:
        return []
    settings, results = study.settings, study.search.results_
    after = {}
    for length, repeats in given_up.items():
        after.setdefault(repeats, []).append(settings.label_of(length))
    lengths = "; ".join(
        f"{listed(labels)} after {counted(repeats, 'repeat')}"
        for repeats, labels in sorted(after.items())
    )
    n_stopped = int(results["status"].str.startswith("stopped").sum())
    stopped = counted(n_stopped, "training") if n_stopped else "no training"
    return [
        f"Window lengths were given up that would not have been recommended: {lengths}; "
        f"{stopped} of these lengths stopped early. The sweep took "
        f"{percent(share_of_epochs(study))} of the epochs of all repeats. Losses and skills of "
        "lengths that were given up are of few repeats and favour them, since trainings that did "
        "badly were stopped."
    ]
