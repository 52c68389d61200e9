"""
Does a sweep give the same results on a cluster?
================================================

The trainings of a sweep are independent of each other, so joblib can distribute them to the
workers of a dask cluster. Here the same sweep runs in this process and on a cluster of two workers,
and the results are compared.
"""

import joblib
import matplotlib.pyplot as plt
import numpy as np
from dask.distributed import Client, LocalCluster, get_task_stream
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# Three window lengths and four seeds: twelve small trainings.

X, y, truth = make_memory_regression(1000, 3, memory=8, noise=0.1, random_state=0)
gru = GRUFrictionRegressor(
    conv_channels=8, hidden_size=8, n_gru_layers=1, max_epochs=8, lr=0.02
)
model = make_pipeline(SlidingWindowTransformer(), gru)


def sweep():
    return WindowLengthSearchCV(model, [8, 16, 32], n_repeats=4, random_state=0).fit(
        X, y
    )


# %%
# Each worker is a process with one thread: several threads per training slow small networks down.
# A new process imports this script again. Code that must run only once is therefore inside
# ``if __name__ == "__main__"``. On a cluster of machines, use ``Client("scheduler:8786")`` instead
# of the local cluster; nothing else changes.

if __name__ == "__main__":
    alone = sweep()
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs="ERROR",
        ) as cluster,
        Client(cluster) as client,
        get_task_stream(client) as stream,
        joblib.parallel_config(backend="dask"),
    ):
        client.wait_for_workers(2)
        spread = sweep()

# %%
# The seeds are drawn before the trainings are distributed. The results therefore do not depend on
# which worker runs which training. The first job of a worker is the longest, since the worker has
# to import the libraries.

if __name__ == "__main__":
    here, there = alone.results_["score"], spread.results_["score"]
    same = int((here == there).sum())
    print(
        "same best window length:",
        alone.best_window_length_ == spread.best_window_length_,
    )
    print("same predictions:", np.array_equal(alone.predict(X), spread.predict(X)))

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    left.axline(
        (here.min(), here.min()), slope=1, color="black", linestyle="--", linewidth=1
    )
    for length, marker, colour in zip(
        [8, 16, 32], "os^", ("0.75", "0.5", "black"), strict=True
    ):
        rows = alone.results_["window_length"] == length
        left.plot(
            here[rows],
            there[rows],
            marker,
            color=colour,
            label=f"{length} rows",
            linestyle="",
        )
    left.set(
        xlabel="lowest validation loss, this process [target²]",
        ylabel="lowest validation loss, cluster [target²]",
        title=f"{same} of {len(here)} losses are identical",
    )
    left.legend(frameon=False)

    workers = sorted({task["worker"] for task in stream.data})
    computed = [
        (workers.index(task["worker"]), step["start"], step["stop"])
        for task in stream.data
        for step in task["startstops"]
        if step["action"] == "compute"
    ]
    began = min(start for _, start, _ in computed)
    for worker, start, stop in computed:
        colour = ("0.75", "0.45")[worker]
        right.barh(
            worker, stop - start, left=start - began, color=colour, edgecolor="black"
        )
    right.set_yticks(
        range(len(workers)), [f"worker {i + 1}" for i in range(len(workers))]
    )
    right.set(xlabel="time [s]", title="Jobs of each worker")
    plt.show()
