#!/usr/bin/env python3
"""--emit=equations of every neuron of the standard library, all parameters
learned, against test/equations/NAME.txt; with --write, what those are written
by. The LaTeX of each is checked as far as that goes without LaTeX: braces and
environments that pair off, no bare special character, alignment in every line;
with --pdflatex it is compiled.

    equations.py --snnc PROGRAM [--write] [--pdflatex PROGRAM]
"""
import argparse
import difflib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import catalogue

GOLDEN = Path(__file__).resolve().parent.parent / 'equations'
MODEL = '''\
import "neurons/{name}"
loss late(out) {{ {late} }}
model equations {{
    duration 60 ms
    input x[1]
{layer}{connections}    loss late(n)
}}
'''


def model_text(n):
    late = 'sum(first_spike(out) or t_end) / t_end' if n.spikes \
        else 'sum(final(out.v))'
    return MODEL.format(name=n.name, late=late,
                        layer=catalogue.layer(n, 1, ' learned'),
                        connections=catalogue.connect(n, 'weight = 1'))


def equations(snnc, n, folder, *options):
    model = folder / f'{n.name}.snn'
    model.write_text(model_text(n))
    done = subprocess.run([snnc, '--emit=equations', *options, model],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'{n.name}: {done.stderr}')
    return done.stdout


def compare(n, text):
    path = GOLDEN / f'{n.name}.txt'
    golden = path.read_text() if path.exists() else ''
    return ''.join(difflib.unified_diff(
        golden.splitlines(True), text.splitlines(True), str(path), 'now'))


# ---- LaTeX --------------------------------------------------------------------

def brace_fault(line):
    depth = 0
    for mark in re.findall(r'(?<!\\)[{}]', line):
        depth += 1 if mark == '{' else -1
        if depth < 0:
            break
    return 'braces do not pair off' if depth else None


def line_fault(line, in_align):
    if brace_fault(line):
        return brace_fault(line)
    if len(re.findall(r'\\left\b', line)) != len(re.findall(r'\\right\b', line)):
        return '\\left and \\right do not pair off'
    if re.search(r'[#%$~]|(?<!\\)_$', line):
        return 'a bare special character'
    outside = re.sub(r'\\begin\{cases\}.*?\\end\{cases\}', '', line)
    if in_align and (outside.count('&') != 1 or not line.endswith(r'\\')):
        return 'an equation without one & and a line end'
    if not in_align and re.search(r'(?<!\\)[_^&]', line):
        return 'mathematics outside of an environment'
    return None


def latex_fault(text):
    stack = []
    for number, line in enumerate(text.splitlines(), 1):
        begun = re.match(r'\\begin\{(\S+)\}$', line)
        ended = re.match(r'\\end\{(\S+)\}$', line)
        if begun:
            stack.append(begun[1])
        elif ended:
            if not stack or stack.pop() != ended[1]:
                return f'line {number}: {line} ends nothing'
        else:
            fault = line_fault(line, stack[-1:] == ['align*'])
            if fault:
                return f'line {number}: {fault}: {line}'
    return f'{stack} is not ended' if stack else None


def compile_latex(pdflatex, text, folder):
    (folder / 'equations.tex').write_text(text)
    done = subprocess.run([pdflatex, '-interaction=nonstopmode',
                           '-halt-on-error', 'equations.tex'], cwd=folder,
                          capture_output=True, text=True, errors='replace')
    return done.stdout[-2000:] if done.returncode else None


def check(arguments, n, folder):
    text = equations(arguments.snnc, n, folder)
    latex = equations(arguments.snnc, n, folder, '--latex')
    if arguments.write:
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / f'{n.name}.txt').write_text(text)
    faults = [compare(n, text), latex_fault(latex)]
    if arguments.pdflatex:
        faults.append(compile_latex(arguments.pdflatex, latex, folder))
    return [f'{n.name}: {f}' for f in faults if f]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--write', action='store_true')
    parser.add_argument('--pdflatex')
    arguments = parser.parse_args()
    faults = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in catalogue.names():
            faults += check(arguments, catalogue.neuron(name), Path(scratch))
    for name in sorted(p.stem for p in GOLDEN.glob('*.txt')):
        if name not in catalogue.names():
            faults.append(f'{name}.txt is of no neuron')
    print('\n'.join(faults) or f'{len(catalogue.names())} neurons as expected')
    return 1 if faults else 0


sys.exit(main())
