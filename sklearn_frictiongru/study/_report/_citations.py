"""What to cite: the software, its protocol, the record, and the tests of a study."""

from sklearn_frictiongru.study._report._names import target
from sklearn_frictiongru.utils.blocks import enough_blocks

SOFTWARE_TITLE = "sklearn_frictiongru: friction from the recent history of sheared rock"
PROTOCOL_AUTHORS = "Uhmb, T.-H., Hamada, Y., and Hirose, T."
PROTOCOL_TITLE = (
    "Relationships between fault friction, slip time, and physical parameters explored by "
    "experiment-based friction model: A machine learning approach using recurrent neural networks "
    "(RNNs)"
)
PROTOCOL_JOURNAL = "Applied Computing and Geosciences. doi:10.1016/j.acags.2025.100231"
OF_TESTS = (
    "Diebold, F. X., and Mariano, R. S. (1995). Comparing predictive accuracy. Journal of Business "
    "& Economic Statistics, 13(3), 253–263."
)
OF_PHASES = (
    "Theiler, J., Eubank, S., Longtin, A., Galdrikian, B., and Farmer, J. D. (1992). Testing for "
    "nonlinearity in time series: the method of surrogate data. Physica D, 58(1–4), 77–94.",
    "Schreiber, T., and Schmitz, A. (1996). Improved surrogate data for nonlinearity tests. "
    "Physical Review Letters, 77(4), 635–638.",
)
OF_RACE = (
    "Spiegelhalter, D. J., Freedman, L. S., and Blackburn, P. R. (1986). Monitoring clinical "
    "trials: conditional or predictive power? Controlled Clinical Trials, 7(1), 8–17."
)
OF_LAW = (
    "Dieterich, J. H. (1979). Modeling of rock friction: 1. Experimental results and constitutive "
    "equations. Journal of Geophysical Research, 84(B5), 2161–2168.",
    "Ruina, A. (1983). Slip instability and state variable friction laws. Journal of Geophysical "
    "Research, 88(B12), 10359–10370.",
)


def citations(study, kept):
    """Return what to cite: the software, its protocol, the record, and the paragraph's sources."""
    version, year = kept["versions"]["sklearn_frictiongru"], kept["date"][:4]
    about_friction = "friction" in target(study).lower()
    software = SOFTWARE_TITLE if about_friction else "sklearn_frictiongru"
    title = f"{PROTOCOL_TITLE}. " if about_friction else ""
    cited = [
        f"sklearn_frictiongru developers ({year}). {software}, version {version} [computer "
        "software], BSD-3-Clause.",
        f"The protocol: {PROTOCOL_AUTHORS} (2025). {title}{PROTOCOL_JOURNAL}.",
    ]
    if "citation" in study.source:
        licence = study.source.get("licence")
        cited.append(
            f"The record: {study.source['citation'].rstrip('.')}"
            + (f". Licence: {licence}." if licence else ".")
        )
    if any(enough_blocks(test.n_blocks) for test in study.skill_tests.values()):
        cited.append(OF_TESTS)
    if study.null_floor.kind == "phases":
        cited += OF_PHASES
    if study.settings.eliminate is not None:
        cited.append(OF_RACE)
    return cited if study.law is None else [*cited, *OF_LAW]
