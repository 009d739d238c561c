#!/usr/bin/env python3
"""Fit the polynomials of compiler/emit/vmath/vmath_coef.h.

Each row below states a function of z, the interval, the weight that turns the
absolute error into the relative error of the final result, and the number of
terms in each precision. The fit is a weighted minimax (Lawson's iteration on
a Chebyshev grid, 60 digits); coefficients are rounded one after another, from
the constant term up, each rounding being compensated by a new fit of those
that remain. Run it as  test/vmath/fit.py > compiler/emit/vmath/vmath_coef.h
"""
import struct
import sys
from mpmath import mp, mpf, exp, log, sin, cos, sqrt, pi, matrix, lu_solve

mp.dps = 60
GRID = 160


def exp_tail(r):
    if abs(r) < mpf("1e-12"):
        return mpf(1) / 2 + r / 6
    return (exp(r) - 1 - r) / r**2


def log_tail(z):
    s = sqrt(z)
    if s < mpf("1e-12"):
        return mpf(2) / 3 + 2 * z / 5
    return (log((1 + s) / (1 - s)) - 2 * s) / (s * z)


def sin_tail(z):
    r = sqrt(z)
    return (sin(r) - r) / (r * z) if r > mpf("1e-12") else -mpf(1) / 6


def cos_tail(z):
    return (cos(sqrt(z)) - 1 + z / 2) / z**2 if z > mpf("1e-12") else mpf(1) / 24


HALF_LN2 = log(2) / 2 * mpf("1.0001")
LOG_END = ((sqrt(2) - 1) / (sqrt(2) + 1))**2 * mpf("1.0001")
TRIG_END = (pi / 4)**2 * mpf("1.0001")

# name, function, interval, weight, terms f32, terms f64, what it is
FITS = [
    ("exp", exp_tail, (-HALF_LN2, HALF_LN2), lambda r: abs(r), 5, 10,
     "(e^r - 1 - r) / r^2,  |r| <= ln(2) / 2"),
    ("log", log_tail, (mpf(0), LOG_END), lambda z: z, 4, 7,
     "(log((1+s)/(1-s)) - 2s) / s^3 in z = s^2,  s = f / (2+f)"),
    ("sin", sin_tail, (mpf(0), TRIG_END), lambda z: z, 3, 6,
     "(sin r - r) / r^3 in z = r^2,  |r| <= pi / 4"),
    ("cos", cos_tail, (mpf(0), TRIG_END), lambda z: z * z, 3, 6,
     "(cos r - 1 + z/2) / z^2 in z = r^2,  |r| <= pi / 4"),
]


def grid(a, b):
    return [(a + b) / 2 + (b - a) / 2 * cos(pi * (2 * k + 1) / (2 * GRID))
            for k in range(GRID)]


def least_squares(xs, ys, ws, first, terms):
    """Weighted least squares by the normal equations (60 digits suffice)."""
    powers = [[x**(first + k) for k in range(terms)] for x in xs]
    a = matrix(terms, terms)
    b = matrix(terms, 1)
    for row, y, w in zip(powers, ys, ws):
        for i in range(terms):
            b[i] += w * row[i] * y
            for j in range(terms):
                a[i, j] += w * row[i] * row[j]
    return list(lu_solve(a, b))


def lawson(xs, ys, weight, first, terms, rounds):
    ws = [weight(x)**2 for x in xs]
    for _ in range(rounds):
        c = least_squares(xs, ys, ws, first, terms)
        errors = [abs(weight(x) * (y - sum(ck * x**(first + k)
                  for k, ck in enumerate(c)))) for x, y in zip(xs, ys)]
        mean = sum(errors) / len(errors)
        ws = [w * e / mean + mpf("1e-40") for w, e in zip(ws, errors)]
        total = sum(ws)
        ws = [w / total for w in ws]
    return c


def to_single(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def to_double(x):
    return mpf(float(x))


def fit(function, interval, weight, terms, rounding):
    xs = grid(*interval)
    ys = [function(x) for x in xs]
    done = []
    for k in range(terms):
        rest = [y - sum(c * x**i for i, c in enumerate(done))
                for x, y in zip(xs, ys)]
        rounds = 12 if k == 0 else 4
        c = lawson(xs, rest, weight, k, terms - k, rounds)
        done.append(rounding(c[0]))
    worst = max(abs(weight(x) * (y - sum(c * x**i for i, c in enumerate(done))))
                for x, y in zip(xs, ys))
    return done, worst


def print_array(name, suffix, coefficients, worst):
    print(f"// weighted error 2^{float(log(worst, 2)):.1f}")
    print(f"static const double {name}_{suffix}[] = {{")
    for c in coefficients:
        print(f"    {float(c).hex()},")
    print("};")


def main():
    print("// Coefficients of the vector maths, in rising powers, and the splits of")
    print("// constants. Written by test/vmath/fit.py (weighted minimax by Lawson's")
    print("// iteration, rounded one by one with refits); do not edit.")
    print("#ifndef SNNC_EMIT_VMATH_COEF_H")
    print("#define SNNC_EMIT_VMATH_COEF_H")
    for name, function, interval, weight, n32, n64, what in FITS:
        print(f"\n// {what}")
        for suffix, n, rounding in (("f32", n32, to_single),
                                    ("f64", n64, to_double)):
            print_array(f"coef_{name}", suffix,
                        *fit(function, interval, weight, n, rounding))
            sys.stdout.flush()
    print("\n#endif")


if __name__ == "__main__":
    main()
