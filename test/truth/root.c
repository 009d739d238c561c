// A root between two points of opposite sign: bisection narrows the bracket to
// 2^-12, then Newton steps that may not leave the bracket, and at the end the
// proof: the sign changes across the answer.
#include <stdlib.h>
#include "truth.h"

enum { BISECTIONS = 12, MAX_STEPS = 400, PROOF_BITS = 300 };

typedef struct Bracket {
    Curve *f;
    void *context;
    mpfr_t low, high, width, value, slope, next;
    int low_sign;
} Bracket;

// Moves the end on the side of `s` and leaves f(s), f'(s) behind.
static void bracket_split(Bracket *b, const mpfr_t s)
{
    b->f(b->context, s, b->value, b->slope);
    if (mpfr_sgn(b->value) == b->low_sign)
        mpfr_set(b->low, s, ROUND);
    else
        mpfr_set(b->high, s, ROUND);
}

static void bracket_middle(Bracket *b, mpfr_t out)
{
    mpfr_add(out, b->low, b->high, ROUND);
    mpfr_div_ui(out, out, 2, ROUND);
}

// Newton from s; the middle when it would leave the bracket.
static void step(Bracket *b, mpfr_t s)
{
    bracket_split(b, s);
    if (mpfr_zero_p(b->slope)) {
        bracket_middle(b, s);
        return;
    }
    mpfr_div(b->next, b->value, b->slope, ROUND);
    mpfr_sub(b->next, s, b->next, ROUND);
    if (mpfr_less_p(b->next, b->low) || mpfr_greater_p(b->next, b->high))
        bracket_middle(b, b->next);
    mpfr_set(s, b->next, ROUND);
}

// Whether f changes sign within `radius` of s (clipped to the first bracket).
static bool is_proved(Bracket *b, const mpfr_t s, const mpfr_t radius,
                      const mpfr_t low, const mpfr_t high)
{
    mpfr_sub(b->next, s, radius, ROUND);
    int left = b->low_sign;
    if (mpfr_greater_p(b->next, low)) {
        b->f(b->context, b->next, b->value, b->slope);
        left = mpfr_sgn(b->value);
    }
    mpfr_add(b->next, s, radius, ROUND);
    int right = -b->low_sign;
    if (mpfr_less_p(b->next, high)) {
        b->f(b->context, b->next, b->value, b->slope);
        right = mpfr_sgn(b->value);
    }
    return left * b->low_sign >= 0 && right * b->low_sign <= 0;
}

void root_find(Curve *f, void *context, const mpfr_t low, const mpfr_t high,
               mpfr_t out)
{
    Bracket b = {.f = f, .context = context};
    mpfr_inits2(TRUTH_BITS, b.low, b.high, b.width, b.value, b.slope, b.next,
                (mpfr_ptr)0);
    mpfr_t s, last;
    mpfr_inits2(TRUTH_BITS, s, last, (mpfr_ptr)0);
    f(context, low, b.value, b.slope);
    b.low_sign = mpfr_sgn(b.value);
    mpfr_set(b.low, low, ROUND);
    mpfr_set(b.high, high, ROUND);
    mpfr_sub(b.width, high, low, ROUND);
    mpfr_mul_2si(b.width, b.width, -PROOF_BITS, ROUND); // now: the radius
    for (int i = 0; i < BISECTIONS; i++) {
        bracket_middle(&b, s);
        bracket_split(&b, s);
    }
    bracket_middle(&b, s);
    bool near = false;
    for (int i = 0; i < MAX_STEPS && !near; i++) {
        mpfr_set(last, s, ROUND);
        step(&b, s);
        mpfr_sub(last, last, s, ROUND);
        near = mpfr_cmpabs(last, b.width) <= 0;
    }
    if (!near || !is_proved(&b, s, b.width, low, high)) {
        fprintf(stderr, "truth: a root could not be enclosed\n");
        abort();
    }
    mpfr_set(out, s, ROUND);
    mpfr_clears(b.low, b.high, b.width, b.value, b.slope, b.next, s, last,
                (mpfr_ptr)0);
}
