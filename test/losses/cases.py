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
    options: tuple = ()         # of snnc
    tolerance: float = 1e-12


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


# ---- of potentials ----------------------------------------------------------------

TAU_MEM, TAU_SYN = 0.02, 0.005
KERNEL = ((TAU_SYN / (TAU_MEM - TAU_SYN), 1 / TAU_MEM),
          (-TAU_SYN / (TAU_MEM - TAU_SYN), 1 / TAU_SYN))


def potential(t, hidden, weights):
    """Of a neuron that has not spiked: v' = (i - v) / tau_mem, i += w."""
    return sum(w * c * math.exp(-rate * (t - s))
               for train, w in zip(hidden, weights) for s in train if s < t
               for c, rate in KERNEL)


def weighted(hidden, weights, rate=0.0):
    """The integral of exp(-rate t) v(t) over the sample, term by term."""
    def term(c, r, s):
        return c * math.exp(r * s) * (math.exp(-(r + rate) * s) - math.exp(
            -(r + rate) * DURATION)) / (r + rate)
    return sum(w * term(c, r, s) for train, w in zip(hidden, weights)
               for s in train for c, r in KERNEL)


def quadrature(f, events, pieces=40):
    """Gauss-Legendre of 5 points on small pieces between events."""
    nodes = ((0.0, 128 / 225),
             *((sign * math.sqrt(5 + way * 2 * math.sqrt(10 / 7)) / 3,
                (322 - way * 13 * math.sqrt(70)) / 900)
               for sign in (-1, 1) for way in (-1, 1)))
    total, edges = 0.0, [0.0, *sorted(events), DURATION]
    for begin, end in zip(edges, edges[1:]):
        h = (end - begin) / pieces
        total += sum(weight * f(begin + h * (k + 0.5 + node / 2)) * h / 2
                     for k in range(pieces) for node, weight in nodes)
    return total


def softmax_cross_entropy(scores, label):
    top = max(scores)
    return top + math.log(sum(math.exp(x - top) for x in scores)) \
        - scores[label]


def mean_voltage(gain, rate=0.0):
    def formula(_, label, hidden, columns):
        return softmax_cross_entropy(
            [gain * weighted(hidden, w, rate) / DURATION for w in columns],
            label)
    return formula


def final_voltage(_, label, hidden, columns):
    return softmax_cross_entropy(
        [potential(DURATION, hidden, w) for w in columns], label)


def voltage_at(time):
    def formula(_, label, hidden, columns):
        return softmax_cross_entropy(
            [potential(time, hidden, w) for w in columns], label)
    return formula


def between(out, label, hidden, columns):
    values = [potential(t, hidden, w) * (2 if t == 0.011 else 1)
              for w in columns for t in (0.011, 0.025)]
    return sum(values)


def wavy(_, label, hidden, columns):
    events = [s for train in hidden for s in train]
    return sum(quadrature(
        lambda t: potential(t, hidden, w)**2 * (1 + math.sin(t / 0.01)),
        events) for w in columns) / 0.001


# ---- of activity --------------------------------------------------------------------

def activity(train):
    return sum(1 - t / DURATION for t in train)


def too_active(out, label, hidden, _):
    return 0.5 * mean(max(0, activity(train) - 1)**2 for train in hidden)


def too_inactive(out, label, hidden, _):
    return 0.5 * mean(max(0, 3 - activity(train))**2 for train in hidden)


def greatest(f, events):
    """Of a smooth f between events: a grid, then thirds."""
    best, edges = 0.0, [0.0, *sorted(events), DURATION]
    for begin, end in zip(edges, edges[1:]):
        n = 20
        grid = [begin + (end - begin) * k / n for k in range(n + 1)]
        k = max(range(n + 1), key=lambda k: f(grid[k]))
        low, high = grid[max(k - 1, 0)], grid[min(k + 1, n)]
        for _ in range(80):
            third = (high - low) / 3
            if f(low + third) < f(high - third):
                low += third
            else:
                high -= third
        best = max(best, f((low + high) / 2))
    return best


def too_quiet(out, _, hidden, columns):
    events = [s for train in hidden for s in train]
    return mean(max(0, 1 - greatest(lambda t: potential(t, hidden, w), events))
                ** 2 if not train else 0 for train, w in zip(out, columns))


def too_late(out, label, *_):
    return 0.01 * (math.exp(out[label][0] / 0.0064) - 1) if out[label] else 0


def pseudo_spike(out, label, hidden, columns):
    times = [train[0] if train else DURATION + 0.02 * max(
        0, 1 - potential(DURATION, hidden, w))
        for train, w in zip(out, columns)]
    return softmax_cross_entropy([-t / 0.003 for t in times], label)


def spike_count(out, label, *_):
    return softmax_cross_entropy([0.3 * len(train) for train in out], label)


LI = {'neuron': 'li(tau_mem = 20 ms, tau_syn = 5 ms)', 'spikes': False,
      'learned': {}}

CASES = {
    'spike_time_mse': Case(
        'loss spike_time_mse(out, label, early = 8 ms)',
        spike_time_mse(0.008, 0.03, 0.01), ('spike_time_mse',)),
    'van_rossum': Case(
        'loss van_rossum(out, label, tau = 7 ms)',
        van_rossum(0.01, 0.03, 0.007), ('van_rossum',)),
    'nth_spike': Case(
        'loss third(out)', third_spike, scale=3,
        own='loss third(out, n = 3) {\n'
            '    t = nth_spike(out, n) or 0 ms\n'
            '    sum(t) / 10 ms\n}'),
    'mean_voltage': Case(
        'loss mean_voltage_cross_entropy(out, label, gain = 3)',
        mean_voltage(3), ('mean_voltage_cross_entropy',),
        score='-integral(out.v)', **LI),
    'weighted_voltage': Case(
        'loss weighted_voltage_cross_entropy(out, label, gain = 2)',
        mean_voltage(2, 1 / DURATION), ('weighted_voltage_cross_entropy',),
        score='-final(out.v)', **LI),
    'growing_weight': Case(
        'loss weighted_voltage_cross_entropy(out, label, tau = -30 ms)',
        mean_voltage(1, -1 / 0.03), ('weighted_voltage_cross_entropy',),
        score='-final(out.v)', **LI),
    'final_voltage': Case(
        'loss final_voltage_cross_entropy(out, label)', final_voltage,
        ('final_voltage_cross_entropy',), score='-final(out.v)', **LI),
    'voltage_at_time': Case(
        'loss voltage_at_time(out, label, instant = 33 ms)', voltage_at(0.033),
        ('voltage_at_time',), score='-at_time(out.v, 33 ms)', **LI),
    'voltage_at_end': Case(
        'loss voltage_at_time(out, label, instant = t_end)',
        voltage_at(DURATION), ('voltage_at_time',),
        score='-at_time(out.v, 5 ms)', **LI),
    'voltage_at_times': Case(
        'loss between(out)', between, score='-final(out.v)',
        own='loss between(out, first = 11 ms) {\n'
            '    sum(at_time(2 * out.v, first) + at_time(out.v, 25 ms))\n}',
        **LI),
    'wavy_integral': Case(
        'loss wavy(out)', wavy, score='-final(out.v)',
        own='loss wavy(out, tau = 10 ms) {\n'
            '    sum(integral(out.v^2 * (1 + sin(time / tau)))) / 1 ms\n}',
        options=('--tolerance=1e-12',), tolerance=1e-10, **LI),
    'too_active': Case('loss too_active(hidden, most = 1, price = 0.5)',
                       too_active, ('activity',)),
    'too_inactive': Case('loss too_inactive(hidden, least = 3, price = 0.5)',
                         too_inactive, ('activity',)),
    'too_quiet': Case('loss too_quiet(out, price = 1)', too_quiet,
                      ('activity',), scale=0.4),
    'too_late': Case('loss too_late(out, label, price = 0.01)', too_late,
                     ('activity',)),
    'pseudo_spike': Case(
        'loss pseudo_spike_cross_entropy(out, label, tau_pseudo = 20 ms, '
        'tau0 = 3 ms)', pseudo_spike, ('pseudo_spike_cross_entropy',),
        scale=0.5),
    'spike_count': Case(
        'loss spike_count_cross_entropy(out, label, gain = 0.3)', spike_count,
        ('spike_count_cross_entropy',)),
}
