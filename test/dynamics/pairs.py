#!/usr/bin/env python3
"""Neurons of which two states drive each other, in networks of every kind.

    pairs.py --snnc SNNC [--few] NAME...

For each neuron, all combinations of what leads away from one dense sweep: connections back into the
layer, tables of synapses, delays, refractory periods; with --few each by itself and all together.
Everything is learned. Gradients of the closed
form must agree with difference quotients, and they, losses and spikes with the numeric solver's.
"""
import argparse
import itertools
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / 'neurons')]
import agree
import catalogue

FEATURES = ['recurrence', 'table', 'delays', 'rest']
# What goes on while a neuron rests: another pair, and arrivals that count less.
REST = {
    'resonate_and_fire': '''
        x' = -2 * damping * x - frequency * y / 2
        y' = frequency * x / 2 - damping * y
        receive(w) { x += 0.3 * w }''',
    'lif_adaptive_current': '''
        v' = (-0.3 - v - 2 * u) / tau_mem
        receive(w) { i += 0.3 * w }''',
    'two_compartment': '''
        s' = (coupling * (d - s) - 2 * s) / tau_soma
        receive soma(w) { i += 0.3 * w }''',
}
MODEL = '''\
import "neurons/li"
import "initializers/normal"
import "initializers/uniform"
import "encoders/latency"
import "datasets/yin_yang"

{neuron}
loss high(out) {{ mean(maximum(out.v)) + mean(integral(out.v)) / 10 ms }}

model pairs {{
    duration 60 ms
    input x[5]
{layer}    layer out[3] : li(tau_mem = 20 ms learned)
{connections}    loss high(out)
    data yin_yang(train = 64, test = 16) encoded by latency_with_bias(t_max = 30 ms)
}}
'''
CLOSED = '--precision=f64 --solver=closed_form'
NUMERIC = '--precision=f64 --solver=numeric --tolerance=1e-12'


def resting(n):
    """The neuron, with a period of rest behind each spike, in the language."""
    parameters = ', '.join(f'{p} = {value}' for p, value in [*n.parameters, ('tau_ref', '3 ms')])
    n.parameters.append(('tau_ref', '3 ms'))
    return (f'neuron {n.name}({parameters}) {{\n{n.body}'
            f'    refractory for tau_ref {{{REST[n.name]}\n    }}\n}}\n')


def connection(source, target, weights, features):
    pattern = 'sparse(probability = 0.6)' if 'table' in features else 'dense'
    delay = '  delay ~ uniform(0 ms, 4 ms) learned per synapse' if 'delays' in features else ''
    return f'    connect {source} -> {target} : {pattern} {{ weight ~ {weights}{delay} }}\n'


def model_text(name, features):
    n = catalogue.neuron(name)
    neuron = resting(n) if 'rest' in features else f'import "neurons/{name}"\n'
    weights = {f'n.{port}' if port else 'n': n.drive(port) for port in n.ports}
    text = ''.join(connection('x', to, drive, features) for to, drive in weights.items())
    text += connection('n', 'out', 'normal(1, 0.5)', features)
    if 'recurrence' in features:
        text += connection('n', list(weights)[-1], 'normal(0, 0.3)', features)
    return MODEL.format(neuron=neuron, layer=catalogue.layer(n, 10, ' learned per neuron'),
                        connections=text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--few', action='store_true')
    parser.add_argument('names', nargs='+')
    arguments = parser.parse_args()
    for name in arguments.names:
        for chosen in itertools.product([False, True], repeat=len(FEATURES)):
            if arguments.few and sum(chosen) not in (1, len(FEATURES)):
                continue
            features = list(itertools.compress(FEATURES, chosen))
            print(name, 'with', ', '.join(features) or 'none', flush=True)
            ways = [CLOSED, NUMERIC]
            if not {'recurrence', 'rest'} & {*features}: # those go event by event anyway
                ways.append(f'{CLOSED} --strategy=events')
            agree.compare(arguments.snnc, model_text(name, features), ways, 3, 1e-9,
                          quotients=True)


if __name__ == '__main__':
    main()
