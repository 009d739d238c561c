#!/usr/bin/env python3
"""Compiles the model texts of the manual.

    blocks.py --snnc PROGRAM FILE.md...

A block fenced as ```snn must be accepted by --emit=model; when it declares no
model, an empty one is added. One fenced as ```snn error must be refused with
exit status 1, and has a comment `// error: TEXT`. TEXT of each such comment, and
of each `// warning: TEXT`, is a part of a message that comes. ```snn fragment is
left out. Prints what strays; exit status 1 when anything does.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FENCE = re.compile(r'^```(\S*) *(.*?) *$')
EXPECTED = re.compile(r'// (error|warning): (.*?) *$', re.MULTILINE)
HAS_MODEL = re.compile(r'^\s*model\s', re.MULTILINE)
EMPTY_MODEL = 'model empty { duration 1 ms  input x[1] }\n'
KINDS = {'', 'fragment', 'error'}


def find_blocks(path):
    """(line, kind, text) of each block of snn."""
    blocks, opened = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if not fence:
            if opened:
                opened[3].append(line)
        elif opened:
            if opened[1] == 'snn':
                blocks.append((opened[0], opened[2],
                               '\n'.join(opened[3]) + '\n'))
            opened = None
        else:
            opened = (number, fence[1], fence[2], [])
    if opened:
        sys.exit(f'{path}:{opened[0]}: the block is not closed')
    return blocks


def run(snnc, folder, text):
    model = folder / 'block.snn'
    model.write_text(text)
    done = subprocess.run([snnc, '--emit=model', str(model)], text=True,
                          capture_output=True, timeout=60)
    return done.returncode, done.stderr


def missing_messages(text, said):
    missing = [f'{kind}: {wanted}' for kind, wanted in EXPECTED.findall(text)
               if not any(f': {kind}: ' in line and wanted in line
                          for line in said.splitlines())]
    return f'missing: {missing}\n{said}' if missing else None


def check_sound(snnc, folder, text):
    if not HAS_MODEL.search(text):
        text += EMPTY_MODEL
    status, said = run(snnc, folder, text)
    if status != 0:
        return f'status {status}\n{said}'
    return missing_messages(text, said)


def check_error(snnc, folder, text):
    if '// error: ' not in text:
        return 'a block of errors has a comment // error: TEXT'
    status, said = run(snnc, folder, text)
    if status != 1:
        return f'status {status}, expected 1\n{said}'
    return missing_messages(text, said)


def check_block(snnc, folder, kind, text):
    if kind == 'fragment':
        return None
    check = check_error if kind == 'error' else check_sound
    return check(snnc, folder, text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--snnc', required=True)
    parser.add_argument('files', nargs='+', type=Path)
    options = parser.parse_args()
    n_blocks = n_wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for path in options.files:
            for line, kind, text in find_blocks(path):
                wrong = f'unknown kind "{kind}"' if kind not in KINDS \
                    else check_block(options.snnc, Path(name), kind, text)
                n_blocks += 1
                if wrong:
                    n_wrong += 1
                    print(f'{path}:{line}: {wrong}')
    print(f'{n_blocks} blocks, {n_wrong} wrong')
    return 1 if n_wrong or not n_blocks else 0


sys.exit(main())
