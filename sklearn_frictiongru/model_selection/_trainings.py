"""Many trainings side by side: stored as they finish, and counted."""

from joblib import Parallel, delayed
from sklearn.base import clone
from tqdm.auto import tqdm

from sklearn_frictiongru.model_selection._training_store import TrainingStore


def with_seed(estimator, seed):
    """Return a clone with every `random_state` in it set to a seed.

    Parameters
    ----------
    estimator : estimator
        Estimator or pipeline.
    seed : int
        The seed.

    Returns
    -------
    estimator
        The clone.
    """
    estimator = clone(estimator)
    seeded = {
        name: int(seed)
        for name in estimator.get_params(deep=True)
        if name == "random_state" or name.endswith("__random_state")
    }
    return estimator.set_params(**seeded)


def run_trainings(train, arguments, *, keys, costs, names, n_jobs, memory, verbose):
    """Run trainings side by side, but for those that a store holds already.

    Parameters
    ----------
    train : callable
        Called as ``train(*arguments[i])`` in a worker; returns a dict with the keys
        "status" and "interrupted".
    arguments : list of tuple
        Arguments of each training.
    keys : list of str or None
        What each training was made from, for the store; None without `memory`.
    costs : list of float
        How long each training takes, in any unit. The longest are started first.
    names : list of str
        What each training is, for the progress bar.
    n_jobs : int or None
        Trainings side by side, through joblib.
    memory : str, path-like, joblib.Memory or None
        Folder of the store.
    verbose : int
        Whether to show a progress bar.

    Returns
    -------
    trainings : list of dict
        What `train` returned for each.
    n_trained : int
        How many were trained now.

    Raises
    ------
    KeyboardInterrupt
        If a training was interrupted; those that finished before are stored.
    """
    trainings = [None] * len(arguments)
    store = None if memory is None else TrainingStore(memory)
    if store is not None:
        trainings = [store.load(key) for key in keys]
    missing = [i for i, training in enumerate(trainings) if training is None]
    # The longest take the most time: started first, they end side by side.
    missing.sort(key=lambda i: -costs[i])
    with _Progress(missing, costs, len(arguments), verbose) as progress:
        results = Parallel(
            n_jobs=n_jobs, return_as="generator_unordered", pre_dispatch="1.5*n_jobs"
        )(delayed(_numbered)(i, train, arguments[i]) for i in missing)
        for i, training in results:
            if training["interrupted"]:
                raise KeyboardInterrupt(f"interrupted while training {names[i]}")
            # Stored by the parent, since a worker elsewhere may not see the folder.
            if store is not None and training["status"] == "finished":
                store.save(keys[i], training)
            trainings[i] = training
            progress.advance(names[i], costs[i])
    return trainings, len(missing)


def _numbered(i, train, arguments):
    """Run a training and return it with its number."""
    return i, train(*arguments)


class _Progress:
    """Progress bar whose time left counts the cost of the trainings that are missing."""

    def __init__(self, missing, costs, total, verbose):
        self.total = total
        self.left = len(missing)
        self.bar = tqdm(
            total=sum(costs[i] for i in missing),
            disable=not verbose or not missing,
            desc=self._description("training"),
            bar_format="{desc} |{bar:20}| {elapsed} elapsed, about {remaining} left",
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.bar.close()

    def advance(self, name, cost):
        """Count a finished training."""
        self.left -= 1
        self.bar.set_description_str(self._description(f"trained {name}"), refresh=False)
        self.bar.update(cost)

    def _description(self, what):
        done = self.total - self.left
        return f"{what}; {done} of {self.total} trainings done, {self.left} left"
