"""Runs the independent simulators: their answers, and what of their input is the
same for all of them."""
import subprocess


def sample_lines(case):
    lines = [f"samples {len(case['samples'])}"]
    for s in case['samples']:
        lines.append(f"sample {s['label']} {len(s['times'])} " + ' '.join(
            f'{t!r} {c}' for t, c in zip(s['times'], s['channels'])))
    return lines


def run(program, mode, text, case):
    """What the simulator found, or None when a neuron spikes without end."""
    done = subprocess.run([program, mode], input=text,
                          capture_output=True, text=True)
    if done.returncode == 3:
        return None
    done.check_returncode()
    found = dict(loss=[], gradients={}, spikes={
        layer['name']: [[] for _ in case['samples']]
        for layer in case['layers'][1:]})
    for line in done.stdout.splitlines():
        word = line.split()
        if word[0] == 'loss':
            found['loss'].append(float(word[2]))
        elif word[0] == 'spike':
            found['spikes'][word[1]][int(word[2])].append(
                (float(word[4]), int(word[3])))
        elif word[0] == 'grad':
            found['gradients'][word[1]] = [float(w) for w in word[3:]]
        elif word[0] == 'margin':
            found['margin'] = (float(word[1]), float(word[2]))
        elif word[0] == 'doubt':
            found['doubt'] = float(word[1])
    return found
