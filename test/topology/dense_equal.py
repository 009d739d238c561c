#!/usr/bin/env python3
"""Tables of synapses against dense matrices.

    dense_equal.py "SNNC [OPTIONS]" FOLDER

One network in which every pattern leads to a layer of its own, and the same
with dense projections whose matrices this program expands from the patterns'
definitions (docs/language.md, 13; what is drawn, from `describe --synapses`).
Spikes, losses and gradients must agree; a shared weight's gradient is the sum
over its synapses.
"""
import json
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz  # noqa: E402

INPUT = (2, 5, 6)
TOLERANCE = 5e-12  # rounding of some hundred events, summed in another order
rng = random.Random('patterns')


def size(shape):
    n = 1
    for extent in shape:
        n *= extent
    return n


# ---- definitions: (source, target, place of the weight) ------------------------

def axis(length, places, kernel, stride=1, padding=0, dilation=1):
    """(source place, target place, element) of one axis."""
    return [(y * stride - padding + k * dilation, y, k) for y in range(places)
            for k in range(kernel)
            if 0 <= y * stride - padding + k * dilation < length]


def window(source, target, y, x, groups, transposed, per):
    wide, narrow = (target, source) if transposed else (source, target)
    rows = axis(wide[1], narrow[1], **y)
    columns = axis(wide[2], narrow[2], **x)
    found = []
    ins, outs = source[0] // groups, target[0] // groups
    for a in range(source[0]):
        for b in range(target[0]):
            if a // ins != b // outs:
                continue
            first = a * outs + b % outs if transposed else b * ins + a % ins
            for far_y, near_y, ky in rows:
                for far_x, near_x, kx in columns:
                    s, t = (near_y, near_x), (far_y, far_x)
                    if not transposed:
                        s, t = t, s
                    place = (first * y['kernel'] + ky) * x['kernel'] + kx
                    found.append((
                        (a * source[1] + s[0]) * source[2] + s[1],
                        (b * target[1] + t[0]) * target[2] + t[1],
                        place if per == 'kernel' else 0))
    return found


def per_synapse(pairs):
    return [(s, t, k) for k, (s, t, *_) in enumerate(sorted(pairs))]


def conv(shape, y, x=None, groups=1, transposed=False, per='kernel'):
    return lambda source, _: window(source, shape, y, x or y, groups,
                                    transposed, per)


def conv_1d(shape, **x):
    row = dict(kernel=1)
    return lambda source, _: window((1, 1, size(source)), (shape[0], 1, shape[1]), row, x,
                                    1, False, 'kernel')


def drawn(place):
    """Pairs that the trainer drew."""
    return lambda _, pairs: [(s, t, place(k, s, t)) for k, (s, t) in enumerate(pairs)]


def listed(_, pairs):
    return [(s, t, k) for k, (s, t) in enumerate(LIST)]


LIST = [(rng.randrange(60), rng.randrange(7)) for _ in range(90)]
LIST += rng.sample(LIST, 25) + LIST[:3]


def own(k, s, t):
    return k


# name: (shape of the layer, pattern and its end, expansion)
PATTERNS = {
    'conv': ((3, 3, 4), 'conv2d(3)', conv((3, 3, 4), dict(kernel=3))),
    'strides': ((4, 3, 3), 'conv2d(3, 2, padding = 1, groups = 2, kernel_x = 2, dilation_x = 3)',
                conv((4, 3, 3), dict(kernel=3, stride=2, padding=1),
                     dict(kernel=2, stride=2, padding=1, dilation=3), 2)),
    # so many channels that they fill slices of neurons
    'wide': ((8, 3, 4), 'conv2d(3)', conv((8, 3, 4), dict(kernel=3))),
    'mixed': ((8, 2, 3), 'conv2d(4)', conv((8, 2, 3), dict(kernel=4))),
    'full': ((16, 11, 13), 'transposed_conv2d(3, stride = 2)',
             conv((16, 11, 13), dict(kernel=3, stride=2), transposed=True)),
    'places': ((8, 2, 3), 'local2d(4)',
               lambda s, p: per_synapse(window(s, (8, 2, 3), dict(kernel=4), dict(kernel=4),
                                               1, False, 'synapse'))),
    'turned': ((3, 11, 13), 'transposed_conv2d(3, stride = 2)',
               conv((3, 11, 13), dict(kernel=3, stride=2), transposed=True)),
    'local': ((2, 2, 3), 'local2d(4)',
              lambda s, p: per_synapse(window(s, (2, 2, 3), dict(kernel=4), dict(kernel=4),
                                              1, False, 'synapse'))),
    'sums': ((2, 2, 3), 'sum_pool(2)',
             conv((2, 2, 3), dict(kernel=2, stride=2), groups=2, per='one')),
    'means': ((2, 3, 3), 'average_pool(3, 2, padding = 1)',
              conv((2, 3, 3), dict(kernel=3, stride=2, padding=1), groups=2, per='one')),
    'single': ((60,), 'one_to_one', lambda s, p: [(k, k, k) for k in range(60)]),
    'chance': ((9,), 'sparse(probability = 0.3)', drawn(own)),
    'into': ((7,), 'sparse(in_degree = 9, seed = 4)', drawn(own)),
    'from': ((11,), 'sparse(out_degree = 4)', drawn(own)),
    'sources': ((7,), 'sparse(in_degree = 9)', drawn(lambda k, s, t: s)),
    'targets': ((7,), 'dense', lambda s, p: [(i, t, t) for i in range(60) for t in range(7)]),
    'one': ((7,), 'sparse(probability = 0.5)', drawn(lambda k, s, t: 0)),
    'pairs': ((7,), 'list("list.npz")', listed),
}
PER = {'sources': ' per source', 'targets': ' per target', 'one': ' per projection',
       'sums': ' learned', 'means': ' learned'}
# More to a layer: name: (layer, pattern, expansion)
MORE = {
    'all': ('mixed', 'dense', lambda s, p: [(i, j, i * 48 + j) for i in range(60)
                                            for j in range(48)]),
    'own': ('mixed', 'local2d(4)', PATTERNS['places'][2]),
    'twice': ('wide', 'conv2d(5, padding = 1)', conv((8, 3, 4), dict(kernel=5, padding=1))),
}
# Ways back, from a layer to itself: name: (layer, pattern, expansion)
BACK = {
    'again': ('into', 'dense without self',
              lambda s, p: [(i, j, i * 7 + j) for i in range(7) for j in range(7) if i != j]),
    'loops': ('from', 'sparse(in_degree = 5) without self', drawn(own)),
    'near': ('conv', 'conv2d(3, padding = 1) without self',
             lambda s, p: [x for x in window((3, 3, 4), (3, 3, 4), dict(kernel=3, padding=1),
                                             dict(kernel=3, padding=1), 1, False, 'kernel')
                           if x[0] != x[1]]),
}


# ---- the two models ---------------------------------------------------------------

def model(is_dense):
    lines = ['import "neurons/lif"', 'loss seen(a) {',
             '    sum((first_spike(a) or t_end) / t_end) + sum(final(a.v) * final(a.i))', '}',
             'model patterns {', '    duration 40 ms',
             f'    input x{list(INPUT)}', '    layer out[3] : lif']
    ends = [('x', name, pattern) for name, (_, pattern, _) in PATTERNS.items()]
    for name, (shape, _, _) in PATTERNS.items():
        lines.append(f'    layer {name}{list(shape)} : lif(tau_mem = 20 ms learned)')
        lines.append(f'    loss seen({name})')
        lines.append(f'    connect {name} -> out as {name}_out : dense {{ weight = 0 }}')
    ends += [('x', layer, pattern) for layer, pattern, _ in MORE.values()]
    ends += [(layer, layer, pattern) for layer, pattern, _ in BACK.values()]
    for name, (source, target, pattern) in zip([*PATTERNS, *MORE, *BACK], ends):
        if is_dense:
            pattern, per = 'dense', ''
        else:
            per = PER.get(name, '')
        lines.append(f'    connect {source} -> {target} as w_{name} : {pattern} '
                     f'{{ weight = 0.5{per} }}')
    return '\n'.join([*lines, '    loss seen(out)', '}', ''])


def call(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def write_samples(path):
    times, channels, offsets, labels = [], [], [0], []
    for sample in range(3):
        spikes = sorted((rng.uniform(0, 0.03), rng.randrange(60)) for _ in range(150))
        spikes += [(0.031, c) for c in range(0, 60, 7)]  # at one instant
        times += [t for t, _ in spikes]
        channels += [c for _, c in spikes]
        offsets.append(len(times))
        labels.append(sample)
    npz.write(path, {'times': ('<f8', (len(times),), times),
                     'channels': ('<i8', (len(times),), channels),
                     'offsets': ('<i8', (len(offsets),), offsets),
                     'labels': ('<i8', (3,), labels)})


def order_by_neuron(arrays):
    """Spikes of each sample by neuron and time: the order of spikes that differ by rounding alone
    means nothing."""
    for name in [n for n in arrays if n.startswith('spikes/') and n.endswith('/times')]:
        other = name[:-len('times')] + 'neurons'
        offsets = arrays[name[:-len('times')] + 'offsets'][1]
        spikes = list(zip(arrays[other][1], arrays[name][1]))
        for begin, end in zip(offsets, offsets[1:]):
            spikes[begin:end] = sorted(spikes[begin:end])
        arrays[other] = (arrays[other][0], [n for n, _ in spikes])
        arrays[name] = (arrays[name][0], [t for _, t in spikes])
    return arrays


def answer(trainer, folder, parameters, tag):
    load, out = folder / f'{tag}.in.npz', folder / f'{tag}.out.npz'
    npz.write(load, {name: ('<f8', shape, values)
                     for name, (shape, values) in parameters.items()})
    call(trainer, 'gradient', '--data', folder, '--spikes', folder / 'spikes.npz',
         '--load', load, '--out', out)
    return order_by_neuron(npz.read(out))


def ends_of(name):
    if name in PATTERNS:
        return INPUT, PATTERNS[name][0]
    if name in MORE:
        return INPUT, PATTERNS[MORE[name][0]][0]
    shape = PATTERNS[BACK[name][0]][0]
    return shape, shape


def draw_parameters(shapes):
    made = {}
    for name, shape in shapes.items():
        n = size(shape)
        if name.endswith('tau_mem'):
            made[name] = (shape, [rng.uniform(0.01, 0.02)] * n)
        elif name.endswith('_out.weight'):
            made[name] = (shape, [rng.gauss(0.25, 0.3) for _ in range(n)])
        else:
            made[name] = (shape, [rng.gauss(0.9, 0.3) for _ in range(n)])
    for name in (*MORE, *BACK):
        shape, values = made[f'w_{name}.weight']
        made[f'w_{name}.weight'] = (shape, [0.15 * (v - 0.8) for v in values])
    for name in ('turned', 'full', 'single', 'sources', 'sums', 'means'):
        shape, values = made[f'w_{name}.weight']
        made[f'w_{name}.weight'] = (shape, [4 * v for v in values])
    return made


def expand(synapses, weights, n, m):
    matrix = [0.0] * (n * m)
    for s, t, place in synapses:
        matrix[s * m + t] += weights[place]
    return matrix


def error(found, want):
    largest = max(map(abs, want), default=0.0)
    if largest == 0.0:
        return max(map(abs, found), default=0.0)
    return max(abs(a - b) for a, b in zip(found, want, strict=True)) / largest


def main():
    snnc, folder = sys.argv[1].split(), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    npz.write(folder / 'list.npz', {
        'sources': ('<i8', (len(LIST),), [s for s, _ in LIST]),
        'targets': ('<i8', (len(LIST),), [t for _, t in LIST])})
    for tag in ('table', 'dense'):
        (folder / f'{tag}.snn').write_text(model(tag == 'dense'))
        call(*snnc, folder / f'{tag}.snn', '--precision=f64', '-o', folder / tag)
    write_samples(folder / 'spikes.npz')
    said = json.loads(call(folder / 'table', 'describe', '--json', '--data', folder,
                           '--synapses', folder / 'pairs.npz'))
    pairs = npz.read(folder / 'pairs.npz')
    parameters = draw_parameters({p['name']: tuple(p['shape']) for p in said['parameters']})
    synapses, dense = {}, dict(parameters)
    for name in (*PATTERNS, *MORE, *BACK):
        source, target = ends_of(name)
        key, weight = f'w_{name}', f'w_{name}.weight'
        listing = []
        if f'{key}/sources' in pairs:  # plain dense has no table
            listing = list(zip(pairs[f'{key}/sources'][1], pairs[f'{key}/targets'][1]))
        rule = {**PATTERNS, **MORE, **BACK}[name][2]
        synapses[weight] = rule(source, listing)
        if listing and sorted(listing) != sorted((s, t) for s, t, _ in synapses[weight]):
            sys.exit(f'{name}: describe --synapses has other pairs')
        dense[weight] = ((size(source), size(target)),
                         expand(synapses[weight], parameters[weight][1], size(source),
                                size(target)))
    found = answer(folder / 'table', folder, parameters, 'table')
    want = answer(folder / 'dense', folder, dense, 'dense')
    bad = 0
    for name, (_, values) in sorted(want.items()):
        if name.startswith('grad/w_'):
            weight = name[len('grad/'):]
            m = dense[weight][0][1]
            sums = [0.0] * len(parameters[weight][1])
            for s, t, place in synapses[weight]:
                sums[place] += values[s * m + t]
            values = sums
        worst = error(found[name][1], values)
        if not any(values) and not name.endswith('offsets'):
            sys.exit(f'{name}: nothing happens')
        if not worst <= TOLERANCE:
            print(f'{name}: differs by {worst:.1e}')
            bad += 1
    print(f'{len(want)} arrays, {bad} differ, '
          f"{len(want['spikes/out/times'][1])} spikes of the output")
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
