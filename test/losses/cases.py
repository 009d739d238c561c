"""The losses that check.py checks, with their formulas.

A formula gets the spikes of each output neuron (None for neurons that never
spike), the label, the spikes of each hidden neuron and the output weights by
output neuron, and gives the loss of the sample.
"""
import math
from dataclasses import dataclass, field
from typing import Callable

INPUTS, HIDDEN, OUT, SAMPLES, DURATION = 5, 12, 3, 6, 0.06


@dataclass
class Case:
    loss: str                   # items of the model
    formula: Callable
    imports: tuple = ()
    own: str = ''               # declarations
    neuron: str = 'lif(threshold = 1 learned, tau_mem = 20 ms, tau_syn = 5 ms)'
    spikes: bool = True
    scale: float = 1.0          # of the output weights
    score: str = 'first_spike(out)'
    learned: dict = field(default_factory=lambda: {'out.threshold': 1.0})


def mean(values):
    values = list(values)
    return sum(values) / len(values)


# ---- of spikes ------------------------------------------------------------------

def first(train):
    return train[0] if train else DURATION


def spike_time_mse(early, late, tau):
    def formula(out, label, *_):
        return mean(((first(train) - (early if k == label else late)) / tau)**2
                    for k, train in enumerate(out))
    return formula


def van_rossum(early, late, tau):
    """By integration over the pieces between events, not over pairs."""
    def distance(train, target):
        events = sorted([(t, 1.0) for t in train] + [(target, -1.0)])
        total, height = 0.0, 0.0
        for (t, jump), end in zip(events, [t for t, _ in events[1:]]
                                  + [math.inf]):
            height += jump
            left = math.exp(-(end - t) / tau)
            total += height**2 * (1 - left**2) / 2
            height *= left
        return total

    def formula(out, label, *_):
        return mean(distance(train, early if k == label else late)
                    for k, train in enumerate(out))
    return formula


def third_spike(out, *_):
    return sum(train[2] / 0.01 for train in out if len(train) > 2)


CASES = {
    'spike_time_mse': Case(
        'loss spike_time_mse(out, label, early = 8 ms)',
        spike_time_mse(0.008, 0.03, 0.01), ('spike_time_mse',)),
    'van_rossum': Case(
        'loss van_rossum(out, label, tau = 7 ms)',
        van_rossum(0.01, 0.03, 0.007), ('van_rossum',)),
    'nth_spike': Case(
        'loss third(out)', third_spike,
        own='loss third(out, n = 3) {\n'
            '    t = nth_spike(out, n) or 0 ms\n'
            '    sum(t) / 10 ms\n}'),
}
