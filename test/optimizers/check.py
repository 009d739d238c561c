#!/usr/bin/env python3
"""Optimisers of the standard library against rules.py, step by step.

    check.py --snnc "PROGRAM [OPTIONS]" [NAME...]

A neuron that only keeps its value has final(v) = value, so that the gradient
of the loss sum(1 - cos(2 v)) is 2 sin(2 v), whatever the input. Every trainer
makes 12 steps of one batch each in f64; after each the parameters may differ
by 1e-12 of the largest.
"""
import math
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz
from check_named import check_cases
import rules as r

STEPS, TOLERANCE = 12, 1e-12
START = {'a.value': [0.3, -0.2, 1.1, 1.15, -1.4], 'b.value': [0.7, 0.4, 1.1],
         'c.value': [0.9]}

MODEL = '''\
{imports}
import "losses/functions"
import "encoders/latency"
import "datasets/yin_yang"

neuron hold(value = 1) {{
    state v = value
    receive(w): v += w
}}

loss waves(x) {{ sum(1 - cos(2 * final(x.v))) }}

{extra}
model held {{
    duration 60 ms
    input x[5]
    layer a[5] : hold(value = 1 learned per neuron{bounds})
    layer b[3] : hold(value = 1 learned per neuron{bounds})
    layer c[1] : hold(value = 1 learned)
    connect x -> a : dense {{ weight = 0 frozen }}
    connect x -> b : dense {{ weight = 0 frozen }}
    connect x -> c : dense {{ weight = 0 frozen }}
    loss waves(a)
    loss waves(b)
    loss waves(c)
    data yin_yang(train = 4, validation = 4, test = 4)
        encoded by latency_with_bias(t_max = 30 ms)
    train {{
        {optimizer}
        batch 4
        epochs {steps}
    }}
}}
'''


def log_adam():
    return r.in_coordinate(math.log, lambda p: p, math.exp, r.adam(0.05))


def logit_adam(low, high):
    return r.in_coordinate(
        lambda p: math.log((p - low) / (high - p)),
        lambda p: (p - low) * (high - p) / (high - low),
        lambda u: low + (high - low) / (1 + math.exp(-u)), r.adam(0.1))


# name: (imports, what stands in train, bounds, the rule)
CASES = {
    'sgd': ('sgd', 'optimizer sgd(rate = 0.1)', '', r.sgd(0.1)),
    'momentum': ('sgd', 'optimizer sgd(rate = 0.05, momentum = 0.9)', '',
                 r.sgd(0.05, 0.9)),
    'nesterov': ('nesterov', 'optimizer nesterov(rate = 0.05)', '',
                 r.nesterov(0.05, 0.9)),
    'adam': ('adam', 'optimizer adam(rate = 0.1)', '', r.adam(0.1)),
    'adamw': ('adamw', 'optimizer adamw(rate = 0.1, decay = 0.2)', '',
              r.adam(0.1, decay=0.2)),
    'adamax': ('adamax', 'optimizer adamax(rate = 0.1)', '', r.adamax(0.1)),
    'rmsprop': ('rmsprop', 'optimizer rmsprop(rate = 0.02, momentum = 0.5)', '',
                r.rmsprop(0.02, 0.9, 0.5)),
    'lion': ('lion', 'optimizer lion(rate = 0.03, decay = 0.1)', '',
             r.lion(0.03, 0.9, 0.99, 0.1)),
    'clip_value': ('clip adam', 'optimizer clip_by_value(0.5) then '
                   'adam(rate = 0.1)', '',
                   r.clip_by_value(0.5, r.adam(0.1))),
    'clip_norm': ('clip sgd', 'optimizer clip_by_norm(2) then '
                  'sgd(rate = 0.1, momentum = 0.9)', '',
                  r.clip_by_norm(2.0, r.sgd(0.1, 0.9))),
    'clip_total': ('clip sgd', 'optimizer clip_by_total_norm(3) then '
                   'sgd(rate = 0.1, momentum = 0.9)', '',
                   r.clip_by_total_norm(3.0, r.sgd(0.1, 0.9))),
    'decay': ('weight_decay sgd', 'optimizer weight_decay(0.3) then '
              'sgd(rate = 0.1)', '', r.weight_decay(0.3, r.sgd(0.1))),
    'bounds': ('sgd', 'optimizer sgd(rate = 0.2, momentum = 0.5)',
               ' in [-1.45, 1.2]',
               r.by_array({'': r.bounded(-1.45, 1.2, r.sgd(0.2, 0.5)),
                           'c.value': r.sgd(0.2, 0.5)})),
    'groups': ('clip adam lion sgd',
               'optimizer clip_by_norm(1) then adam(rate = 0.1) for a\n'
               '        optimizer lion(rate = 0.03) for b.value\n'
               '        optimizer sgd(rate = 0.1)', '',
               r.by_array({'a.value': r.clip_by_norm(1.0, r.adam(0.1)),
                           'b.value': r.lion(0.03, 0.9, 0.99, 0.0),
                           '': r.sgd(0.1)})),
    'log': ('reparameterise adam sgd',
            'optimizer to_log then adam(rate = 0.05) then from_log for b, c\n'
            '        optimizer sgd(rate = 0.1)', '',
            r.by_array({'b.value': log_adam(), 'c.value': log_adam(),
                        '': r.sgd(0.1)})),
    'logit': ('reparameterise adam sgd',
              'optimizer to_logit then adam(rate = 0.1) then from_logit '
              'for a, b\n        optimizer sgd(rate = 0.1)',
              ' in [-1.5, 2.5]',
              r.by_array({'a.value': logit_adam(-1.5, 2.5),
                          'b.value': logit_adam(-1.5, 2.5),
                          '': r.sgd(0.1)})),
    'constant': ('schedules sgd', 'optimizer sgd(rate = constant(0.1))', '',
                 r.scheduled(lambda epoch, step: 0.1)),
    'exponential': ('schedules sgd', 'optimizer sgd(rate = '
                    'exponential_decay(0.2, factor = 0.8, hold = 3))', '',
                    r.scheduled(lambda epoch, step:
                                0.2 if epoch < 3 else 0.2 * 0.8**(epoch - 3))),
    'step_decay': ('schedules sgd', 'optimizer sgd(rate = '
                   'step_decay(0.2, factor = 0.5, every = 4))', '',
                   r.scheduled(lambda epoch, step:
                               [0.2, 0.1, 0.05][epoch // 4])),
    'cosine': ('schedules sgd', 'optimizer sgd(rate = '
               'cosine(0.3, over = 8, least = 0.01))', '',
               r.scheduled(lambda epoch, step: 0.01 if epoch > 8 else
                           0.155 + 0.145 * math.cos(math.pi * epoch / 8))),
    'warm_up': ('schedules sgd', 'optimizer sgd(rate = '
                'cosine(warm_up(0.3, over = 5), over = 10))', '',
                r.scheduled(lambda epoch, step: min(step, 5) * 0.06 * math.cos(
                    math.pi * min(epoch, 10) / 20)**2)),
    'twice': ('adam', 'optimizer adam(rate = 0.1) then adam(rate = 0.01)', '',
              None),
}


def twice():
    first, second = r.adam(0.1), r.adam(0.01)

    def rule(t, parameters, gradients, states):
        middle = first(t, parameters, gradients, states.setdefault(1, {}))
        return second(t, middle, gradients, states.setdefault(2, {}))
    return rule


def gradient(parameters):
    return {n: [2 * math.sin(2 * p) for p in ps]
            for n, ps in parameters.items()}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n"
                 f'{done.stdout}{done.stderr}')
    return done


def compile_case(name, snnc, folder):
    imports, optimizer, bounds, _ = CASES[name]
    lines = '\n'.join(f'import "optimizers/{i}"' for i in imports.split())
    model = folder / f'{name}.snn'
    model.write_text(MODEL.format(imports=lines, optimizer=optimizer, extra='',
                                  bounds=bounds, steps=STEPS))
    run([*snnc, model, '--precision=f64', '-o', folder / 'trainer'])


def start_file(folder):
    sizes = {'x_a.weight': 5, 'x_b.weight': 3, 'x_c.weight': 1}
    arrays = {n: ('<f8', () if n == 'c.value' else (len(v),), v)
              for n, v in START.items()}
    arrays |= {n: ('<f8', (5, k), [0.0] * 5 * k) for n, k in sizes.items()}
    npz.write(folder / 'start.npz', arrays)
    return folder / 'start.npz'


def check(name, snnc, folder):
    compile_case(name, snnc, folder)
    rule = CASES[name][3] or twice()
    parameters, states, worst = START, {}, 0.0
    last, option = start_file(folder), '--load'
    for step in range(1, STEPS + 1):
        out = folder / f'step{step}.npz'
        run([folder / 'trainer', option, last, '--epochs', str(step), '--save',
             out, '--quiet'])
        last, option = out, '--resume'
        parameters = rule(step, parameters, gradient(parameters), states)
        found = npz.read(out)
        for array, want in parameters.items():
            scale = max(map(abs, want))
            worst = max([worst] + [abs(a - b) / scale for a, b in
                                   zip(found[array][1], want, strict=True)])
    print(f'{name:<12} {worst:8.1e}')
    return worst <= TOLERANCE


if __name__ == '__main__':
    sys.exit(check_cases(CASES, check))
