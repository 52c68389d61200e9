"""The state of a net's training, as data."""

import torch
from skorch.callbacks import LRScheduler
from skorch.history import History

from sklearn_frictiongru.neural_network._layers._network import SeededDropout
from sklearn_frictiongru.neural_network._training._history import check_history

NOT_KEPT = {"checkpoint", "loss_limits", "scikit_learn", "progress_bar"}
"""Callbacks that hold nothing a training depends on."""


def net_state(net, can_keep, *, own_module=False, ended=False):
    """Return all that a training depends on except the weights and its parameters."""
    callbacks = {}
    for name, callback in net.callbacks_:
        if name in NOT_KEPT:
            continue
        kept = dict(vars(callback))
        if isinstance(callback, LRScheduler) and callback.lr_scheduler_ is not None:
            kept["lr_scheduler_"] = {
                key: value
                for key, value in callback.lr_scheduler_.state_dict().items()
                if can_keep(value)
            }
        # Code is not state: a resumed training has it from its parameters. After the end of a
        # training, callbacks need only their data.
        callbacks[name] = {
            key: value
            for key, value in kept.items()
            if not (ended or callable(value)) or can_keep(value)
        }
    return {
        "optimizer": net.optimizer_.state_dict(),
        # The losses of the batches are in those of their epochs.
        "history": [{**epoch, "batches": []} for epoch in net.history],
        "batches": net.iterator_train__generator.get_state(),
        "dropouts": [each.generator_state() for each in dropouts_of(net)],
        "global": torch.get_rng_state() if own_module else None,
        "callbacks": callbacks,
    }


def restore_net(net, state):
    """Let a net that is ready to be trained resume from the state of another one."""
    net.optimizer_.load_state_dict(state["optimizer"])
    # A net read from a file of weights alone has no history.
    if state["history"]:
        check_history(state["history"])
    net.history = History(state["history"])
    net.iterator_train__generator.set_state(state["batches"])
    device = torch.device(net.device)
    for dropout, generator in zip(dropouts_of(net), state["dropouts"], strict=True):
        dropout.set_generator_state(generator, device)
    for name, callback in net.callbacks_:
        if name in NOT_KEPT:
            continue
        kept = dict(state["callbacks"][name])
        if isinstance(callback, LRScheduler):
            of_scheduler = kept.pop("lr_scheduler_", None)
            # It is only made where a training begins.
            if callback.lr_scheduler_ is not None:
                callback.lr_scheduler_.load_state_dict(of_scheduler)
        vars(callback).update(kept)


def dropouts_of(net):
    return [module for module in net.module_.modules() if isinstance(module, SeededDropout)]
