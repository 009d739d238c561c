#!/usr/bin/env python3
"""Fuzz of the crossings: no spike missed, none doubled.

    crossing_fuzz.py --snnc "PROGRAM [OPTIONS]" [--checker PROGRAM]
                     [--samples N] [--seed N] [CONFIGURATION...]

For each configuration: draws a single layer of 1000 neurons and N samples of
100 arrivals (uniform, tied, within nanoseconds of each other, or with a long
silence between), runs the trainer's forward pass by `gradient`, and lets
crossing_fuzz (C, long double, monotone pieces) follow every neuron. The
default run judges over ten million intervals. Exit status 1 on any miss, any
double, any time off by more than 1e-12 of the duration, or too few intervals.
"""
import argparse
import random
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import npz

HERE = Path(__file__).resolve().parent
NEURONS, CHANNELS = 1000, 100
MIN_INTERVALS = 10_000_000
SOURCES = ('crossing_fuzz.c', 'crossing_flow.c', 'crossing_linear.c',
           'crossing_npy.c')

# name: (neuron, duration in s, tau_mem, tau_syn | fast, slow; None: each
# neuron's own, in all regimes)
CONFIGURATIONS = {
    'lif_own': ('lif', 0.3, None),
    'lif_gap': ('lif', 60.0, None),
    'lif_four': ('lif', 0.3, (0.02, 0.005)),
    'lif_four_gap': ('lif', 60.0, (0.02, 0.005)),
    'lif_two': ('lif', 0.3, (0.02, 0.01)),
    'lif_equal': ('lif', 0.3, (0.01, 0.01)),
    'alpha_own': ('lif_alpha', 0.3, None),
    'alpha_equal': ('lif_alpha', 60.0, (0.01, 0.01)),
    'two_own': ('lif_two_synapses', 0.3, None),
    'two_gap': ('lif_two_synapses', 60.0, None),
}
# Two states that drive each other; fewer samples, as the checker's steps are
# short. Numbers: of the neuron, by name.
PAIRS = {
    'ring_own': ('resonate_and_fire', 0.3, None),
    'ring_gap': ('resonate_and_fire', 60.0, None),
    'ring_even': ('resonate_and_fire', 0.3,
                  {'damping': 100.0, 'frequency': 251.3}),
    'adaptive_own': ('lif_adaptive_current', 0.3, None),
    'adaptive_gap': ('lif_adaptive_current', 60.0, None),
    'adaptive_even': ('lif_adaptive_current', 0.3,
                      {'tau_mem': 0.02, 'tau_syn': 0.005, 'tau_adapt': 0.05,
                       'coupling': 4.0, 'jump': 0.2}),
}
NAMES = {'lif': ('tau_mem', 'tau_syn'), 'lif_alpha': ('tau_mem', 'tau_syn'),
         'lif_two_synapses': ('tau_mem', 'tau_fast', 'tau_slow')}
# What the checker calls them.
CHECKED = {'tau_syn': 'tau0', 'tau_fast': 'tau0', 'tau_slow': 'tau1',
           'tau_adapt': 'tau1', 'damping': 'tau0', 'frequency': 'tau1',
           'y_reset': 'v_reset', 'x_reset': 'jump'}


def draw_ratio(rng):
    """tau_mem / tau_syn: equal, hardly different, simple, anything."""
    near = 1 + rng.choice((-1, 1)) * 10 ** rng.uniform(-15, -0.5)
    return rng.choice((1.0, near, near, 2.0, 4.0, 0.5, 0.25,
                       10 ** rng.uniform(-1, 1)))


def draw_each(draw):
    return [draw() for _ in range(NEURONS)]


def near(rng, low=-15, high=-1):
    """1, or hardly different."""
    return 1 + rng.choice((0, -1, 1, 1)) * 10 ** rng.uniform(low, high)


def draw_ring(rng):
    return {
        'damping': draw_each(lambda: 10 ** rng.uniform(0.7, 2.5)),
        'frequency': draw_each(lambda: rng.choice(
            (10 ** rng.uniform(1, 3), 10 ** rng.uniform(1, 3),
             10 ** rng.uniform(-6, 1), 0.0, -10 ** rng.uniform(1, 2.5)))),
        'threshold': draw_each(lambda: rng.uniform(0.2, 1.5)),
        'x_reset': draw_each(lambda: rng.choice((0, rng.uniform(-1, 1)))),
        'y_reset': draw_each(lambda: rng.uniform(-1, 0.1))}


def draw_adaptive(rng):
    numbers = {
        'tau_mem': draw_each(lambda: rng.uniform(0.005, 0.04)),
        'tau_syn': draw_each(lambda: rng.uniform(0.002, 0.03)),
        'tau_adapt': draw_each(lambda: 10 ** rng.uniform(-2.3, -0.7)),
        'jump': draw_each(lambda: rng.uniform(0, 0.5)),
        'threshold': draw_each(lambda: rng.uniform(0.3, 1.2)),
        'v_reset': draw_each(lambda: rng.uniform(-1, 0.2)),
        'bias': draw_each(lambda: rng.choice((0.0, rng.uniform(-0.3, 0.3))))}
    numbers['coupling'] = []
    for mem, adapt in zip(numbers['tau_mem'], numbers['tau_adapt']):
        # Where both rates are one; above it the neuron rings.
        equal = (mem - adapt) ** 2 / (4 * mem * adapt)
        numbers['coupling'].append(rng.choice(
            (equal * near(rng), equal * near(rng), rng.uniform(0, equal),
             equal + 10 ** rng.uniform(-1, 2), rng.uniform(-0.9, 0))))
    # Some rates of the synapse equal the pair's, which coupling 0 tells.
    for k in range(0, NEURONS, 7):
        numbers['coupling'][k] = 0.0
        numbers['tau_syn'][k] = numbers['tau_adapt'][k] * near(rng)
    return numbers


def draw_pair(rng, neuron, even):
    if even is None:
        return draw_ring(rng) if neuron == 'resonate_and_fire' \
            else draw_adaptive(rng)
    rest = {'x_reset': 0.0, 'y_reset': 0.0} if neuron == 'resonate_and_fire' \
        else {'v_reset': 0.0, 'bias': 0.0}
    return {name: [value]
            for name, value in (even | rest | {'threshold': 0.5}).items()}


def draw_parameters(rng, neuron, taus):
    if neuron not in NAMES:
        return draw_pair(rng, neuron, taus)
    names = NAMES[neuron]
    if taus:
        if neuron == 'lif_two_synapses':
            taus = (*taus, 4 * taus[1])
        numbers = dict(zip(names, ([t] for t in taus)))
        return numbers | {'threshold': [1.0], 'v_reset': [0.0], 'bias': [0.0]}
    mem = [rng.uniform(0.005, 0.04) for _ in range(NEURONS)]
    numbers = {'tau_mem': mem}
    for name in names[1:]:
        numbers[name] = [t / draw_ratio(rng) for t in mem]
    threshold = [rng.uniform(0.5, 1.5) for _ in range(NEURONS)]
    numbers['threshold'] = threshold
    numbers['v_reset'] = [rng.uniform(-1, 0.4) for _ in range(NEURONS)]
    # Some rest just below the threshold, a few just above it.
    numbers['bias'] = [
        rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.3, 0.3),
                    (1 - 10 ** rng.uniform(-6, -1)) * h))
        if rng.random() > 0.01 else h * (1 + 10 ** rng.uniform(-6, -1))
        for h in threshold]
    return numbers


def draw_weights(rng, neuron):
    gains = [10 ** rng.uniform(-1.5, 0.5) for _ in range(NEURONS)]
    mean = 0.15 if neuron != 'lif_two_synapses' else 0.08
    return [g * rng.gauss(mean, 0.6) for _ in range(CHANNELS) for g in gains]


def draw_times(rng, duration):
    style = rng.randrange(4)
    times = [rng.uniform(0, 0.15) for _ in range(CHANNELS)]
    if style == 1:
        times = [round(t, 3) for t in times]
    if style == 2:
        times = [round(t, 2) + rng.choice((0, 1e-9, 1e-7, 3e-6, 1e-5))
                 for t in times]
    if duration > 1 and rng.random() < 0.7:
        gap = rng.uniform(0.5, duration - 0.3)
        times = [t + gap if k % 2 else t for k, t in enumerate(times)]
    return times


def draw_spikes(rng, n_samples, duration):
    times, channels, offsets = [], [], [0]
    for _ in range(n_samples):
        order = sorted((t, c) for c, t in enumerate(draw_times(rng, duration)))
        times += [t for t, _ in order]
        channels += [c for _, c in order]
        offsets.append(len(times))
    return times, channels, offsets


def model_text(neuron, duration, numbers, own):
    def argument(name):
        unit = ' s' if name.startswith('tau') else \
            ' Hz' if name in ('damping', 'frequency') else ''
        learned = ' learned per neuron' if own else ''
        return f'{name} = {numbers[name][0]!r}{unit}{learned}'
    ports = ('.fast', '.slow') if neuron == 'lif_two_synapses' else ('',)
    connect = '\n'.join(
        f'    connect x -> cell{p} as w{k} : dense {{ weight = 0 }}'
        for k, p in enumerate(ports))
    arguments = ',\n        '.join(map(argument, numbers))
    return (f'import "neurons/{neuron}"\n'
            'import "losses/first_spike_cross_entropy"\n\n'
            f'model crossing_fuzz {{\n    duration {duration!r} s\n'
            f'    input x[{CHANNELS}]\n    layer cell[{NEURONS}] : {neuron}(\n'
            f'        {arguments})\n{connect}\n'
            '    loss first_spike_cross_entropy(cell, label, tau0 = 1 s, '
            'tau1 = 100 s)\n}\n')


def write_inputs(folder, rng, neuron, numbers, own, spikes):
    times, channels, offsets = spikes
    n_samples = len(offsets) - 1
    spike_arrays = {
        'times': ('<f8', (len(times),), times),
        'channels': ('<i8', (len(channels),), channels),
        'offsets': ('<i8', (len(offsets),), offsets),
        'labels': ('<i8', (n_samples,), [0] * n_samples)}
    npz.write(folder / 'spikes.npz', spike_arrays)
    ports = 2 if neuron == 'lif_two_synapses' else 1
    weights = {f'w{k}.weight': ('<f8', (CHANNELS, NEURONS),
                                draw_weights(rng, neuron))
               for k in range(ports)}
    parameters = {f'cell.{name}': ('<f8', (NEURONS,), values)
                  for name, values in numbers.items()} if own else {}
    npz.write(folder / 'params.npz', parameters | weights)
    # The checker's copy: everything under its bare name; a threshold for each
    # neuron, as that tells their number.
    checked = {name: ('<f8', (1,), [0.0])
               for name in ('bias', 'coupling', 'jump', 'tau_mem')}
    checked |= {CHECKED.get(name, name): ('<f8', (len(v),), v)
                for name, v in numbers.items()}
    checked.setdefault('tau1', checked['tau0'])
    checked['threshold'] = ('<f8', (NEURONS,), [
        numbers['threshold'][j if own else 0] for j in range(NEURONS)])
    checked |= {f'weight{k}': weights[f'w{k}.weight'] for k in range(ports)}
    npz.write(folder / 'in.npz', spike_arrays | checked)
    npz.unpack(folder / 'in.npz', folder / 'in')


def run_configuration(name, arguments, checker, folder):
    neuron, duration, taus = (CONFIGURATIONS | PAIRS)[name]
    rng = random.Random(f'crossing {arguments.seed} {name}')
    numbers = draw_parameters(rng, neuron, taus)
    own = taus is None
    model = folder / 'crossing_fuzz.snn'
    model.write_text(model_text(neuron, duration, numbers, own))
    write_inputs(folder, rng, neuron, numbers, own,
                 draw_spikes(rng, arguments.samples, duration))
    subprocess.run([*shlex.split(arguments.snnc), model, '--precision=f64',
                    '-o', folder / 'trainer'], check=True)
    subprocess.run([folder / 'trainer', 'gradient', '--spikes',
                    folder / 'spikes.npz', '--load', folder / 'params.npz',
                    '--out', folder / 'out.npz'], check=True)
    npz.unpack(folder / 'out.npz', folder / 'out')
    done = subprocess.run([checker, neuron, 'cell', repr(duration),
                           folder / 'in', folder / 'out'],
                          capture_output=True, text=True)
    print(f'{name}: {done.stdout}{done.stderr}'.rstrip(), flush=True)
    words = done.stdout.split('\n')[-2].split() if done.stdout else []
    return done.returncode == 0, int(words[1]) if words else 0


def build_checker(folder):
    program = folder / 'crossing_fuzz'
    subprocess.run(['cc', '-O2', '-std=gnu17', '-o', program,
                    *(HERE / s for s in SOURCES), '-lm'], check=True)
    return program


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--checker', help='compiled crossing_fuzz')
    parser.add_argument('--samples', type=int, default=13)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('configuration', nargs='*',
                        help='names, or "pairs" for all of those')
    arguments = parser.parse_args()
    if arguments.configuration == ['pairs']:
        arguments.configuration = list(PAIRS)
    good, total = True, 0
    with tempfile.TemporaryDirectory() as scratch:
        checker = arguments.checker or build_checker(Path(scratch))
        for name in arguments.configuration or CONFIGURATIONS:
            folder = Path(scratch) / name
            folder.mkdir()
            passed, n = run_configuration(name, arguments, checker, folder)
            good, total = good and passed, total + n
    print(f'{total} intervals in all')
    if not arguments.configuration and total < MIN_INTERVALS:
        print(f'too few: at least {MIN_INTERVALS} are asked for')
        good = False
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
