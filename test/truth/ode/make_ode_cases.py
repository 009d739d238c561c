#!/usr/bin/env python3
"""Draws networks of neurons without a closed form, lets the simulator measure
them and writes ../cases/ode_NAME.json, for run_case.py.

    make_ode_cases.py ODE_PROGRAM [NAME_PREFIX...]

Two cases for a neuron: `late`, one hidden layer of it with parameters for each
neuron and a leaky integrator whose last state is the loss; `first`, two layers
of it with shared parameters, and the time of each output's first spike. A
network is kept when every spiking layer speaks and nothing comes nearer to
another number of spikes than the case allows. For `grazing` and `missing` the
weights of the inputs are scaled to where a maximum of the guard hardly crosses,
or hardly does not.
"""
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import simulator

HERE = Path(__file__).resolve().parent
CASES = HERE.parent / 'cases'

MAX_DOUBT = 1e-13
# Least slope at a crossing, least distance of a maximum from one.
LEAST = {'usual': (0.004, 0.003), 'grazing': (3e-4, 1e-7),
         'missing': (3e-4, 1e-7)}
NEAR_GRAZING = 1e-6  # of the weights, from those at which a maximum touches

# Default and what is drawn around it: a part of it, or (a number) so much.
PART = 0.1
LIF = dict(tau_mem=0.02, tau_syn=0.005, threshold=1, v_reset=(0, 0.2),
           bias=(0.1, 0.1))
LI = dict(tau_mem=0.02, tau_syn=0.005, bias=(0.1, 0.1))
KINDS = {
    'qif': dict(tau_mem=0.02, tau_syn=0.005, v_crit=1, v_peak=10, v_reset=-1,
                bias=(0.1, 0.1)),
    'eif': dict(tau_mem=0.02, tau_syn=0.005, rest=(-0.065, 0.001),
                v_rise=(-0.055, 0.001), slope=0.002, v_peak=(-0.03, 0.001),
                v_reset=(-0.065, 0.002), gain=0.01),
    'adex': dict(capacity=281e-12, leak=30e-9, rest=(-0.0706, 0.001),
                 v_rise=(-0.0504, 0.001), slope=0.002, tau_u=0.144,
                 coupling=4e-9, jump=80.5e-12, v_peak=(-0.03, 0.001),
                 v_reset=(-0.0706, 0.002), tau_syn=0.005, gain=600e-12),
    'izhikevich': dict(a=20, b=200, c=(-0.065, 0.002), d=8,
                       v_peak=(0.03, 0.003), tau_syn=0.005, gain=10),
    'theta': dict(tau=0.02, tau_syn=0.005, bias=-1, start=(-1.57, 0.3)),
    'resonate_and_fire': dict(damping=100, frequency=250, threshold=1,
                              x_reset=(0, 0.2), y_reset=(0, 0.2)),
    'alif': dict(tau_mem=0.02, tau_syn=0.005, tau_adapt=0.1, threshold=1,
                 jump=0.5, v_reset=(0, 0.2), bias=(0.1, 0.1)),
    'lif_adaptive_current': dict(
        tau_mem=0.02, tau_syn=0.005, tau_adapt=0.05, coupling=1, jump=0.2,
        threshold=1, v_reset=(0, 0.2), bias=(0.1, 0.1)),
    'two_compartment': dict(tau_soma=0.02, tau_dendrite=0.01, coupling=1,
                            back=0.5, tau_syn=0.005, threshold=1,
                            s_reset=(0, 0.2)),
    'lif_conductance': dict(
        capacity=200e-12, leak=10e-9, rest=(-0.06, 0.001),
        e_reversal=(0, 0.002), i_reversal=(-0.08, 0.002), tau_exc=0.005,
        tau_inh=0.01, threshold=(-0.05, 0.001), v_reset=(-0.06, 0.001),
        gain=1e-9),
    'lif_receptors': dict(
        capacity=500e-12, leak=25e-9, rest=(-0.07, 0.001),
        e_reversal=(0, 0.002), i_reversal=(-0.07, 0.002), tau_ampa=0.002,
        tau_nmda=0.1, tau_rise=0.002, tau_gaba=0.01, magnesium=1,
        threshold=(-0.05, 0.001), v_reset=(-0.055, 0.001), gain=1e-9),
    'egru': dict(tau_mem=0.02, tau_syn=0.005, b_u=(0, 0.3), b_r=(0, 0.3),
                 b_z=(0.1, 0.2), threshold=0.2, c_reset=(0, 0.03)),
    'lif': LIF, 'li': LI,
}
PORTS = {  # port: (mean, deviation) of weights
    'two_compartment': {'soma': (1, 0.7), 'dendrite': (1.5, 0.7)},
    'lif_conductance': {'exc': (15, 5), 'inh': (4, 2)},
    'lif_receptors': {'ampa': (40, 20), 'nmda': (10, 5), 'gaba': (8, 4)},
    'egru': {'update': (0.3, 0.7), 'reset': (0, 0.7), 'candidate': (0.6, 0.5)},
    'eif': {'': (2, 1)}, 'izhikevich': {'': (1.2, 0.5)}, 'qif': {'': (3, 1)},
    'adex': {'': (2.5, 1)}, 'theta': {'': (3, 1)},
    'resonate_and_fire': {'': (1, 0.6)},
}
USUAL = {'': (1.5, 0.8)}


def spec(name, kind, loss, **more):
    made = dict(name=f'ode_{name}', kind=kind, loss=loss, least='usual',
                values={}, hidden=4, inputs=3, adjust=None)
    made.update(more)
    return made


def all_specs():
    for kind in KINDS:
        if kind in ('lif', 'li'):
            continue
        yield spec(f'{kind}_late', kind, 'final_square')
        yield spec(f'{kind}_first', kind, 'spike_time')
    yield spec('adex_stiff_late', 'adex', 'final_square',
               values=dict(slope=0.0005, v_peak=(-0.04, 0.0003)))
    yield spec('adex_stiff_first', 'adex', 'spike_time',
               values=dict(slope=0.0005, v_peak=(-0.04, 0.0003)))
    yield spec('adex_bursts', 'adex', 'final_square', values=dict(
        v_reset=(-0.0485, 0.0005), tau_u=0.04, jump=150e-12))
    yield spec('izhikevich_bursts', 'izhikevich', 'final_square',
               values=dict(c=(-0.05, 0.001), d=2))
    for loss, name in (('final_square', 'late'), ('spike_time', 'first')):
        yield spec(f'pairs_critical_{name}', 'lif_adaptive_current', loss,
                   adjust=make_critical)
        yield spec(f'pairs_weak_{name}', 'resonate_and_fire', loss,
                   values=dict(damping=5))
    yield spec('pairs_strong_late', 'resonate_and_fire', 'final_square',
               values=dict(damping=500, frequency=150, threshold=0.15))
    yield spec('pairs_equal_late', 'two_compartment', 'final_square',
               adjust=make_equal)
    for kind in ('lif_adaptive_current', 'resonate_and_fire',
                 'two_compartment'):
        yield spec(f'{kind}_grazing', kind, 'final_square', least='grazing')
        yield spec(f'{kind}_missing', kind, 'final_square', least='missing')


# ---- drawing ------------------------------------------------------------------

def draw_value(rng, default):
    if isinstance(default, tuple):
        return rng.gauss(*default)
    return default * rng.uniform(1 - PART, 1 + PART)


def draw_layer(rng, name, size, kind, per_neuron, values, adjust=None):
    chosen = {**KINDS[kind], **values}
    count = size if per_neuron else 1
    drawn = {q: [draw_value(rng, default) for _ in range(count)]
             for q, default in chosen.items()}
    if adjust:
        adjust(drawn, count)
    return dict(name=name, size=size, kind=kind, projections=[], quantities=[
        dict(name=q, per_neuron=per_neuron, learned=True, values=numbers)
        for q, numbers in drawn.items()])


# How near two rates come to each other, neuron by neuron: exactly, and from
# both sides.
NEAR = (0.0, 1e-12, -1e-6, 1e-3)


def make_critical(drawn, count):
    """The coupling at which both rates are one: above it the neuron rings."""
    for j in range(count):
        mem, adapt = drawn['tau_mem'][j], drawn['tau_adapt'][j]
        drawn['coupling'][j] = (mem - adapt) ** 2 / (4 * mem * adapt) \
            * (1 + NEAR[j % len(NEAR)])


def make_equal(drawn, count):
    """Compartments alike and weakly coupled, and their synapses as well."""
    for j in range(count):
        soma, near = drawn['tau_soma'][j], NEAR[(j + 1) % len(NEAR)]
        drawn['tau_dendrite'][j] = soma * (1 + near)
        drawn['tau_syn'][j] = soma * (1 - near)
        drawn['back'][j] = drawn['coupling'][j] = 0.05 * (1 + j)


def connect(rng, layers, source, target, gain):
    layer = layers[target]
    for port, (mean, deviation) in PORTS.get(layer['kind'], USUAL).items():
        name = f"{layers[source]['name']}_{layer['name']}"
        positive = layer['kind'] in ('lif_conductance', 'lif_receptors')
        weights = [gain * rng.gauss(mean, deviation)
                   for _ in range(layers[source]['size'] * layer['size'])]
        layer['projections'].append(dict(
            name=name + (f'_{port}' if port else ''), source=source, port=port,
            weights=[abs(w) for w in weights] if positive else weights))


def draw_case(rng, spec, gains):
    first = spec['loss'] == 'spike_time'
    layers = [dict(name='x', size=spec['inputs'], kind='input', quantities=[],
                   projections=[]),
              draw_layer(rng, 'hidden', spec['hidden'], spec['kind'], not first,
                         spec['values'], spec['adjust']),
              draw_layer(rng, 'out', 2, spec['kind'] if first else 'li', False,
                         spec['values'] if first else {},
                         spec['adjust'] if first else None)]
    connect(rng, layers, 0, 1, gains[0])
    connect(rng, layers, 1, 2, gains[1])
    samples = []
    for _ in range(2):
        spikes = sorted((rng.uniform(0.0005, 0.04), channel)
                        for channel in range(spec['inputs'])
                        for _ in range(rng.randint(1, 3)))
        samples.append(dict(label=rng.randrange(2),
                            times=[t for t, _ in spikes],
                            channels=[c for _, c in spikes]))
    return dict(name=spec['name'], group='ode', duration=0.06,
                loss=dict(kind=spec['loss'], tau0=0.01 if first else 1.0),
                layers=layers, samples=samples)


# ---- to the simulator and back --------------------------------------------------

def simulator_text(case):
    loss = case['loss']
    lines = [f"network {case['duration']!r} {len(case['layers'])} "
             f"{loss['kind']} {loss['tau0']!r}"]
    for layer in case['layers']:
        ports = list(PORTS.get(layer['kind'], USUAL))
        lines.append(f"layer {layer['name']} {layer['size']} {layer['kind']} "
                     f"{len(layer['quantities'])} {len(layer['projections'])}")
        for q in layer['quantities']:
            lines.append(f"quantity {q['name']} "
                         f"{'neuron' if q['per_neuron'] else 'shared'} learned "
                         + ' '.join(map(repr, q['values'])))
        for p in layer['projections']:
            lines.append(f"projection {p['name']} {p['source']} "
                         f"{ports.index(p['port'])} learned "
                         + ' '.join(map(repr, p['weights'])))
    return '\n'.join(lines + simulator.sample_lines(case)) + '\n'


def simulate(program, mode, case):
    return simulator.run(program, mode, simulator_text(case), case)


# ---- choosing -------------------------------------------------------------------

def speaks(case, found, gains):
    for k, layer in enumerate(case['layers'][1:]):
        if layer['kind'] == 'li':
            continue
        trains = found['spikes'][layer['name']]
        rate = sum(map(len, trains)) / (len(trains) * layer['size'])
        if rate < 1.2:
            gains[k] *= 1.1
            return False
        if rate > 8:
            gains[k] /= 1.1
            return False
        if any(len({n for _, n in train}) < layer['size'] for train in trains):
            gains[k] *= 1.02
            return False
    return True


def near_enough(spec, found):
    slope, miss = LEAST[spec['least']]
    if not (found['margin'][0] >= slope and found['margin'][1] >= miss):
        return False
    if spec['least'] == 'grazing':
        return found['margin'][0] < 10 * slope
    return spec['least'] == 'usual' or found['margin'][1] < 40 * miss


def scaled(case, factor):
    case = json.loads(json.dumps(case))
    for p in case['layers'][1]['projections']:
        p['weights'] = [w * factor for w in p['weights']]
    return case


def n_hidden(program, case):
    found = simulate(program, 'base', case)
    return found and sum(map(len, found['spikes'][case['layers'][1]['name']]))


def touch(program, spec, case):
    """The case at a scale of its weights where a spike appears (or disappears); None: there
    is no such scale nearby."""
    n, low, high = n_hidden(program, case), 1.0, None
    for step in range(1, 40):
        now = n_hidden(program, scaled(case, 1 + 0.01 * step))
        if now != n:
            low, high = 1 + 0.01 * (step - 1), 1 + 0.01 * step
            break
    if high is None or now != n + 1:
        return None
    while high - low > NEAR_GRAZING / 100:
        middle = (low + high) / 2
        if n_hidden(program, scaled(case, middle)) == n:
            low = middle
        else:
            high = middle
    away = NEAR_GRAZING if spec['least'] == 'grazing' else -NEAR_GRAZING
    return scaled(case, low * (1 + away))


def search(program, spec):
    rng = random.Random('ode ' + spec['name'])
    gains = [1.0, 1.0]
    for attempt in range(4000):
        case = draw_case(rng, spec, gains)
        found = simulate(program, 'base', case)
        if found is None:
            gains = [g / 1.1 for g in gains]
            continue
        if not speaks(case, found, gains):
            continue
        if spec['least'] != 'usual':
            case = touch(program, spec, case)
            found = case and simulate(program, 'base', case)
        if not found or not near_enough(spec, found):
            continue
        found = simulate(program, 'full', case)
        if found['doubt'] <= MAX_DOUBT:
            return case, found, attempt
        print(f"{spec['name']}: doubt {found['doubt']:.1e}", flush=True)
    sys.exit(f"{spec['name']}: no network found")


def as_arrays(case, found):
    spikes = {}
    for name, trains in found['spikes'].items():
        offsets = [0]
        for train in trains:
            offsets.append(offsets[-1] + len(train))
        joined = [pair for train in trains for pair in sorted(train)]
        spikes[name] = dict(times=[t for t, _ in joined],
                            neurons=[n for _, n in joined], offsets=offsets)
    return dict(loss=found['loss'], spikes=spikes,
                gradients=found['gradients'])


def main():
    program, prefixes = sys.argv[1], tuple(sys.argv[2:])
    for spec in all_specs():
        if prefixes and not spec['name'].startswith(prefixes):
            continue
        case, found, attempt = search(program, spec)
        case['expected'] = as_arrays(case, found)
        case['doubt'], case['margin'] = found['doubt'], found['margin']
        path = CASES / f"{spec['name']}.json"
        path.write_text(json.dumps(case) + '\n')
        print(f"{spec['name']}: attempt {attempt}, doubt {found['doubt']:.1e}, "
              f"margin {found['margin'][0]:.2g} {found['margin'][1]:.2g}",
              flush=True)


if __name__ == '__main__':
    main()
