// Coefficients of the vector maths, in rising powers, and the splits of
// constants. Written by test/vmath/fit.py (weighted minimax by Lawson's
// iteration, rounded one by one with refits); do not edit.
#ifndef SNNC_EMIT_VMATH_COEF_H
#define SNNC_EMIT_VMATH_COEF_H

// (e^r - 1 - r) / r^2,  |r| <= ln(2) / 2
// weighted error 2^-26.1
static const double coef_exp_f32[] = {
    0x1.0000000000000p-1,
    0x1.5554b00000000p-3,
    0x1.5554de0000000p-5,
    0x1.12279a0000000p-7,
    0x1.6d58c80000000p-10,
};
// weighted error 2^-55.6
static const double coef_exp_f64[] = {
    0x1.0000000000005p-1,
    0x1.555555555555bp-3,
    0x1.55555555520f6p-5,
    0x1.111111110ec62p-7,
    0x1.6c16c17f36baep-10,
    0x1.a01a01b3e29f3p-13,
    0x1.a019a6881b5b6p-16,
    0x1.71ddee87c619dp-19,
    0x1.28a2a944f3f7dp-22,
    0x1.af6f5f6483562p-26,
};

// (log((1+s)/(1-s)) - 2s) / s^3 in z = s^2,  s = f / (2+f)
// weighted error 2^-34.2
static const double coef_log_f32[] = {
    0x1.5555540000000p-1,
    0x1.999c1e0000000p-2,
    0x1.23d6d60000000p-2,
    0x1.f0b7d00000000p-3,
};
// weighted error 2^-58.5
static const double coef_log_f64[] = {
    0x1.5555555555592p-1,
    0x1.999999997ff1bp-2,
    0x1.24924941e171ap-2,
    0x1.c71c5213fa495p-3,
    0x1.74663d0d41e15p-3,
    0x1.39a1e42a07d6ep-3,
    0x1.2f03f69c00e06p-3,
};

// (sin r - r) / r^3 in z = r^2,  |r| <= pi / 4
// weighted error 2^-28.0
static const double coef_sin_f32[] = {
    -0x1.5555460000000p-3,
    0x1.11077e0000000p-7,
    -0x1.9956b20000000p-13,
};
// weighted error 2^-58.0
static const double coef_sin_f64[] = {
    -0x1.5555555555549p-3,
    0x1.111111110f8a7p-7,
    -0x1.a01a019c163bfp-13,
    0x1.71de357b342e3p-19,
    -0x1.ae5e68ac4591dp-26,
    0x1.5d93a68f464a6p-33,
};

// (cos r - 1 + z/2) / z^2 in z = r^2,  |r| <= pi / 4
// weighted error 2^-33.1
static const double coef_cos_f32[] = {
    0x1.55554a0000000p-5,
    -0x1.6c0c2c0000000p-10,
    0x1.99e9f00000000p-16,
};
// weighted error 2^-64.2
static const double coef_cos_f64[] = {
    0x1.555555555554cp-5,
    -0x1.6c16c16c15222p-10,
    0x1.a01a019cbfcf4p-16,
    -0x1.27e4f8130f4b0p-22,
    0x1.1ee9f19129f20p-29,
    -0x1.8fb1512f27790p-37,
};

#endif
