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
SOURCES = ('crossing_fuzz.c', 'crossing_flow.c', 'crossing_npy.c')

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
NAMES = {'lif': ('tau_mem', 'tau_syn'), 'lif_alpha': ('tau_mem', 'tau_syn'),
         'lif_two_synapses': ('tau_mem', 'tau_fast', 'tau_slow')}


def draw_ratio(rng):
    """tau_mem / tau_syn: equal, hardly different, simple, anything."""
    near = 1 + rng.choice((-1, 1)) * 10 ** rng.uniform(-15, -0.5)
    return rng.choice((1.0, near, near, 2.0, 4.0, 0.5, 0.25,
                       10 ** rng.uniform(-1, 1)))


def draw_parameters(rng, neuron, taus):
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
        unit = ' s' if name.startswith('tau') else ''
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
    checked = {name: ('<f8', (len(v),), v) for name, v in numbers.items()}
    checked['threshold'] = ('<f8', (NEURONS,), [
        numbers['threshold'][j if own else 0] for j in range(NEURONS)])
    checked |= {f'weight{k}': weights[f'w{k}.weight'] for k in range(ports)}
    npz.write(folder / 'in.npz', spike_arrays | checked)
    npz.unpack(folder / 'in.npz', folder / 'in')


def run_configuration(name, arguments, checker, folder):
    neuron, duration, taus = CONFIGURATIONS[name]
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
    parser.add_argument('configuration', nargs='*')
    arguments = parser.parse_args()
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
