#!/usr/bin/env python3
"""Every loss, optimiser and schedule of the standard library stands in a test
that holds its numbers to others."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# kind: (folder, what declares one, tests of numbers)
KINDS = {
    'loss': ('losses', r'loss', ['losses/cases.py', 'truth/model_text.py']),
    'optimiser or schedule': ('optimizers', r'(?:optimizer|function)', [
        'optimizers/check.py', 'optimizers/plateau.snn',
        'optimizers/silence.snn']),
}
missing, seen = [], 0
for kind, (folder, word, tests) in KINDS.items():
    tested = ''.join((ROOT / 'test' / t).read_text() for t in tests)
    for path in sorted((ROOT / 'stdlib' / folder).glob('*.snn')):
        for name in re.findall(rf'^{word} (\w+)\(', path.read_text(),
                               re.MULTILINE):
            seen += 1
            if not re.search(rf'\b{name}\b', tested):
                missing.append(f'{kind} {name}')
print(f'{seen} seen, without a test of numbers:', *missing or ['none'])
sys.exit(1 if missing or seen < 25 else 0)
