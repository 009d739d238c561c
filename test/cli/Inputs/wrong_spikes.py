"""wrong_spikes.py TRAINER DIR SPIKES.PY: what the gradient command says to each
kind of wrong spikes; its status must be 2 and nothing may be written."""
import os
import subprocess
import sys

trainer, folder, maker = sys.argv[1:]
for what in ['channel', 'time', 'negative', 'offsets', 'label', 'short',
             'missing', 'float', 'complex']:
    spikes, out = f'{folder}/wrong.npz', f'{folder}/wrong-out.npz'
    subprocess.run([sys.executable, maker, spikes, what], check=True)
    run = subprocess.run([trainer, 'gradient', '--spikes', spikes, '--out', out],
                         stderr=subprocess.PIPE, text=True)
    print(f'{what}: {run.stderr.strip()}')
    if run.returncode != 2 or os.path.exists(out):
        sys.exit(f'{what}: exit status {run.returncode}, expected 2')
