"""The optimisers of the standard library once more, in Python.

A rule is a function of a numbered step: it takes lists of parameters and mean
gradients by array name, and a dictionary that keeps its states, and returns
the new parameters. Written from the papers, not from stdlib/.
"""
import math


def each(step):
    """A rule for arrays from one for a single element."""
    def rule(number, parameters, gradients, states):
        new = {}
        for name, values in parameters.items():
            kept = states.setdefault(name, [{} for _ in values])
            new[name] = [step(number, p, g, s) for p, g, s in
                         zip(values, gradients[name], kept)]
        return new
    return rule


def sgd(rate, momentum=0.0):
    def step(_, p, g, s):
        s['v'] = momentum * s.get('v', 0.0) + g
        return p - rate * s['v']
    return each(step)


def scheduled(rate):
    """sgd; rate is a function of the epoch and the step, one in each epoch."""
    return each(lambda t, p, g, s: p - rate(t - 1, t) * g)


def nesterov(rate, momentum):
    def step(_, p, g, s):
        s['v'] = momentum * s.get('v', 0.0) + g
        return p - rate * (g + momentum * s['v'])
    return each(step)


def adam(rate, b1=0.9, b2=0.999, eps=1e-8, decay=0.0):
    def step(t, p, g, s):
        s['m'] = b1 * s.get('m', 0.0) + (1 - b1) * g
        s['s'] = b2 * s.get('s', 0.0) + (1 - b2) * g * g
        scale = math.sqrt(s['s'] / (1 - b2**t)) + eps
        return p - rate * (decay * p + s['m'] / (1 - b1**t) / scale)
    return each(step)


def adamax(rate, b1=0.9, b2=0.999, eps=1e-8):
    def step(t, p, g, s):
        s['m'] = b1 * s.get('m', 0.0) + (1 - b1) * g
        s['u'] = max(b2 * s.get('u', 0.0), abs(g) + eps)
        return p - rate / (1 - b1**t) * s['m'] / s['u']
    return each(step)


def rmsprop(rate, keep, momentum, eps=1e-8):
    def step(_, p, g, s):
        s['s'] = keep * s.get('s', 0.0) + (1 - keep) * g * g
        s['v'] = momentum * s.get('v', 0.0) + g / (math.sqrt(s['s']) + eps)
        return p - rate * s['v']
    return each(step)


def lion(rate, b1, b2, decay):
    def step(_, p, g, s):
        m = s.get('m', 0.0)
        way = b1 * m + (1 - b1) * g
        sign = (way > 0) - (way < 0)
        s['m'] = b2 * m + (1 - b2) * g
        return p - rate * (sign + decay * p)
    return each(step)


# ---- what changes the gradient or the coordinate --------------------------------

def clip_by_value(most, inner):
    def rule(t, parameters, gradients, states):
        cut = {n: [min(most, max(-most, g)) for g in gs]
               for n, gs in gradients.items()}
        return inner(t, parameters, cut, states)
    return rule


def norm_of(values):
    return math.sqrt(math.fsum(g * g for g in values))


def clip_by_norm(most, inner):
    def rule(t, parameters, gradients, states):
        cut = {n: [g * min(1.0, most / norm_of(gs)) for g in gs]
               for n, gs in gradients.items()}
        return inner(t, parameters, cut, states)
    return rule


def clip_by_total_norm(most, inner):
    def rule(t, parameters, gradients, states):
        total = norm_of([g for gs in gradients.values() for g in gs])
        cut = {n: [g * min(1.0, most / total) for g in gs]
               for n, gs in gradients.items()}
        return inner(t, parameters, cut, states)
    return rule


def weight_decay(decay, inner):
    def rule(t, parameters, gradients, states):
        sum_of = {n: [g + decay * p for g, p in zip(gs, parameters[n])]
                  for n, gs in gradients.items()}
        return inner(t, parameters, sum_of, states)
    return rule


def in_coordinate(to, slope, back, inner):
    """inner acts on u = to(p); slope is dp/du."""
    def rule(t, parameters, gradients, states):
        moved = {n: [to(p) for p in ps] for n, ps in parameters.items()}
        by_u = {n: [g * slope(p) for g, p in zip(gs, parameters[n])]
                for n, gs in gradients.items()}
        new = inner(t, moved, by_u, states)
        return {n: [back(u) for u in us] for n, us in new.items()}
    return rule


def bounded(low, high, inner):
    def rule(t, parameters, gradients, states):
        new = inner(t, parameters, gradients, states)
        return {n: [min(high, max(low, p)) for p in ps]
                for n, ps in new.items()}
    return rule


def by_array(rules):
    """A rule of its own for each array; others take rules['']."""
    def rule(t, parameters, gradients, states):
        new = {}
        for name, values in parameters.items():
            one = rules.get(name, rules.get(''))
            kept = states.setdefault(name, {})
            new |= one(t, {name: values}, {name: gradients[name]}, kept)
        return new
    return rule
