"""The names that a study shows."""


def names_in_figures(study):
    """Return the names of columns and conditions that figures show."""
    importance = study.importance
    names = [*importance.feature_names_, importance.target_name_]
    names += [*importance.importances_[0].conditions]
    return list(map(str, [*names, importance.condition_name_ or ""]))
