"""How much code the examples become: lines of optimised LLVM IR, to which the
time of compiling is in proportion.

    size.py --snnc PROGRAM [--write]

Fails when an example has a fifth more than `size.json` says for this LLVM.
"""
import argparse
import json
import sys
from pathlib import Path

import instructions

EXPECTED = Path(__file__).resolve().parent / 'size.json'
TOLERANCE = 1.2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('--write', action='store_true')
    options = parser.parse_args()
    known = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    major = instructions.llvm_major(options.snnc)
    expected, found = known.get(major, {}), {}
    for path in sorted(instructions.EXAMPLES.glob('*/*.snn')):
        ir = instructions.output([options.snnc, path, '--emit=llvm-ir',
                                  f'--cpu={instructions.CPU}', '-o', '-'])
        found[path.stem] = ir.count('\n')
    grown = [name for name, n in found.items()
             if n > TOLERANCE * expected.get(name, n)]
    for name in grown:
        print(f'{name}: {found[name]} lines, expected {expected[name]}')
    if options.write:
        known[major] = found
        EXPECTED.write_text(json.dumps(dict(sorted(known.items())), indent=1)
                            + '\n')
    return 1 if grown else 0


if __name__ == '__main__':
    sys.exit(main())
