#!/usr/bin/env python3
"""Draws the networks of case_specs.py, lets the high-precision simulator
measure them and writes cases/NAME.json: network, samples, expected values.

    make_cases.py TRUTH_PROGRAM [NAME_PREFIX...]

A drawn network is kept when every spiking layer spikes well in every sample
and nothing grazes the threshold: the smallest slope at a crossing and the
smallest distance of a turning point to the threshold have lower bounds, so
that the gradient is well conditioned (the models are not made to be easy, but
a grazing spike has no derivative to compare).
"""
import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import simulator
from case_specs import REGIMES, all_specs

HERE = Path(__file__).resolve().parent
MIN_SLOPE, MIN_MISS, MAX_DOUBT = 0.03, 0.002, 1e-13
QUANTITIES = {
    'lif': ('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias'),
    'li': ('tau_mem', 'tau_syn', 'bias'),
    'lif_subtract': ('tau_mem', 'tau_syn', 'threshold', 'step', 'bias'),
    'lif_alpha': ('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias'),
    'lif_two_synapses': ('tau_mem', 'tau_fast', 'tau_slow', 'threshold',
                         'v_reset', 'bias'),
    'lif_delta': ('tau_mem', 'threshold', 'v_reset', 'bias'),
    'lif_delta_subtract': ('tau_mem', 'threshold', 'step', 'bias'),
    'lif_started': ('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias',
                    'v_start'),
}
PORTS = {'lif_two_synapses': ('fast', 'slow')}
TAU_MEM = 0.02


def draw_neuron(rng, spec, ratio):
    """One neuron's numbers, whatever its kind."""
    tau_mem = TAU_MEM * rng.uniform(0.6, 1.2)
    tau_syn = tau_mem / ratio
    return dict(tau_mem=tau_mem, tau_syn=tau_syn, tau_slow=tau_syn,
                tau_fast=tau_syn / spec.get('fast', 4.0),
                threshold=rng.uniform(0.8, 1.2), v_reset=rng.uniform(-0.3, 0.2),
                step=rng.uniform(0.7, 1.2), bias=rng.uniform(*spec['bias']),
                v_start=rng.uniform(-0.3, 0.4))


def draw_layer(rng, spec, name, size, kind):
    ratios = REGIMES[spec['regime']]
    if kind == 'li':
        # Behind a gap a positive bias would be a maximum without a place.
        spec = dict(spec, bias=(-0.2, -0.05) if spec['gap'] else (-0.1, 0.2))
    per_neuron = spec['per_neuron']
    drawn = [draw_neuron(rng, spec, ratios[j % len(ratios)])
             for j in range(size if per_neuron else 1)]
    quantities = [dict(name=q, per_neuron=per_neuron,
                       learned=q not in spec['fixed'],
                       values=[n[q] for n in drawn])
                  for q in QUANTITIES[kind]]
    return dict(name=name, size=size, kind=kind, quantities=quantities,
                projections=[])


def connect(rng, layers, source, target, port, gain):
    n, m = layers[source]['size'], layers[target]['size']
    name = f"{layers[source]['name']}_{layers[target]['name']}"
    mean = gain if port != 'slow' else -0.3 * gain
    weights = [rng.gauss(mean, 0.8 * abs(gain)) for _ in range(n * m)]
    layers[target]['projections'].append(dict(
        name=name + (f'_{port}' if port else ''), source=source, port=port,
        weights=weights))


def connect_table(rng, layers, source, target, port, gain, pattern, synapses):
    """`synapses`: (source, target, which weight) of the pattern."""
    n = 1 + max(k for _, _, k in synapses)
    name = f"{layers[source]['name']}_{layers[target]['name']}"
    mean = gain if port != 'slow' else -0.3 * gain
    name += f'_{port}' if port else ''
    layers[target]['projections'].append(dict(
        name=name, source=source, port=port, pattern=pattern or f'list("{name}.npz")',
        weights=[rng.gauss(mean, 0.6 * abs(gain)) for _ in range(n)],
        synapses=[[s, t, k, -1] for s, t, k in synapses]))


def draw_pairs(rng, n, m, count, is_back):
    """Distinct but for one pair, which stands twice."""
    pairs = rng.sample([(s, t) for s in range(n) for t in range(m)
                        if not (is_back and s == t)], count)
    return [(s, t, k) for k, (s, t) in enumerate([*pairs, pairs[0]])]


def convolution(shape, kernel, padding):
    """conv1d between equal shapes: weights [target][source][element]."""
    channels, length = shape
    return [(a * length + y - padding + k, b * length + y, (b * channels + a) * kernel + k)
            for b in range(channels) for y in range(length)
            for a in range(channels) for k in range(kernel)
            if 0 <= y - padding + k < length]


def connect_tables(rng, layers, ports, gains):
    """Between the layers 0 (inputs), 1 and 2."""
    sizes = [layer['size'] for layer in layers]
    for port in ports:
        for source, target, count, gain in (
                (0, 1, 16, gains[0]), (1, 1, 12, 0.15 * gains[0]),
                (0, 2, 8, 0.5 * gains[1]), (2, 1, 8, -0.2 * gains[1])):
            connect_table(rng, layers, source, target, port, gain, None,
                          draw_pairs(rng, sizes[source], sizes[target], count,
                                     source == target))
        connect_table(rng, layers, 1, 2, port, 0.6 * gains[1], 'conv1d(3, padding = 1)',
                      convolution(layers[1]['shape'], 3, 1))


# ---- delays -------------------------------------------------------------------

def table_of(layers, target, projection):
    """Its synapses as (source, target, weight): all pairs of a dense one."""
    if 'synapses' in projection:
        return [tuple(s[:3]) for s in projection['synapses']]
    m = layers[target]['size']
    return [(k // m, k % m, k) for k in range(len(projection['weights']))]


def delay_numbers(projection, table, per):
    """Which delay each synapse has. Of a list they are numbered as its weights,
    of other patterns by source and target."""
    if per == 'projection':
        return [0] * len(table)
    if per in ('source', 'target'):
        return [s[per == 'target'] for s in table]
    if projection.get('pattern', 'dense').startswith('list'):
        return [w for _, _, w in table]
    order = sorted(range(len(table)), key=lambda k: table[k][:2])
    return [order.index(k) for k in range(len(table))]


def draw_delays(rng, layers, target, projection, per):
    table = table_of(layers, target, projection)
    numbers = delay_numbers(projection, table, per)
    n = dict(projection=1, source=layers[projection['source']]['size'],
             target=layers[target]['size'], synapse=len(table))[per]
    projection['per'] = per
    projection['delays'] = [rng.uniform(0.0, 0.006) for _ in range(n)]
    projection['synapses'] = [[s, t, w, d] for (s, t, w), d in zip(table, numbers)]


def add_delays(rng, spec, layers):
    kinds = list(spec['delays'])
    for target, layer in enumerate(layers):
        for projection in layer['projections']:
            draw_delays(rng, layers, target, projection, kinds[0])
            kinds = kinds[1:] + kinds[:1]


def draw_layers(rng, spec, gains):
    kinds = [spec['kind']] * len(spec['hidden'])
    last = 'li' if spec['loss'] == 'voltage_maximum' else spec['kind']
    sizes = [*spec['hidden'], spec['outputs']]
    layers = [dict(name='x', size=spec['inputs'], kind='input', quantities=[],
                   projections=[])]
    for k, (size, kind) in enumerate(zip(sizes, [*kinds, last])):
        is_last = k + 1 == len(sizes)
        name = 'out' if is_last else f'hidden{k}' if len(sizes) > 2 else 'hidden'
        layers.append(draw_layer(rng, spec, name, size, kind))
        if k + 1 in spec['shapes']:
            layers[-1]['shape'] = spec['shapes'][k + 1]
        ports = PORTS.get(kind, ('',))
        if spec['shapes'] and not is_last:
            continue
        if spec['shapes']:
            connect_tables(rng, layers, PORTS.get(spec['kind'], ('',)), gains)
        sources = [k, 0] if spec['skip'] and k > 0 else [k]
        for source in sources:
            for port in ports:
                connect(rng, layers, source, k + 1, port, gains[k])
    if spec['delays']:
        add_delays(rng, spec, layers)
    return layers


def draw_times(rng, spec):
    count = rng.randint(2, 6)
    times = [rng.uniform(0.0005, 0.05) for _ in range(count)]
    if spec['ties']:
        times = [round(t / 0.004 + 0.5) * 0.004 for t in times]
    return times


def draw_sample(rng, spec):
    spikes = []
    for channel in range(spec['inputs']):
        weak = spec['gap'] and channel > 0
        spikes += [(t, channel) for t in draw_times(rng, spec)[:1 if weak else 6]]
        if spec['gap']:
            late = spec['gap'] * TAU_MEM
            spikes += [(late + t, channel) for t in draw_times(rng, spec)]
    spikes.sort()
    return dict(label=rng.randrange(spec['outputs']),
                times=[t for t, _ in spikes], channels=[c for _, c in spikes])


def draw_case(rng, spec, gains):
    far = spec['gap'] > 0
    return dict(name=spec['name'], group=spec['group'],
                duration=spec['gap'] * TAU_MEM + 0.08,
                loss=dict(kind=spec['loss'], tau0=rng.choice([0.001, 0.005]),
                          tau1=50.0 if far else 0.0064,
                          alpha=0.003),
                layers=draw_layers(rng, spec, gains),
                samples=[draw_sample(rng, spec)
                         for _ in range(spec['samples'])])


# ---- to the simulator and back ------------------------------------------------

def synapses_text(projection):
    """A dense matrix, or a table: (source, target, weight, delay or -1)."""
    weights = ' '.join(map(repr, projection['weights']))
    if 'synapses' not in projection:
        return 'dense ' + weights
    delays = projection.get('delays', [])
    words = ['table', len(projection['weights']), weights, len(delays),
             'learned' if delays else 'fixed', *map(repr, delays),
             len(projection['synapses'])]
    words += [number for synapse in projection['synapses'] for number in synapse]
    return ' '.join(map(str, words))


def simulator_text(case):
    loss = case['loss']
    lines = [f"network {case['duration']!r} {len(case['layers'])} "
             f"{loss['kind']} {loss['tau0']!r} {loss['tau1']!r} "
             f"{loss['alpha']!r}"]
    for layer in case['layers']:
        lines.append(f"layer {layer['name']} {layer['size']} {layer['kind']} "
                     f"{len(layer['quantities'])} {len(layer['projections'])}")
        for q in layer['quantities']:
            lines.append(f"quantity {q['name']} "
                         f"{'neuron' if q['per_neuron'] else 'shared'} "
                         f"{'learned' if q['learned'] else 'fixed'} "
                         + ' '.join(map(repr, q['values'])))
        for p in layer['projections']:
            lines.append(f"projection {p['name']} {p['source']} "
                         f"{int(p['port'] == 'slow')} learned "
                         + synapses_text(p))
    return '\n'.join(lines + simulator.sample_lines(case)) + '\n'


def simulate(program, mode, case):
    return simulator.run(program, mode, simulator_text(case), case)


# ---- choosing -----------------------------------------------------------------

def spiking_layers(case):
    return [layer for layer in case['layers'][1:] if layer['kind'] != 'li']


def adjust_gains(case, found, gains):
    """True when each spiking layer is neither quiet nor wild."""
    good = True
    for k, layer in enumerate(case['layers'][1:]):
        if layer['kind'] == 'li':
            continue
        trains = found['spikes'][layer['name']]
        rate = sum(map(len, trains)) / (len(trains) * layer['size'])
        if rate < 1.0:
            gains[k] *= 1.15
            return False
        if rate > 7.0:
            gains[k] /= 1.15
            return False
        good = good and all(len({n for _, n in train}) >= 0.6 * layer['size']
                            for train in trains)
    return good


def choose_labels(rng, spec, case, found):
    """Labels whose neuron spikes; one silent where the case wants it."""
    if spec['loss'] == 'voltage_maximum':
        return True
    quiet_seen = False
    for sample, train in zip(case['samples'], found['spikes']['out']):
        speaking = sorted({n for _, n in train})
        silent = sorted(set(range(spec['outputs'])) - set(speaking))
        if spec['loss'] == 'spike_time' and silent:
            return False
        if len(speaking) < 2:
            return False
        sample['label'] = rng.choice(speaking)
        if spec['silent_label'] and silent and not quiet_seen:
            sample['label'] = silent[0]
            quiet_seen = True
    return quiet_seen or not spec['silent_label']


def late_enough(spec, case, found):
    """Behind a gap, something must still depend on both bursts."""
    if not spec['gap'] or spec['loss'] == 'voltage_maximum':
        return True
    for sample, train in zip(case['samples'], found['spikes']['out']):
        first = min(t for t, n in train if n == sample['label'])
        if first < 1.0:
            return False
    return True


def matters(spec, case, found):
    """Every array of gradients says something, and none is wild."""
    largest = {name: max(map(abs, values))
               for name, values in found['gradients'].items()}
    needed = [f"{layer['name']}.{q['name']}" for layer in case['layers'][1:]
              for q in layer['quantities'] if q['learned']
              and q['name'] not in ('v_reset', 'step', 'v_start')]
    needed += [p['name'] + '.weight' for layer in case['layers']
               for p in layer['projections']] + ['input_times']
    return all(1e-9 < largest[n] for n in needed
               if not n.startswith(tuple(spec['zeros']))) and \
        max(largest.values()) < 1e7


def search(program, spec):
    rng = random.Random('truth ' + spec['name'])
    gains = [0.0] * (len(spec['hidden']) + 1)
    for k in range(len(gains)):
        gains[k] = 0.4 if 'delta' in spec['kind'] else 1.2
    for attempt in range(3000):
        case = draw_case(rng, spec, gains)
        found = simulate(program, 'base', case)
        if found is None:
            gains = [g / 1.1 for g in gains]
            continue
        if not adjust_gains(case, found, gains):
            continue
        if not choose_labels(rng, spec, case, found) or \
                not late_enough(spec, case, found):
            continue
        if found['margin'][0] < MIN_SLOPE or found['margin'][1] < MIN_MISS:
            continue
        found = simulate(program, 'full', case)
        if found['doubt'] < MAX_DOUBT and matters(spec, case, found):
            return case, found, attempt
        print(f"{spec['name']}: passed over, doubt {found['doubt']:.1e}",
              flush=True)
    raise SystemExit(f"{spec['name']}: nothing suitable found")


# ---- writing --------------------------------------------------------------------

def expected(case, found):
    spikes = {}
    for name, trains in found['spikes'].items():
        offsets = [0]
        for train in trains:
            train.sort()
            offsets.append(offsets[-1] + len(train))
        flat = [spike for train in trains for spike in train]
        spikes[name] = dict(times=[t for t, _ in flat],
                            neurons=[n for _, n in flat], offsets=offsets)
    return dict(loss=found['loss'], gradients=found['gradients'],
                spikes=spikes, margin=found['margin'], doubt=found['doubt'])


def make(program, spec):
    case, found, attempt = search(program, spec)
    case['expected'] = expected(case, found)
    path = HERE / 'cases' / f"{spec['name']}.json"
    path.write_text(json.dumps(case, separators=(',', ':'))
                    .replace('},{', '},\n{').replace(',"', ',\n"') + '\n')
    counts = {name: s['offsets'][-1]
              for name, s in case['expected']['spikes'].items()}
    print(f"{spec['name']}: attempt {attempt}, spikes {counts}, margin "
          f"{found['margin']}, doubt {found['doubt']:.1e}", flush=True)


def main():
    program, prefixes = sys.argv[1], tuple(sys.argv[2:]) or ('',)
    wanted = [s for s in all_specs() if s['name'].startswith(prefixes)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda s: make(program, s), wanted))


if __name__ == '__main__':
    main()
