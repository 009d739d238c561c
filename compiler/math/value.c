// The value of each operation in numbers: constant folding and evaluation.
// IEEE arithmetic throughout: 1/0 is inf, inf - inf and 0 * inf are NaN.
#include "math/pool.h"

#include <math.h>

#define VALUE(name) double value_##name(const double *args, size_t n)
#define VALUE_1(name, value)           \
    VALUE(name)                        \
    {                                  \
        double x = args[0];            \
        (void)n;                       \
        return (value);                \
    }
#define VALUE_2(name, value)           \
    VALUE(name)                        \
    {                                  \
        double a = args[0], b = args[1]; \
        (void)n;                       \
        return (value);                \
    }

VALUE(none)
{
    (void)args, (void)n;
    return NAN;
}

VALUE(add)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += args[i];
    return sum;
}

VALUE(mul)
{
    double product = 1;
    for (size_t i = 0; i < n; i++)
        product *= args[i];
    return product;
}

static double sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

VALUE_1(exp, exp(x))
VALUE_1(log, log(x))
VALUE_1(sqrt, sqrt(x))
VALUE_1(sin, sin(x))
VALUE_1(cos, cos(x))
VALUE_1(tanh, tanh(x))
VALUE_1(sigmoid, sigmoid(x))
VALUE_1(abs, fabs(x))
VALUE_1(sign, (double)((x > 0) - (x < 0)))
VALUE_1(floor, floor(x))
VALUE_1(not, x == 0)
VALUE_2(pow, pow(a, b))
VALUE_2(min, a <= b ? a : b)
VALUE_2(max, a >= b ? a : b)
VALUE_2(lt, a < b)
VALUE_2(le, a <= b)
VALUE_2(eq, a == b)
VALUE_2(and, a != 0 && b != 0)
VALUE_2(or, a != 0 || b != 0)

VALUE(select)
{
    (void)n;
    return args[0] != 0 ? args[1] : args[2];
}

VALUE(expdd)
{
    return exp_divided_difference(args, (int)n);
}

// ---- reductions ------------------------------------------------------------

VALUE(argmax)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (args[i] > args[best])
            best = i;
    return (double)best;
}

VALUE(argmin)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (args[i] < args[best])
            best = i;
    return (double)best;
}

VALUE(maximum)
{
    return args[(size_t)value_argmax(args, n)];
}

VALUE(minimum)
{
    return args[(size_t)value_argmin(args, n)];
}

VALUE(logsumexp)
{
    double top = value_maximum(args, n), sum = 0;
    if (isinf(top))
        return top;
    for (size_t i = 0; i < n; i++)
        sum += exp(args[i] - top);
    return top + log(sum);
}

VALUE(count)
{
    (void)args;
    return (double)n;
}
