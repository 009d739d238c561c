#!/usr/bin/env python3
"""The pages of the neurons of the standard library, docs/neurons/NAME.md: there
is one for each; it has all sections; its table is the neuron's parameters with
their defaults; it names the solver that --explain names; its example compiles
and learns for an epoch.

    pages.py --snnc PROGRAM [NAME...]
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import catalogue

PAGES = catalogue.ROOT / 'docs' / 'neurons'
SECTIONS = ['Source', 'Equations', 'Parameters', 'Solver', 'Gradient',
            'Example']
ROW = re.compile(r'^\| `(\w+)` \| .* \| `(.*)` \|$', re.MULTILINE)
BLOCK = re.compile(r'^```snn\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FEW = '(train = 64, validation = 16, test = 16)'


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def text_fault(n, page):
    sections = re.findall(r'^## (\w+)$', page, re.MULTILINE)
    if sections != SECTIONS:
        return f'sections {sections}, expected {SECTIONS}'
    if ROW.findall(page) != n.parameters:
        return f'a table of {ROW.findall(page)}, expected {n.parameters}'
    return None


def example_fault(snnc, n, page, folder):
    blocks = BLOCK.findall(page)
    if len(blocks) != 1:
        return f'{len(blocks)} examples, expected one'
    model = folder / 'example.snn'
    model.write_text(blocks[0].replace('data yin_yang', f'data yin_yang{FEW}'))
    trainer = folder / 'trainer'
    done = run([snnc, '--explain', model, '-o', trainer])
    if done.returncode:
        return done.stderr
    said = done.stdout + done.stderr
    layer = re.search(rf'^\w+: {n.name}\n((?:  .*\n)+)', said, re.MULTILINE)
    numeric = 'numeric: ' in layer[1]
    wanted = 'Numeric' if numeric else 'Closed form'
    solver = page.split('## Solver\n\n')[1]
    if not solver.startswith(wanted):
        return f'the page says {solver[:40]!r}, --explain: {layer[1]}'
    done = run([trainer, 'train', '--epochs', '1', '--quiet', '--report',
                folder / 'report.json'])
    return done.stderr if done.returncode else None


def check(snnc, name):
    path = PAGES / f'{name}.md'
    if not path.exists():
        return 'no page'
    n, page = catalogue.neuron(name), path.read_text()
    with tempfile.TemporaryDirectory() as scratch:
        return text_fault(n, page) or example_fault(snnc, n, page,
                                                    Path(scratch))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('names', nargs='*')
    arguments = parser.parse_args()
    faults = [f'{name}: {fault}'
              for name in arguments.names or catalogue.names()
              for fault in [check(arguments.snnc, name)] if fault]
    for path in sorted(PAGES.glob('*.md')):
        if path.stem not in [*catalogue.names(), 'README']:
            faults.append(f'{path.name} is of no neuron')
    print('\n'.join(faults) or 'all pages as expected')
    return 1 if faults else 0


sys.exit(main())
