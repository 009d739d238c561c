#!/usr/bin/env python3
"""instant.py SNNC FOLDER: ways back without a delay, settled within one instant.

Delta synapses lift a neuron over its threshold at once. A chain within one layer, each
neuron exciting the next and the last inhibiting the first, runs through at the instant
of the input spike that starts it, round by round; arrivals of one round are added up
before a guard is tested. All that follows is known in closed form.
"""
import math
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'truth'))
import npz  # noqa: E402

T_END, TAU, BACK = 0.03, 0.01, -0.5
MODEL = '''import "neurons/lif_delta"
loss seen(a) { sum((first_spike(a) or t_end) / t_end) + sum(final(a.v)) }
model instant {
    duration 30 ms
    input x[3]
    layer h[5] : lif_delta(tau_mem = 10 ms, threshold = 1)
    connect x -> h : list("in.npz") { weight = 1 }
    connect h -> h as way : list("way.npz") { weight = 1 }
    loss seen(h)
}
'''
IN = [(0, 0, 2.0), (1, 4, 2.0), (2, 4, -1.5)]
WAY = [(0, 1, 2.0), (1, 2, 2.0), (2, 3, 2.0), (3, 0, BACK)]
# times and channels; which neurons of h spike, all at the first input's time
SAMPLES = [([(0.005, 0)], [0, 1, 2, 3]),
           ([(0.007, 1), (0.007, 2)], []),        # together below the threshold
           ([(0.007, 1), (0.0070001, 2)], [4])]   # the first alone is not


def call(*command, fails=False):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if bool(done.returncode) != fails:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stderr


def write_list(path, pairs):
    n = (len(pairs),)
    npz.write(path, {'sources': ('<i8', n, [s for s, _, _ in pairs]),
                     'targets': ('<i8', n, [t for _, t, _ in pairs])})


def run(folder, sample, way=WAY, fails=False):
    n = len(sample)
    npz.write(folder / 'spikes.npz', {
        'times': ('<f8', (n,), [t for t, _ in sample]), 'labels': ('<i8', (1,), [0]),
        'channels': ('<i8', (n,), [c for _, c in sample]), 'offsets': ('<i8', (2,), [0, n])})
    npz.write(folder / 'load.npz', {
        name: ('<f8', (len(pairs),), [w for _, _, w in pairs])
        for name, pairs in (('x_h.weight', IN), ('way.weight', way))})
    said = call(folder / 'trainer', 'gradient', '--data', folder, '--spikes', folder / 'spikes.npz',
                '--load', folder / 'load.npz', '--out', folder / 'out.npz', fails=fails)
    return said if fails else {name: values for name, (_, values) in npz.read(folder / 'out.npz').items()}


def near(a, b):
    return len(a) == len(b) and all(abs(x - y) < 1e-12 * max(1, abs(y)) for x, y in zip(a, b))


def check(found, sample, spikes):
    start = sample[0][0]
    good = found['spikes/h/neurons'] == spikes
    good &= found['spikes/h/times'] == [start] * len(spikes)
    left = [(BACK if spikes == [0, 1, 2, 3] else 0.0, start)]
    if not spikes:
        left = [(w, t) for t, c in sample for _, _, w in [IN[c]]]
    if spikes == [4]:
        left = [(IN[2][2], sample[1][0])]
    final = [w * math.exp(-(T_END - t) / TAU) for w, t in left]
    good &= near(found['loss'], [5 - len(spikes) * (1 - start / T_END) + sum(final)])
    # a spike made at once moves with the arrival that made it
    times = [len(spikes) / T_END + final[0] / TAU, *(v / TAU for v in final[1:])]
    if spikes == [4]:
        times = [1 / T_END, final[0] / TAU]
    good &= near(found['grad/input_times'], times)
    if len(spikes) == 4:
        good &= near(found['grad/way.weight'], [0, 0, 0, final[0] / BACK])
    return good


def main():
    snnc, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'model.snn').write_text(MODEL)
    write_list(folder / 'in.npz', IN)
    write_list(folder / 'way.npz', WAY)
    call(snnc, '--precision=f64', folder / 'model.snn', '-o', folder / 'trainer')
    for number, (sample, spikes) in enumerate(SAMPLES):
        found = run(folder, sample)
        fine = check(found, sample, spikes)
        print(f'sample {number}: {spikes} {"as defined" if fine else f"DIFFERS: {found}"}')
    print('closed:', run(folder, SAMPLES[0][0], [*WAY[:3], (3, 0, 2.0)], fails=True).strip())


if __name__ == '__main__':
    main()
