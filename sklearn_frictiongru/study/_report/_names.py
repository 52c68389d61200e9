"""The names that a study shows, in words and with units."""

from sklearn_frictiongru.utils.units import error_unit, label_of, words_of


def names_in_figures(study):
    """Return the names of columns and conditions that figures show."""
    importance = study.importance
    names = [*importance.feature_names_, importance.target_name_]
    names += [*importance.importances_[0].conditions, *importance.run_labels_]
    return list(map(str, [*names, importance.condition_name_ or ""]))


def label(study, name):
    """Return a column's name in words, with its unit in brackets."""
    return label_of(name, study.units.get(name) or None)


def target(study):
    """Return the target's name in words, without its unit."""
    return words_of(study.importance.target_name_)


def target_label(study):
    """Return the target's name in words, with its unit in brackets."""
    return label(study, study.importance.target_name_)


def of_target(study):
    """Return the unit of an error of the target, to be printed after a number; "" without unit."""
    unit = error_unit(study.units.get(study.importance.target_name_, ""))
    return f" {unit}" if unit else ""
