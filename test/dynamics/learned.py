#!/usr/bin/env python3
"""Everything of a neuron can be learned, and stays within its bounds after every step.

    learned.py --snnc "SNNC [OPTIONS]"

ROWS says what is learned: the argument or setting, the name in files, and bounds so narrow that
steps of this rate run into them. A run of one step, of two, ... each from the start: after each
all elements must lie in the bounds, all parameters must have moved, and some must stand on a bound. Gradients are
compared with difference quotients.
"""
import argparse
import math
import pathlib
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'truth'))
import npz

# argument of the neuron, its unit in seconds or 1, value, bounds
ROWS = [
    ('tau_mem', 'ms', 20, 19.9, 20.1, 'per neuron'),   # of one neuron
    ('tau_syn', 'ms', 5, 4.95, 5.02, ''),              # of the layer
    ('threshold', '', 1, 0.999, 1.001, 'per neuron'),
    ('v_reset', '', 0.1, 0.099, math.inf, ''),         # reset
    ('tau_ref', 'ms', 2, 0, 2.001, 'per neuron'),      # refractory period
    ('v_start', '', 0.2, -math.inf, 0.201, 'per neuron'), # initial states
    ('i_start', '', 0.3, 0.299, 0.301, ''),
    ('gain', '', 1, 0.995, 1.005, 'per neuron'),       # of the input
]
MODEL = '''
import "initializers/normal"
import "optimizers/adam"
import "encoders/latency"
import "datasets/yin_yang"
neuron all_learned(tau_mem = 20 ms, tau_syn = 5 ms, threshold = 1, v_reset = 0, tau_ref = 2 ms, v_start = 0,
                   i_start = 0, gain = 1) {{
    state v = v_start, i = i_start
    v' = (i - v) / tau_mem
    i' = -i / tau_syn
    receive(w) {{ i += gain * w }}
    spike when v >= threshold {{ v = v_reset }}
    refractory for tau_ref {{ v' = 0 }}
}}
loss high(out) {{ mean(final(out.v)) + mean(final(out.i)) }}
model bounded {{
    duration 60 ms
    input x[5]
    layer h[5] : all_learned({arguments})
    connect x -> h : dense {{ weight ~ normal(4, 1) in [3.999, 4.001] }}
    loss high(h)
    data yin_yang(train = 64, validation = 8, test = 8) encoded by latency_with_bias(t_max = 50 ms)
    train {{ optimizer adam(rate = 1e-3); batch 64; epochs 1 }}
}}
'''


def bound(value, unit):
    return ('infinity' if value > 0 else '-infinity') if math.isinf(value) else f'{value} {unit}'


def argument(row):
    name, unit, value, low, high, per = row
    return f'{name} = {value} {unit} learned {per} in [{bound(low, unit)}, {bound(high, unit)}]'


def in_si(row):
    return [x * 1e-3 if row[1] == 'ms' else x for x in row[2:5]]


def check(name, values, start, low, high):
    if any(not low * (1 - 1e-15) <= v <= high * (1 + 1e-15) for v in values):
        sys.exit(f'{name} = {values}: expected values in [{low}, {high}]')
    if start is not None and all(v == start for v in values):
        sys.exit(f'{name} = {values}: it has not moved')
    return any(math.isclose(v, b, rel_tol=1e-15) for v in values for b in (low, high))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    snnc = shlex.split(parser.parse_args().snnc)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'm.snn').write_text(MODEL.format(arguments=', '.join(map(argument, ROWS))))
        subprocess.run([*snnc, '--precision=f64', folder / 'm.snn', '-o', folder / 't'], check=True)
        answer = subprocess.run([folder / 't', 'check-gradient'], capture_output=True, text=True)
        print(answer.stdout.splitlines()[-1])
        if answer.returncode:
            sys.exit(answer.stdout + answer.stderr)
        on_bounds = 0
        for steps in (1, 2, 5):
            subprocess.run([folder / 't', 'train', '--epochs', str(steps), '--save', folder / 'w.npz'],
                           check=True, stdout=subprocess.DEVNULL)
            got = npz.read(folder / 'w.npz')
            on_bounds += check('weight', got['x_h.weight'][1], None, 3.999, 4.001)
            for row in ROWS:
                start, low, high = in_si(row)
                on_bounds += check(row[0], got[f'h.{row[0]}'][1], start, low, high)
        print(f'{on_bounds} times on a bound')
        if on_bounds < 15:
            sys.exit('expected steps that lead to the bounds')


if __name__ == '__main__':
    main()
