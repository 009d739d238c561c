#!/usr/bin/env python3
"""Refractory periods against a simulation of their own, in decimals of 50 digits.

    refractory_truth.py --snnc SNNC [--allow 1e-9] [OPTIONS]

A network of leaky integrate-and-fire neurons that rest after each spike: inputs, two hidden
neurons, one output. States move by formulas written here by hand, spikes are found by bisection
and Newton's method, gradients are central differences. Compared with `gradient` of the trainer:
the loss, all spikes, and the gradient of each weight, parameter and input time.
"""
import argparse
import decimal
import pathlib
import subprocess
import sys
import tempfile
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'truth'))
import npz

decimal.getcontext().prec = 50
END = Decimal('0.06')
MODEL = '''
neuron held(tau_mem = 20 ms, tau_syn = 5 ms, threshold = 1, tau_ref = 2 ms, v_reset = 0, tau_rest = 4 ms, kick = 0.1,
            share = 0.2) {
    state v = 0, i = 0
    v' = (i - v) / tau_mem
    i' = -i / tau_syn
    receive(w) { i += w }
    spike when v >= threshold { v = v_reset }
    refractory for tau_ref { v' = (-0.4 - v) / tau_rest  receive(w) { i += share * w } } then { v = v / 2 + kick }
}
loss late(out) { mean((first_spike(out) or t_end) / 10 ms) + mean(final(out.v)) + 0.5 * mean(final(out.i)) }
model truth {
    duration 60 ms
    input x[3]
    layer hidden[2] : held(
        tau_mem = 20 ms learned, tau_syn = 5 ms learned, threshold = 1 learned, tau_ref = 3 ms learned,
        v_reset = 0.1 learned, tau_rest = 4 ms learned, kick = 0.1 learned, share = 0.2 learned)
    layer out[1] : held(tau_ref = 1 ms learned, threshold = 1.5)
    connect x -> hidden : dense { weight = 1 }
    connect hidden -> out : dense { weight = 1 }
    loss late(out)
}
'''
VALUES = {'hidden.tau_mem': [0.02], 'hidden.tau_syn': [0.005], 'hidden.threshold': [1.0], 'hidden.tau_ref': [0.003],
          'hidden.v_reset': [0.1], 'hidden.tau_rest': [0.004], 'hidden.kick': [0.1], 'hidden.share': [0.2],
          'out.tau_ref': [0.001], 'x_hidden.weight': [6.0, 7.5, 5.5, 4.0, 8.0, 6.5], 'hidden_out.weight': [4.0, 3.0]}
SHAPES = {'x_hidden.weight': (3, 2), 'hidden_out.weight': (2, 1)}
TIMES = [0.0011, 0.0063, 0.0094, 0.0137, 0.0178, 0.0205, 0.0261, 0.0284, 0.0333, 0.0389, 0.0421, 0.0477]
CHANNELS = [0, 1, 2, 0, 2, 1, 1, 0, 2, 2, 0, 1]


class Neuron:
    def __init__(self, p):
        self.p, self.v, self.i = p, Decimal(0), Decimal(0)
        self.rest = None  # time that is left
        self.now, self.spikes = Decimal(0), []

    def move(self, h):
        p = self.p
        decay = (-h / p['tau_syn']).exp()
        if self.rest is None:
            v = self.v_after(h)
        else:
            v = Decimal('-0.4') + (self.v + Decimal('0.4')) * (-h / p['tau_rest']).exp()
            self.rest -= h
        self.v, self.i, self.now = v, self.i * decay, self.now + h

    def v_after(self, h):
        tau_mem, tau_syn = self.p['tau_mem'], self.p['tau_syn']
        c = self.i * tau_syn / (tau_mem - tau_syn)
        return (self.v + c) * (-h / tau_mem).exp() - c * (-h / tau_syn).exp()

    def slope_after(self, h):
        tau_mem, tau_syn = self.p['tau_mem'], self.p['tau_syn']
        return (self.i * (-h / tau_syn).exp() - self.v_after(h)) / tau_mem

    def crossing(self, h):
        """The first time up to h at which v is the threshold, or None."""
        tau_mem, tau_syn, threshold = self.p['tau_mem'], self.p['tau_syn'], self.p['threshold']
        if self.v >= threshold:
            return Decimal(0)
        c, high = self.i * tau_syn / (tau_mem - tau_syn), h
        ratio = c * tau_mem / (tau_syn * (self.v + c)) if self.v + c else Decimal(0)
        if ratio > 1:  # of the only extremum
            high = min(high, ratio.ln() / (1 / tau_syn - 1 / tau_mem))
        if self.v_after(high) < threshold and self.v_after(h) >= threshold:
            high = h
        if self.v_after(high) < threshold:
            return None
        low = Decimal(0)
        for _ in range(30):
            middle = (low + high) / 2
            if self.v_after(middle) >= threshold:
                high = middle
            else:
                low = middle
        t = high
        for _ in range(6):
            t -= (self.v_after(t) - threshold) / self.slope_after(t)
        return t

    def run_to(self, time):
        while True:
            h = time - self.now
            if self.rest is not None:
                if self.rest > h:
                    break
                self.move(self.rest)
                self.rest, self.v = None, self.v / 2 + self.p['kick']
            else:
                t = self.crossing(h)
                if t is None:
                    break
                self.move(t)
                self.spikes.append(self.now)
                self.v, self.rest = self.p['v_reset'], self.p['tau_ref']
        self.move(time - self.now)

    def run(self, arrivals):
        for time, weight in sorted(arrivals):
            self.run_to(time)
            self.i += weight if self.rest is None else self.p['share'] * weight
        self.run_to(END)


def simulate(values, times):
    shared = {key.split('.')[1]: values[key][0] for key in values if key.startswith('hidden.')}
    hidden, back = [], []
    for n in range(2):
        neuron = Neuron(shared)
        neuron.run([(t, values['x_hidden.weight'][c * 2 + n]) for t, c in zip(times, CHANNELS)])
        hidden.append(neuron)
        back += [(t, values['hidden_out.weight'][n]) for t in neuron.spikes]
    fixed = {'tau_mem': '0.02', 'tau_syn': '0.005', 'threshold': '1.5', 'v_reset': '0', 'tau_rest': '0.004',
             'kick': '0.1', 'share': '0.2'}
    out = Neuron({**{k: Decimal(v) for k, v in fixed.items()}, 'tau_ref': values['out.tau_ref'][0]})
    out.run(back)
    first = out.spikes[0] if out.spikes else END
    return first / Decimal('0.01') + out.v + out.i / 2, hidden, out


def gradients(values, times):
    found = {}
    step = Decimal('1e-18')
    for name, row in [*values.items(), ('input_times', times)]:
        found[name] = []
        for k in range(len(row)):
            losses = []
            for sign in (1, -1):
                moved = {key: list(value) for key, value in values.items()}
                moved_times = list(times)
                target = moved_times if name == 'input_times' else moved[name]
                target[k] += sign * step
                losses.append(simulate(moved, moved_times)[0])
            found[name].append((losses[0] - losses[1]) / (2 * step))
    return found


def check(name, got, want, allow):
    if len(got) != len(want):
        sys.exit(f'{name}: {len(got)} elements, expected {len(want)}')
    size = max((abs(float(w)) for w in want), default=0) or 1
    error = max((abs(g - float(w)) / size for g, w in zip(got, want)), default=0)
    print(f'{name}: {len(want)} elements, largest {size:.6g}, error {error:.1e}')
    if not error <= allow:
        sys.exit(f'{name}: expected an error of at most {allow:g}')


def run_trainer(snnc, options, folder):
    model, spikes, start, out = (folder / n for n in ('model.snn', 's.npz', 'p.npz', 'g.npz'))
    model.write_text(MODEL)
    npz.write(start, {name: ('<f8', SHAPES.get(name, ()), row) for name, row in VALUES.items()})
    n = len(TIMES)
    npz.write(spikes, {'times': ('<f8', (n,), TIMES), 'channels': ('<i8', (n,), CHANNELS),
                       'offsets': ('<i8', (2,), [0, n]), 'labels': ('<i8', (1,), [0])})
    subprocess.run([snnc, '--precision=f64', *options, model, '-o', folder / 't'], check=True)
    subprocess.run([folder / 't', 'gradient', '--load', start, '--spikes', spikes, '--out', out],
                   check=True, stdout=subprocess.DEVNULL)
    return npz.read(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--allow', type=float, default=1e-9)
    args, options = parser.parse_known_args()
    values = {name: [Decimal(v) for v in row] for name, row in VALUES.items()}
    times = [Decimal(t) for t in TIMES]
    loss, hidden, out = simulate(values, times)
    want = gradients(values, times)
    with tempfile.TemporaryDirectory() as name:
        got = run_trainer(args.snnc, options, pathlib.Path(name))
    check('loss', got['loss'][1], [loss], args.allow)
    trains = sorted((t, n) for n in range(2) for t in hidden[n].spikes)
    check('hidden', got['spikes/hidden/times'][1], [t for t, _ in trains], 1e-3 * args.allow)
    check('out', got['spikes/out/times'][1], out.spikes, 1e-3 * args.allow)
    for key, row in want.items():
        check(key, got[f'grad/{key}'][1], row, args.allow)


if __name__ == '__main__':
    main()
