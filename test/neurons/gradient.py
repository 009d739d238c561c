#!/usr/bin/env python3
"""Difference quotients for every parameter of a neuron of the standard library.

    gradient.py --snnc "PROGRAM [OPTIONS]" NAME...

A network of a layer of the neuron, every parameter learned for each neuron, is
compiled with f64 and, where it is numeric, a tolerance that leaves the
quotients some digits; its trainer compares its gradients with difference
quotients (check-gradient). Exit status 1 when they
disagree, or when some parameter has no gradient other than 0.
"""
import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import catalogue

MODEL = '''\
import "neurons/{name}"
{readout}import "initializers/normal"
import "initializers/uniform"
import "encoders/latency"
import "datasets/yin_yang"

loss late(out) {{ sum(final(out.v)) }}

model all_learned {{
    duration 60 ms
    input x[5]
{layers}{connections}{loss}
    data yin_yang(train = 64, test = 16) encoded by latency_with_bias(t_max = 30 ms)
}}
'''
ROW = re.compile(r'^(n\.\w+) +\d+ +(\S+) ', re.MULTILINE)


def model_text(n):
    layers = catalogue.layer(n, 12 if n.spikes else 3,
                             ' learned per neuron')
    connections = catalogue.connect(n)
    if n.spikes:
        layers += '    layer out[3] : li\n'
        connections += '    connect n -> out : dense ' \
                       '{ weight ~ normal(1, 0.5) }\n'
    return MODEL.format(
        name=n.name, layers=layers, connections=connections,
        readout='import "neurons/li"\n' if n.spikes else '',
        loss=f"    loss late({'out' if n.spikes else 'n'})")


def run(command):
    return subprocess.run(command, capture_output=True, text=True)


def check(snnc, n, folder):
    """What is wrong, in words, or None."""
    model = folder / f'{n.name}.snn'
    model.write_text(model_text(n))
    done = run([*snnc, '--precision=f64', '--tolerance=1e-12', model,
                '-o', folder / 'trainer'])
    if done.returncode:
        return done.stderr
    done = run([folder / 'trainer', 'check-gradient', '--components', '3', '--samples', '2'])
    print(done.stdout)
    if done.returncode:
        return f'{n.name}: gradients disagree\n{done.stderr}'
    for parameter, _ in n.parameters:
        exact = [float(r[1]) for r in ROW.findall(done.stdout)
                 if r[0] == f'n.{parameter}']
        if not any(exact):
            return f'{n.name}: nothing depends on {parameter}'
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('names', nargs='+')
    arguments = parser.parse_args()
    wrong = []
    for name in arguments.names:
        n = catalogue.neuron(name)
        with tempfile.TemporaryDirectory() as scratch:
            wrong.append(check(shlex.split(arguments.snnc), n, Path(scratch)))
    for text in filter(None, wrong):
        print(text)
    return 1 if any(wrong) else 0


sys.exit(main())
