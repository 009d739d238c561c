#!/usr/bin/env python3
"""The simulator against the bare equations: a fourth-order Runge-Kutta on a fine
grid, in doubles, that knows nothing of closed forms. Every spike of every case
(without gaps) must agree to well under a grid step.

    check_simulator.py [NAME_PREFIX...]

Each neuron gets the spikes that the case file says its sources sent, so that
errors do not add up from layer to layer.
"""
import json
import sys
from itertools import groupby
from pathlib import Path

STEP = 2e-6
TOLERANCE = 2e-8
CASES = Path(__file__).resolve().parent / 'cases'


def derivative(kind, q, x):
    v, a, b = x
    if kind == 'lif_alpha':
        return ((a - v + q['bias']) / q['tau_mem'], (b - a) / q['tau_syn'],
                -b / q['tau_syn'])
    if kind == 'lif_two_synapses':
        return ((a + b - v + q['bias']) / q['tau_mem'], -a / q['tau_fast'],
                -b / q['tau_slow'])
    if kind.startswith('lif_delta'):
        return (q['bias'] - v) / q['tau_mem'], 0.0, 0.0
    return (a - v + q['bias']) / q['tau_mem'], -a / q['tau_syn'], 0.0


def advance(kind, q, x, h):
    def moved(k, f):
        return tuple(p + f * h * d for p, d in zip(x, k))
    k1 = derivative(kind, q, x)
    k2 = derivative(kind, q, moved(k1, 0.5))
    k3 = derivative(kind, q, moved(k2, 0.5))
    k4 = derivative(kind, q, moved(k3, 1.0))
    return tuple(p + h / 6 * (a + 2 * b + 2 * c + d)
                 for p, a, b, c, d in zip(x, k1, k2, k3, k4))


def locate(kind, q, x, h):
    """Within a step that crosses: bisection on the step's length."""
    low, high = 0.0, h
    for _ in range(50):
        middle = (low + high) / 2
        if advance(kind, q, x, middle)[0] >= q['threshold']:
            high = middle
        else:
            low = middle
    return high


def reset(kind, q, x):
    v = x[0] - q['step'] if 'subtract' in kind else q['v_reset']
    return (v, *x[1:])


RECEIVER = {'lif_alpha': 2, 'lif_delta': 0, 'lif_delta_subtract': 0}


def spike_times(kind, q, arrivals, duration):
    x, now, spikes = (q.get('v_start', 0.0), 0.0, 0.0), 0.0, []
    instants = groupby(sorted(arrivals), lambda arrival: arrival[0])
    for time, group in [*((t, [*g]) for t, g in instants), (duration, [])]:
        while now < time:
            h = min(STEP, time - now)
            after = advance(kind, q, x, h)
            if after[0] >= q['threshold']:
                h = locate(kind, q, x, h)
                after = reset(kind, q, advance(kind, q, x, h))
                spikes.append(now + h)
            x, now = after, now + h if now + h != now else time
        for _, port, weight in group:
            k = 2 if port == 'slow' else 1 if port == 'fast' else \
                RECEIVER.get(kind, 1)
            x = tuple(p + weight * (i == k) for i, p in enumerate(x))
        while kind.startswith('lif_delta') and x[0] >= q['threshold']:
            x = reset(kind, q, x)
            spikes.append(now)
    return spikes


def sources_of(case, s):
    """Per layer index and neuron, the spikes that it sent in sample s."""
    sample = case['samples'][s]
    sent = [[[] for _ in range(layer['size'])] for layer in case['layers']]
    for t, c in zip(sample['times'], sample['channels']):
        sent[0][c].append(t)
    for k, layer in enumerate(case['layers'][1:], 1):
        spikes = case['expected']['spikes'][layer['name']]
        for i in range(spikes['offsets'][s], spikes['offsets'][s + 1]):
            sent[k][spikes['neurons'][i]].append(spikes['times'][i])
    return sent


def synapses_to(case, k, j):
    """(projection, source neuron, weight, delay) of each synapse at a neuron."""
    for p in case['layers'][k]['projections']:
        if 'synapses' not in p:
            n, m = case['layers'][p['source']]['size'], case['layers'][k]['size']
            yield from ((p, i, p['weights'][i * m + j], 0.0) for i in range(n))
            continue
        for s, t, w, d in p['synapses']:
            if t == j:
                yield p, s, p['weights'][w], p['delays'][d] if d >= 0 else 0.0


def check_neuron(case, sent, k, j):
    layer = case['layers'][k]
    q = {p['name']: p['values'][j if p['per_neuron'] else 0]
         for p in layer['quantities']}
    arrivals = [(t + delay, p['port'], weight)
                for p, i, weight, delay in synapses_to(case, k, j)
                for t in sent[p['source']][i] if t + delay < case['duration']]
    found = spike_times(layer['kind'], q, arrivals, case['duration'])
    want = sent[k][j]
    worst = max([abs(a - b) for a, b in zip(found, want)], default=0.0)
    if len(found) != len(want) or worst > TOLERANCE:
        print(f"{case['name']}: {layer['name']}[{j}]: {len(found)} spikes, "
              f"{len(want)} in the case, worst {worst:.1e} s")
        return False
    return True


def main():
    failed, n = 0, 0
    for path in sorted(CASES.glob('*.json')):
        case = json.loads(path.read_text())
        if not path.name.startswith(tuple(sys.argv[1:]) or '') or \
                case['duration'] > 1:
            continue
        sent = sources_of(case, 0)
        good = [check_neuron(case, sent, k, j)
                for k, layer in enumerate(case['layers'])
                if layer['kind'] not in ('input', 'li')
                for j in range(layer['size'])]
        print(path.stem, 'good' if all(good) else 'BAD', flush=True)
        failed += not all(good)
        n += len(good)
    print(f'{n} neurons checked')
    return 0 if n and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
