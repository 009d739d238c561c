#!/usr/bin/env python3
"""Random networks, run every way there is, against the naive loop of naive.py.

    random_networks.py SNNC FOLDER FIRST LAST ["OPTIONS"...]

Each number draws a network: two or three layers of any patterns, with skips, several
projections between the same two, ways back, shared weights, and delays of every kind;
everything is learned. It is compiled with each text of options. Spikes, loss and all
gradients must agree with the reference's.
"""
import json
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'topology')]
import naive  # noqa: E402
import npz  # noqa: E402
from dense_equal import call, expand, per_synapse, size, window  # noqa: E402, F401

DURATION, PLACES, OUT = 0.05, [3, 4], 3
CLOSED, NUMERIC = 1e-11, 2e-10  # of the largest component of an array
MARGINS = 1e-5, 0.01
AXIS = dict(kernel=3, padding=1)


# ---- patterns ---------------------------------------------------------------------

def places(source, target, groups, transposed, per):
    return window(source, target, AXIS, AXIS, groups, transposed, per)


def all_pairs(source, target):
    return [(s, t) for s in range(size(source)) for t in range(size(target))]


def patterns(rng, source, target, is_self):
    """(text, per, synapses (source, target, weight) or None: drawn by the trainer)"""
    n, m = size(source), size(target)
    dense = [(s, t, s * m + t) for s, t in all_pairs(source, target)]
    some = [('sparse(probability = 0.3)', '', None),
            (f'sparse(in_degree = {min(4, n - 1)})', '', None),
            (f'sparse(out_degree = {min(3, m - 1)})', ' per target', None),
            (f'sparse(in_degree = {min(5, n - 1)})', ' per source', None)]
    if is_self:
        return [(text + ' without self', per, None) for text, per, _ in some]
    some += [('dense', '', dense), ('dense', '', dense),
             ('dense', ' per target', [(s, t, t) for s, t, _ in dense])]
    if len(source) == len(target) == 3:
        some += 2 * [('conv2d(3, padding = 1)', '', places(source, target, 1, False, 'kernel'))]
        some += [('local2d(3, padding = 1)', '', per_synapse(
                     places(source, target, 1, False, 'synapse'))),
                 ('transposed_conv2d(3, padding = 1)', '',
                  places(source, target, 1, True, 'kernel'))]
        if source[0] == target[0]:
            some.append(('one_to_one', '', [(k, k, k) for k in range(n)]))
            some.append(('sum_pool(3, 1, padding = 1)', ' learned',
                         places(source, target, source[0], False, 'one')))
        if source[0] % 2 == target[0] % 2 == 0:
            some.append(('conv2d(3, padding = 1, groups = 2)', '',
                         places(source, target, 2, False, 'kernel')))
    return some


# ---- the network --------------------------------------------------------------------

class Projection:
    def __init__(self, rng, number, ends, shapes):
        self.name, self.source, self.target = f'w{number}', *ends
        self.is_self = self.source == self.target
        self.is_back = self.source >= self.target > 0
        text, per, self.synapses = rng.choice(patterns(
            rng, shapes[self.source], shapes[self.target], self.is_self))
        kinds = ['none', 'one', 'projection', 'source', 'target', 'synapse', 'synapse']
        self.delay = rng.choice(kinds)
        delay = ''
        if self.delay == 'one':
            delay = 'delay = 1.5 ms'
        elif self.delay != 'none':
            delay = 'delay = 1 ms learned' + (
                '' if self.delay == 'projection' else f' per {self.delay}') + ' in [0 ms, 9 ms]'
        self.body = f'{text} {{ weight = 0.5{per}; {delay} }}'

    def number_delays(self, m):
        """Which element of its delay's array each synapse has."""
        if self.delay == 'synapse':
            if self.synapses and len(self.synapses) == len({(s, t) for s, t, _ in self.synapses}):
                order = sorted(range(len(self.synapses)), key=lambda k: self.synapses[k][:2])
                rank = {k: r for r, k in enumerate(order)}
                return [rank[k] for k in range(len(self.synapses))]
        return [dict(source=s, target=t).get(self.delay, 0) for s, t, _ in self.synapses]


class Network:
    def __init__(self, seed):
        rng = random.Random(f'network {seed}')
        count = rng.choice([2, 3])
        self.shapes = [[rng.choice([1, 2]), *PLACES]]
        self.shapes += [[rng.choice([1, 2, 4, 8]), *PLACES] for _ in range(count - 1)]
        self.shapes += [[OUT]]
        ends = [(k, k + 1) for k in range(count)]
        ends += [(0, rng.randrange(1, count + 1)), (rng.randrange(count), count)]
        if rng.random() < 0.6:
            ends.append(rng.choice([(k, j) for k in range(1, count) for j in range(1, k + 1)]))
        self.projections = [Projection(rng, k, e, self.shapes) for k, e in enumerate(ends)]
        self.per_neuron = [rng.random() < 0.5 for _ in self.shapes]
        self.rng = rng

    def layer(self, k):
        return 'x' if k == 0 else f'h{k}'

    def text(self):
        lines = ['import "neurons/lif"', 'loss seen(a) {',
                 '    sum((first_spike(a) or t_end) / t_end) + sum(final(a.v) * final(a.i))', '}',
                 'model patterns {', f'    duration {DURATION * 1e3} ms',
                 f'    input x{self.shapes[0]}']
        for k, shape in enumerate(self.shapes[1:], 1):
            per = ' per neuron' if self.per_neuron[k] else ''
            values = ', '.join(f'{name} = {1 if name == "threshold" else 0}' + (
                ' ms' if 'tau' in name else '') + f' learned{per}' for name in naive.NAMES)
            values = values.replace('= 0 ms', '= 10 ms')
            lines.append(f'    layer {self.layer(k)}{shape} : lif({values})')
            lines.append(f'    loss seen({self.layer(k)})')
        for p in self.projections:
            lines.append(f'    connect {self.layer(p.source)} -> {self.layer(p.target)} '
                         f'as {p.name} : {p.body}')
        return '\n'.join([*lines, '}', ''])


# ---- its numbers --------------------------------------------------------------------

RANGES = {'tau_mem': (0.014, 0.022), 'tau_syn': (0.004, 0.007), 'threshold': (0.9, 1.1),
          'v_reset': (-0.2, 0.2), 'bias': (0.0, 0.2)}


def draw_values(network, rng, shapes, gains):
    """name: Values of the parameter's array."""
    made = {}
    for k in range(1, len(network.shapes)):
        for name in naive.NAMES:
            key = f'{network.layer(k)}.{name}'
            made[key] = [naive.Value(rng.uniform(*RANGES[name])) for _ in range(size(shapes[key]))]
    for p in network.projections:
        into = max(1.0, len(p.synapses) / size(network.shapes[p.target]))
        mean, spread = gains[p.target] / into**0.7, 0.6 * gains[p.target] / into**0.7
        if p.is_back:
            mean, spread = 0.0, 0.1 / into**0.7
        made[f'{p.name}.weight'] = [naive.Value(rng.gauss(mean, spread))
                                    for _ in range(size(shapes[f'{p.name}.weight']))]
        if f'{p.name}.delay' in shapes:
            made[f'{p.name}.delay'] = [naive.Value(rng.uniform(0, 0.005))
                                       for _ in range(size(shapes[f'{p.name}.delay']))]
    return made


def offsets(network):
    """The number of each layer's first neuron; inputs are -1, -2, ..."""
    first = [0, 0]
    for shape in network.shapes[1:]:
        first.append(first[-1] + size(shape))
    return first


def reference(network, values, sample):
    first, neurons, synapses = offsets(network), [], {}
    for k, shape in enumerate(network.shapes[1:], 1):
        for n in range(size(shape)):
            neurons.append({name: v[n if len(v) > 1 else 0] for name in naive.NAMES
                            for v in [values[f'{network.layer(k)}.{name}']]})
    for p in network.projections:
        delays = values.get(f'{p.name}.delay')
        numbers = p.number_delays(size(network.shapes[p.target]))
        for (s, t, w), d in zip(p.synapses, numbers):
            source = -1 - s if p.source == 0 else first[p.source] + s
            delay = delays[d] if delays else naive.Value(0.0015) if p.delay == 'one' else None
            synapses.setdefault(source, []).append(
                (first[p.target] + t, values[f'{p.name}.weight'][w], delay))
    return naive.Run(neurons, synapses, sample, DURATION)


def rates(network, run):
    first = offsets(network)
    sources = [source for _, source in run.spikes if source >= 0]
    return [sum(first[k] <= s < first[k + 1] for s in sources) / (first[k + 1] - first[k])
            for k in range(1, len(network.shapes))]


def choose(network, shapes):
    """Values and a sample in which all layers spike and nothing grazes."""
    rng, gains = network.rng, [2.0] * len(network.shapes)
    for _ in range(300):
        values = draw_values(network, rng, shapes, gains)
        sample = sorted((rng.uniform(0, 0.03), rng.randrange(size(network.shapes[0])))
                        for _ in range(2 * size(network.shapes[0])))
        run = reference(network, values, sample)
        wrong = [k for k, rate in enumerate(rates(network, run), 1) if not 0.4 < rate < 4]
        if not wrong and run.margin[0] > MARGINS[0] and run.margin[1] > MARGINS[1]:
            return values, sample, run
        if wrong:
            gains[wrong[0]] *= 1.2 if rates(network, run)[wrong[0] - 1] <= 0.4 else 0.8
    raise SystemExit('no network that spikes well')


# ---- comparing ----------------------------------------------------------------------

def expected(network, values, run):
    times = run.back()
    want = {f'grad/{name}': [v.g for v in items] for name, items in values.items()}
    want['grad/input_times'] = [g for g, (_, s) in zip(times, run.spikes) if s < 0]
    want['loss'] = [run.loss]
    first = offsets(network)
    for k in range(1, len(network.shapes)):
        spikes = sorted((s - first[k], t) for t, s in run.spikes if first[k] <= s < first[k + 1])
        want[f'spikes/{network.layer(k)}/neurons'] = [n for n, _ in spikes]
        want[f'spikes/{network.layer(k)}/times'] = [t for _, t in spikes]
    return want


def found_by(trainer, folder, names):
    call(trainer, 'gradient', '--spikes', folder / 'in.npz', '--load', folder / 'load.npz',
         '--out', folder / 'out.npz')
    found = {name: values for name, (_, values) in npz.read(folder / 'out.npz').items()}
    for layer in names:
        spikes = sorted(zip(found[f'spikes/{layer}/neurons'], found[f'spikes/{layer}/times']))
        found[f'spikes/{layer}/neurons'] = [n for n, _ in spikes]
        found[f'spikes/{layer}/times'] = [t for _, t in spikes]
    return found


def worst(found, want):
    error, where = 0.0, 'nothing'
    for name, values in want.items():
        if len(found[name]) != len(values):
            return float('inf'), name
        largest = max(map(abs, values), default=0.0) or 1.0
        for a, b in zip(found[name], values):
            if abs(a - b) / largest > error:
                error, where = abs(a - b) / largest, name
    return error, where


def run_one(snnc, folder, seed, options):
    network = Network(seed)
    model = folder / f'{seed}.snn'
    model.write_text(network.text())
    trainers = []
    for k, some in enumerate(options):
        trainers.append(folder / f'{seed}.{k}')
        call(snnc, '--precision=f64', *some.split(), model, '-o', trainers[-1])
    said = json.loads(call(trainers[0], 'describe', '--json', '--synapses', folder / 'pairs.npz'))
    shapes = {p['name']: tuple(p['shape']) for p in said['parameters']}
    pairs = npz.read(folder / 'pairs.npz')
    for p in network.projections:
        if p.synapses is None:
            listed = zip(pairs[f'{p.name}/sources'][1], pairs[f'{p.name}/targets'][1])
            place = {'source': lambda k, s, t: s, 'target': lambda k, s, t: t}.get(
                'source' if ' per source;' in p.body else
                'target' if ' per target;' in p.body else '', lambda k, s, t: k)
            p.synapses = [(s, t, place(k, s, t)) for k, (s, t) in enumerate(listed)]
    values, sample, run = choose(network, shapes)
    npz.write(folder / 'load.npz', {name: ('<f8', shapes[name], [v.x for v in items])
                                    for name, items in values.items()})
    npz.write(folder / 'in.npz', {'times': ('<f8', (len(sample),), [t for t, _ in sample]),
                                  'channels': ('<i8', (len(sample),), [c for _, c in sample]),
                                  'offsets': ('<i8', (2,), [0, len(sample)]),
                                  'labels': ('<i8', (1,), [0])})
    want = expected(network, values, run)
    names = [network.layer(k) for k in range(1, len(network.shapes))]
    good = True
    for trainer, some in zip(trainers, options):
        error, where = worst(found_by(trainer, folder, names), want)
        fine = error <= (NUMERIC if 'numeric' in some else CLOSED)
        good &= fine
        print(f"network {seed} {some or 'as chosen'}: {len(run.spikes)} spikes, "
              f"{len(run.log)} events, worst {error:.1e} in {where}"
              f"{'' if fine else ' DIFFERS'}", flush=True)
    if not good:
        print(network.text())
    return good


def main():
    snnc, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(int(sys.argv[3]), int(sys.argv[4]) + 1)
    options = sys.argv[5:] or ['', '--strategy=events']
    bad = sum(not run_one(snnc, folder, seed, options) for seed in seeds)
    print(f'{len(seeds)} networks, {bad} differ')
    sys.exit(bad > 0)


if __name__ == '__main__':
    main()
