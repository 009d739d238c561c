"""The event loop as it would be written first: lif neurons, one heap of arrivals,
each neuron's next spike by bisection, the adjoint read off the log of events, and
integrals of the adjoint over each piece by quadrature. Shares nothing with snnc.

A network: neurons (dicts of tau_mem, tau_syn, threshold, v_reset, bias), inputs
(negative numbers -1, -2, ... send), synapses by source: (target, weight, delay).
Weights and delays are Values, so that several synapses may share one.

Loss: the sum over all neurons of first_spike / duration (1 without) and of the
product of the two states at the end.
"""
import heapq
import math
import random

NAMES = ('tau_mem', 'tau_syn', 'threshold', 'v_reset', 'bias')


class Value:
    """A number with its gradient."""
    def __init__(self, x):
        self.x, self.g = x, 0.0


def gauss_legendre(n):
    """Nodes and weights on 0..1."""
    rule = []
    for k in range(n):
        x = math.cos(math.pi * (k + 0.75) / (n + 0.5))
        for _ in range(100):
            p, q = 1.0, 0.0
            for j in range(n):
                p, q = ((2 * j + 1) * x * p - j * q) / (j + 1), p
            slope = n * (x * p - q) / (x * x - 1)
            x -= p / slope
        rule.append(((1 + x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return rule


RULE = gauss_legendre(14)
PIECE = 4e-3  # s; longer ones are cut for the quadrature


class Neuron:
    def __init__(self, values):
        self.p = values
        self.v = self.i = self.last = 0.0
        self.next = math.inf
        self.lv = self.li = 0.0

    def __getattr__(self, name):
        return self.p[name].x

    def ahead(self, h):
        a = self.i / (1 - self.tau_mem / self.tau_syn)
        fast, slow = math.exp(-h / self.tau_syn), math.exp(-h / self.tau_mem)
        return self.bias + a * fast + (self.v - self.bias - a) * slow, self.i * fast

    def slope(self, v, i):
        return (i - v + self.bias) / self.tau_mem

    def turning(self):
        """When v' = 0, or None."""
        a = self.i / (1 - self.tau_mem / self.tau_syn)
        down = (self.v - self.bias - a) / self.tau_mem
        if down == 0 or -a / self.tau_syn / down <= 0:
            return None
        at = math.log(-a / self.tau_syn / down) / (1 / self.tau_syn - 1 / self.tau_mem)
        return at if at > 0 else None

    def predict(self, end, margin):
        self.next = math.inf
        length, turn = end - self.last, self.turning()
        cuts = [0.0] + [turn] * (turn is not None and turn < length) + [length]
        for a, b in zip(cuts, cuts[1:]):
            low, high = (self.ahead(h)[0] - self.threshold for h in (a, b))
            margin[0] = min(margin[0], abs(high) if b == turn else math.inf)
            if low < 0 <= high:
                while a < (m := (a + b) / 2) < b:
                    a, b = (m, b) if self.ahead(m)[0] < self.threshold else (a, m)
                self.next = self.last + b
                return

    def go(self, time):
        self.v, self.i = self.ahead(time - self.last)
        self.last = time

    def go_back(self, time, v, i):
        """The adjoint from `last` to `time`, at which the states were v, i."""
        self.v, self.i = v, i
        h = self.last - time
        n = max(1, math.ceil(h / PIECE))
        for k in range(n):
            for node, weight in RULE:
                s = h * (k + node) / n
                (v, i), (lv, li) = self.ahead(s), self.adjoint(h - s)
                w = weight * h / n
                self.p['tau_mem'].g -= w * lv * self.slope(v, i) / self.tau_mem
                self.p['tau_syn'].g += w * li * i / self.tau_syn**2
                self.p['bias'].g += w * lv / self.tau_mem
        self.lv, self.li = self.adjoint(h)
        self.last = time

    def adjoint(self, u):
        fast, slow = math.exp(-u / self.tau_syn), math.exp(-u / self.tau_mem)
        gap = 1 / self.tau_syn - 1 / self.tau_mem
        return self.lv * slow, self.li * fast + self.lv / self.tau_mem * (slow - fast) / gap


class Run:
    """One sample. spikes: (time, neuron or input); margin: how near a turning point
    comes to a threshold, and the least rise of v in tau_mem at a spike."""
    def __init__(self, neurons, synapses, inputs, duration):
        self.neurons = [Neuron(p) for p in neurons]
        self.synapses, self.duration = synapses, duration
        self.log, self.heap, self.spikes = [], [], []
        self.margin = [math.inf, math.inf]
        for time, channel in inputs:
            self.send(time, -1 - channel)
        for neuron in self.neurons:
            neuron.predict(duration, self.margin)
        while self.step():
            pass
        for neuron in self.neurons:
            neuron.go(duration)
        self.loss = self.first_spikes() + sum(n.v * n.i for n in self.neurons)

    def first_spikes(self):
        self.first = {}
        for k, (time, source) in enumerate(self.spikes):
            if source >= 0:
                self.first.setdefault(source, k)
        silent = len(self.neurons) - len(self.first)
        return silent + sum(self.spikes[k][0] for k in self.first.values()) / self.duration

    def send(self, time, source):
        for target, weight, delay in self.synapses.get(source, ()):
            at = time + (delay.x if delay else 0.0)
            if at < self.duration:
                heapq.heappush(self.heap, (at, len(self.log), len(self.heap), target, weight,
                                           delay, len(self.spikes)))
        self.spikes.append((time, source))

    def step(self):
        index = min(range(len(self.neurons)), key=lambda k: self.neurons[k].next)
        soonest = self.neurons[index].next
        if self.heap and self.heap[0][0] < soonest:
            time, _, _, target, weight, delay, spike = heapq.heappop(self.heap)
            neuron = self.neurons[target]
            neuron.go(time)
            self.log.append((target, time, neuron.v, neuron.i, spike, weight, delay))
            neuron.i += weight.x
        elif soonest < math.inf:
            neuron = self.neurons[index]
            neuron.go(soonest)
            self.margin[1] = min(self.margin[1],
                                 neuron.slope(neuron.v, neuron.i) * neuron.tau_mem)
            self.log.append((index, soonest, neuron.v, neuron.i, len(self.spikes), None, None))
            neuron.v = neuron.v_reset
            self.send(soonest, index)
        else:
            return False
        neuron.predict(self.duration, self.margin)
        return True

    def back(self):
        """Adds to the gradients; returns those of the spikes' times."""
        times = [0.0] * len(self.spikes)
        for spike in self.first.values():
            times[spike] += 1 / self.duration
        for n in self.neurons:
            n.lv, n.li = n.i, n.v
        for event in reversed(self.log):
            neuron = self.neurons[event[0]]
            if event[5]:
                self.undo_arrival(neuron, times, *event[1:])
            else:
                self.undo_spike(neuron, times, *event[1:5])
        for n in self.neurons:
            n.go_back(0.0, 0.0, 0.0)
        return times

    def undo_arrival(self, n, times, time, v, i, spike, weight, delay):
        n.go_back(time, v, i + weight.x)
        weight.g += n.li
        late = weight.x * (n.li / n.tau_syn - n.lv / n.tau_mem)
        times[spike] += late
        if delay:
            delay.g += late

    def undo_spike(self, n, times, time, v, i, spike):
        n.go_back(time, n.v_reset, i)
        rate = n.slope(v, i)
        # the flow before, through the reset, against the flow behind
        times[spike] -= n.lv * n.slope(n.v_reset, i)
        moved = times[spike] / rate
        n.p['v_reset'].g += n.lv
        n.p['threshold'].g += moved
        n.lv = -moved


# ---- against difference quotients ---------------------------------------------------

def main():
    rng = random.Random(3)
    neurons = [dict(zip(NAMES, map(Value, (rng.uniform(0.015, 0.02), rng.uniform(0.004, 0.007), 1.0,
                                           rng.uniform(-0.2, 0.2), rng.uniform(0.0, 0.3)))))
               for _ in range(5)]
    synapses = {s: [(t, Value(rng.gauss(1.2 if s < 0 else 0.2, 0.5)),
                     Value(rng.uniform(0, 0.004)) if rng.random() < 0.6 else None)
                    for t in range(5) if t != s] for s in range(-3, 5)}
    sample = sorted((rng.uniform(0, 0.03), rng.randrange(3)) for _ in range(12))
    Run(neurons, synapses, sample, 0.05).back()
    values = [v for n in neurons for v in n.values()]
    values += [v for row in synapses.values() for s in row for v in s[1:] if v]
    bad = 0
    for value in values:
        x, step, losses = value.x, 1e-6 * max(abs(value.x), 1e-3), []
        for value.x in (x + step, x - step):
            losses.append(Run(neurons, synapses, sample, 0.05).loss)
        value.x = x
        quotient = (losses[0] - losses[1]) / (2 * step)
        bad += not abs(quotient - value.g) <= 1e-6 * max(abs(quotient), 1e-2)
    print(f'{len(values)} gradients, {bad} differ')


if __name__ == '__main__':
    main()
