#!/usr/bin/env python3
"""Names the diagnostics that no test provokes.

    complete.py DIAG.def TEST_FOLDER

Reads the rows of diag.def and all .snn and .test files below the folder. A row
is tested when a text in `expected-error {{...}}` (or -warning, -note) or in a
CHECK line is part of its message: `%s` stands for anything, other directives
for a number, and at least 12 characters of the format itself (all, if it has fewer) must be there.
A text that fits several rows counts for those of which it has most. Exit
status 1 when a row is left.
"""
import re
import sys
from pathlib import Path

ROW = re.compile(r'DIAG\((\w+),\s*\w+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')
DIRECTIVE = re.compile(r'%(%|[0-9$.*#+-]*[a-z]*?[diouxXeEfgGcs])')
EXPECTED = re.compile(r'expected-(?:error|warning|note)\S* *\{\{(.*?)\}\}')
CHECK = re.compile(r'\bCHECK[\w-]*: *(.*)')
PATTERN = re.compile(r'\{\{.*?\}\}|\[\[.*?\]\]')
ENOUGH = 12
# Places where any characters may stand, or those of a number.
ANY, NUMBER = 'any', 'number'


def read_format(literals):
    """The characters of a format and its directives, with ANY around it."""
    text = ''.join(PIECE.findall(literals))
    text = text.replace(r'\"', '"').replace('\\\\', '\\')
    places, at = [], 0
    for directive in DIRECTIVE.finditer(text):
        places += text[at:directive.start()]
        kind = directive[1][-1]
        places.append({'%': '%', 's': ANY, 'c': ANY}.get(kind, NUMBER))
        at = directive.end()
    return [ANY, *places, *text[at:], ANY]


def read_rows(path):
    text = '\n'.join(line for line in path.read_text().splitlines()
                     if not line.startswith('//'))
    return {name: read_format(literals)
            for name, literals in ROW.findall(text)}


def read_texts(folder):
    for path in sorted(folder.rglob('*')):
        if path.suffix not in {'.snn', '.test'} or not path.is_file():
            continue
        text = path.read_text(errors='replace')
        yield from EXPECTED.findall(text)
        for line in CHECK.findall(text):
            yield from PATTERN.split(line)


def is_literal(place):
    return len(place) == 1


def count_literals(places):
    return sum(map(is_literal, places))


def grams(text):
    return {text[i:i + 4] for i in range(len(text) - 3)}


def may_fit(text, places):
    """A cheap look first: four characters in a row that both have."""
    form = ''.join(place if is_literal(place) else '\0' for place in places)
    return count_literals(places) < ENOUGH or grams(text) & grams(form)


def skip_directives(best, places):
    """What a directive stands for may be left of or right of the text."""
    for i, place in enumerate(places):
        if not is_literal(place) and best[i] > best[i + 1]:
            best[i + 1] = best[i]
    return best


def may_stand(c, place):
    return place == ANY or place == NUMBER and c in '0123456789.e+-inf'


def fit(text, places):
    """How many characters of the format are in the text when the text is part
    of a message; -1 when it is not. best[i]: the most, before place i."""
    best = skip_directives([0] * (len(places) + 1), places)
    for c in text:
        after = [-1] * len(best)
        for i, place in enumerate(places):
            if best[i] < 0:
                continue
            if may_stand(c, place):
                after[i] = max(after[i], best[i])
            elif place == c:
                after[i + 1] = max(after[i + 1], best[i] + 1)
        best = skip_directives(after, places)
    return max(best)


def tested_by(text, rows):
    fits = {name: fit(text, places) for name, places in rows.items()
            if may_fit(text, places)}
    fits = {name: n for name, n in fits.items()
            if n >= min(ENOUGH, count_literals(rows[name]))}
    rank = {name: (n, -count_literals(rows[name])) for name, n in fits.items()}
    return {name for name in rank if rank[name] == max(rank.values())}


def main():
    rows = read_rows(Path(sys.argv[1]))
    left = set(rows)
    for text in set(read_texts(Path(sys.argv[2]))):
        left -= tested_by(text, rows)
    for name in rows:
        if name in left:
            print(f'{name}: no test')
    print(f'{len(rows)} diagnostics, {len(left)} without a test')
    return 1 if left or not rows else 0


sys.exit(main())
