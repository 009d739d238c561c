#!/usr/bin/env python3
"""The numeric solver on every neuron of the standard library that has a closed form.

    solvers.py --snnc SNNC

Gradients of every parameter, losses and spikes must be those of the closed form, as a sweep and
event by event.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / 'neurons')]
import agree
import catalogue

MODEL = '''\
import "neurons/{name}"
import "neurons/{readout}"
import "initializers/normal"
import "initializers/uniform"

loss high(out) {{ mean(final(out.v)) + mean(maximum(out.v)) }}

model all_learned {{
    duration 60 ms
    input x[5]
{layers}{connections}    loss high({observed})
}}
'''
WAYS = ['--precision=f64', '--precision=f64 --strategy=events',
        '--precision=f64 --solver=numeric --tolerance=1e-12',
        '--precision=f64 --solver=numeric --tolerance=1e-12 --strategy=events']


def model_text(n):
    layers = catalogue.layer(n, 12 if n.spikes else 3, ' learned per neuron')
    connections = catalogue.connect(n)
    if n.spikes:
        layers += '    layer out[3] : li\n'
        connections += '    connect n -> out : dense { weight ~ normal(1, 0.5) }\n'
    return MODEL.format(name=n.name, readout='li' if n.spikes else 'lif', layers=layers,
                        connections=connections, observed='out' if n.spikes else 'n')


def has_closed_form(snnc, text):
    with tempfile.TemporaryDirectory() as name:
        model = pathlib.Path(name) / 'model.snn'
        model.write_text(text)
        return subprocess.run([snnc, '--solver=closed_form', '--emit=equations', model],
                              capture_output=True).returncode == 0


def said_to_be_closed():
    text = (catalogue.ROOT / 'docs' / 'neurons' / 'README.md').read_text()
    return set(re.findall(r'^\| \[(\w+)\].*\| closed form', text, re.MULTILINE))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    snnc = parser.parse_args().snnc
    found = set()
    for name in catalogue.names():
        text = model_text(catalogue.neuron(name))
        if not has_closed_form(snnc, text):
            continue
        print(name)
        agree.compare(snnc, text, WAYS, 3, 1e-10)
        found.add(name)
    if found != said_to_be_closed():
        sys.exit(f'{found ^ said_to_be_closed()}: docs/neurons/README.md says otherwise')


if __name__ == '__main__':
    main()
