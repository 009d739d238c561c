#!/usr/bin/env python3
"""dale.py PARAMETERS.npz: how many weights of each sign; what the frozen ones are."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz  # noqa: E402

arrays = npz.read(Path(sys.argv[1]))
zeros = 0
for name in ('e_e', 'e_i', 'e_out', 'i_e', 'i_i', 'i_out'):
    weights = arrays[f'{name}.weight'][1]
    zeros += weights.count(0.0)
    print(f'{name}.weight: {sum(w > 0 for w in weights)} above 0, '
          f'{sum(w < 0 for w in weights)} below')
print(f'at the bound: {zeros}')
print('x_out.weight: all', *set(arrays['x_out.weight'][1]))
