#!/usr/bin/env python3
"""A recurrent population of 10^5 spikes in a sample against busy.c, in long double.

    busy.py SNNC FOLDER ["OPTIONS"...]

Neurons that are driven strongly and coupled weakly, most of them by inhibition: a
spike moves those after it by little, and rounding grows no faster than their number.
"""
import random
import subprocess
import sys
from pathlib import Path

import npz

HERE = Path(__file__).resolve().parent
NEURONS, INPUTS, DEGREE, DURATION, DELAY = 40, 4, 6, 6.8, 0.0013
NAMES = ('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias')
RANGES = ((0.009, 0.012), (0.004, 0.006), (0.95, 1.05), (-0.1, 0.1), (4.5, 5.5))
TIMES, GRADIENTS = 1e-11, 1e-9  # of the duration, of the largest of an array

MODEL = f'''import "neurons/lif"
loss late(a) {{
    sum(spike_sum(a, (time / t_end)^2)) / 1000 + sum(final(a.v) * final(a.i))
}}
model busy {{
    duration {DURATION} s
    input x[{INPUTS}]
    layer h[{NEURONS}] : lif(tau_mem = 10 ms learned per neuron,
        tau_syn = 5 ms learned per neuron, threshold = 1 learned per neuron,
        v_reset = 0 learned per neuron, bias = 5 learned per neuron)
    connect x -> h : dense {{ weight = 0 }}
    connect h -> h as back : sparse(in_degree = {DEGREE}) without self {{
        weight = 0
        delay = 1 ms learned in [0 ms, 9 ms]
    }}
    loss late(h)
}}
'''


def call(*command, text=None):
    done = subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def draw(pairs):
    """What busy.c reads, and the parameters by name."""
    rng = random.Random('busy')
    per_neuron = [[rng.uniform(*r) for r in RANGES] for _ in range(NEURONS)]
    dense = [rng.gauss(0.3, 0.2) for _ in range(INPUTS * NEURONS)]
    back = [rng.gauss(-0.05, 0.03) for _ in pairs]
    sample = sorted((rng.uniform(0, DURATION), rng.randrange(INPUTS)) for _ in range(200))
    synapses = [(-1 - k // NEURONS, k % NEURONS, w) for k, w in enumerate(dense)]
    synapses += [(s, t, w) for (s, t), w in zip(pairs, back)]
    rows = [(NEURONS, INPUTS, len(synapses), len(sample), DURATION, DELAY), *per_neuron,
            *synapses, *((t, -1 - c) for t, c in sample)]
    parameters = {f'h.{name}': ((NEURONS,), [p[k] for p in per_neuron])
                  for k, name in enumerate(NAMES)}
    parameters.update({'x_h.weight': ((INPUTS, NEURONS), dense),
                       'back.weight': ((len(back),), back), 'back.delay': ((), [DELAY])})
    return '\n'.join(' '.join(map(repr, row)) for row in rows), parameters, sample


def expected(program, text, n_pairs):
    lines = [line.split() for line in call(program, text=text).splitlines()]
    n = NEURONS * len(NAMES)
    values = [float(line[0]) for line in lines[1:]]
    want = {f'grad/h.{name}': values[k:n:len(NAMES)] for k, name in enumerate(NAMES)}
    want['grad/x_h.weight'] = values[n:n + INPUTS * NEURONS]
    n += INPUTS * NEURONS
    want['grad/back.weight'] = values[n:n + n_pairs]
    want['grad/back.delay'] = [float(lines[0][2])]
    want['loss'] = [float(lines[0][1])]
    spikes = [(float(t), int(s), float(g)) for t, s, g in lines[1 + n + n_pairs:]]
    want['grad/input_times'] = [g for _, s, g in spikes if s < 0]
    return want, sorted((s, t) for t, s, _ in spikes if s >= 0)


def compare(found, want, spikes):
    count = len(found['spikes/h/times'][1])
    mine = sorted(zip(found['spikes/h/neurons'][1], found['spikes/h/times'][1]))
    if [n for n, _ in mine] != [n for n, _ in spikes]:
        sys.exit(f'{count} spikes, expected {len(spikes)}')
    late = max(abs(a - b) for (_, a), (_, b) in zip(mine, spikes)) / DURATION
    worst, where = 0.0, 'nothing'
    for name, values in want.items():
        largest = max(map(abs, values))
        for a, b in zip(found[name][1], values, strict=True):
            if abs(a - b) / largest > worst:
                worst, where = abs(a - b) / largest, name
    fine = late <= TIMES and worst <= GRADIENTS
    print(f"{count} spikes, times off by {late:.1e} of the duration, gradients by {worst:.1e} "
          f"in {where}{'' if fine else ': DIFFERS'}")
    return fine


def main():
    snnc, folder, options = sys.argv[1], Path(sys.argv[2]), sys.argv[3:] or ['']
    folder.mkdir(parents=True, exist_ok=True)
    program, model = folder / 'busy', folder / 'busy.snn'
    call('cc', '-O2', '-std=gnu17', '-o', program, HERE / 'busy.c', '-lm')
    model.write_text(MODEL)
    want = None
    for some in options:
        trainer = folder / 'trainer'
        call(snnc, '--precision=f64', *some.split(), model, '-o', trainer)
        if not want:
            call(trainer, 'describe', '--synapses', folder / 'pairs.npz')
            listed = npz.read(folder / 'pairs.npz')
            pairs = list(zip(listed['back/sources'][1], listed['back/targets'][1]))
            text, parameters, sample = draw(pairs)
            want, spikes = expected(program, text, len(pairs))
        npz.write(folder / 'load.npz', {k: ('<f8', *v) for k, v in parameters.items()})
        npz.write(folder / 'in.npz', {
            'times': ('<f8', (len(sample),), [t for t, _ in sample]),
            'channels': ('<i8', (len(sample),), [c for _, c in sample]),
            'offsets': ('<i8', (2,), [0, len(sample)]), 'labels': ('<i8', (1,), [0])})
        call(trainer, 'gradient', '--spikes', folder / 'in.npz', '--load', folder / 'load.npz',
             '--out', folder / 'out.npz')
        if not compare(npz.read(folder / 'out.npz'), want, spikes):
            sys.exit(1)


if __name__ == '__main__':
    main()
