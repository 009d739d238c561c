#!/usr/bin/env python3
"""Losses of the standard library against their formulas in Python.

    check.py --snnc "PROGRAM [OPTIONS]" [NAME...]

A network of two layers gets random spikes. Its spikes are the trainer's (they
are measured elsewhere); the loss of each sample must be the formula's of these
spikes to 1e-12 (numeric neurons: near their tolerance), where potentials are
those of a closed form in cases.py. The gradients must agree with difference
quotients (check-gradient).
"""
import math
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz
from check_named import check_cases
from cases import CASES, INPUTS, HIDDEN, OUT, SAMPLES, DURATION

MODEL = '''\
{imports}
import "neurons/lif"
import "neurons/li"
import "encoders/latency"
import "datasets/yin_yang"
{own}
model m {{
    duration {duration!r} s
    input x[{inputs}]
    layer hidden[{hidden}] : lif(tau_mem = 15 ms learned per neuron, tau_syn = 5 ms)
    layer out[{out}] : {neuron}
    connect x -> hidden : dense {{ weight ~ 5 * uniform() }}
    connect hidden -> out : dense {{ weight ~ {scale} * (uniform() - 0.2) }}
    {loss}
    predict argmin {score}
    data yin_yang(train = 20, validation = 2, test = 2)
        encoded by latency_with_bias(t_max = 30 ms)
}}
'''


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n"
                 f'{done.stdout}{done.stderr}')
    return done.stdout


def write_spikes(path):
    draw = random.Random(7)
    times, channels, offsets, labels = [], [], [0], []
    for sample in range(SAMPLES):
        some = sorted((draw.uniform(0, 0.03), channel)
                      for channel in range(INPUTS) for _ in range(3))
        times += [t for t, _ in some]
        channels += [c for _, c in some]
        offsets.append(len(times))
        labels.append(sample % OUT)
    npz.write(path, {'times': ('<f8', (len(times),), times),
                     'channels': ('<i8', (len(times),), channels),
                     'offsets': ('<i8', (len(offsets),), offsets),
                     'labels': ('<i8', (len(labels),), labels)})
    return labels


def write_parameters(path, case):
    draw = random.Random(11)
    arrays = {
        'hidden.tau_mem': ((HIDDEN,), [draw.uniform(0.01, 0.03)
                                       for _ in range(HIDDEN)]),
        'x_hidden.weight': ((INPUTS, HIDDEN), [draw.uniform(0, 2.5) for _ in
                                               range(INPUTS * HIDDEN)]),
        'hidden_out.weight': ((HIDDEN, OUT), [
            draw.uniform(-0.2, 0.8) * case.scale for _ in
            range(HIDDEN * OUT)])}
    arrays |= {name: ((), [value]) for name, value in case.learned.items()}
    npz.write(path, {n: ('<f8', s, v) for n, (s, v) in arrays.items()})
    return arrays['hidden_out.weight'][1]


def spikes_by_neuron(answer, layer, sample, n):
    times, neurons, offsets = (answer[f'spikes/{layer}/{key}'][1]
                               for key in ('times', 'neurons', 'offsets'))
    trains = [[] for _ in range(n)]
    for k in range(offsets[sample], offsets[sample + 1]):
        trains[neurons[k]].append(times[k])
    return trains


def check(name, snnc, folder):
    case = CASES[name]
    model = folder / f'{name}.snn'
    model.write_text(MODEL.format(
        imports='\n'.join(f'import "losses/{i}"' for i in case.imports),
        own=case.own, duration=DURATION, inputs=INPUTS, hidden=HIDDEN,
        out=OUT, neuron=case.neuron, scale=case.scale, loss=case.loss,
        score=case.score))
    run([*snnc, model, '--precision=f64', *case.options, '-o',
         folder / 'trainer'])
    labels = write_spikes(folder / 'spikes.npz')
    weights = write_parameters(folder / 'params.npz', case)
    run([folder / 'trainer', 'gradient', '--spikes', folder / 'spikes.npz',
         '--load', folder / 'params.npz', '--out', folder / 'out.npz'])
    answer = npz.read(folder / 'out.npz')
    worst = 0.0
    for sample, found in enumerate(answer['loss'][1]):
        hidden = spikes_by_neuron(answer, 'hidden', sample, HIDDEN)
        out = spikes_by_neuron(answer, 'out', sample, OUT) \
            if case.spikes else None
        columns = [weights[k::OUT] for k in range(OUT)]
        want = case.formula(out, labels[sample], hidden, columns)
        worst = max(worst, abs(found - want) / max(1.0, abs(want)))
    text = run([folder / 'trainer', 'check-gradient'])
    print(f'{name:<20} {worst:8.1e}  {text.splitlines()[-1]}')
    return worst <= case.tolerance


if __name__ == '__main__':
    sys.exit(check_cases(CASES, check))
