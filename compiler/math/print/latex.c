// Expressions in LaTeX: fractions, subscripts, greek names, \left( \right).
#include "math/pool.h"
#include "math/print/form.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

// ---- names -----------------------------------------------------------------

static bool is_greek(const char *word, size_t length)
{
    static const char *const letters[] = {
        "alpha", "beta",   "gamma", "delta", "epsilon", "zeta",  "eta",
        "theta", "iota",   "kappa", "lambda", "mu",     "nu",    "xi",
        "pi",    "rho",    "sigma", "tau",   "upsilon", "phi",   "chi",
        "psi",   "omega",  "Gamma", "Delta", "Theta",   "Lambda", "Xi",
        "Pi",    "Sigma",  "Phi",   "Psi",   "Omega"};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (strlen(letters[i]) == length &&
            strncmp(letters[i], word, length) == 0)
            return true;
    return false;
}

static bool is_all_digits(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isdigit((unsigned char)word[i]))
            return false;
    return true;
}

// x, 12, \tau or \mathrm{mem}
static void put_word(Text *text, const char *word, size_t length)
{
    if (is_greek(word, length))
        text_printf(text, "\\%.*s", (int)length, word);
    else if (length == 1 || is_all_digits(word, length))
        text_printf(text, "%.*s", (int)length, word);
    else
        text_printf(text, "\\mathrm{%.*s}", (int)length, word);
}

// Where the digits at the end of a word of letters begin: tau0 is tau_0.
static size_t letters_before_digits(const char *word, size_t length)
{
    size_t n = length;
    while (n > 0 && isdigit((unsigned char)word[n - 1]))
        n--;
    return n == 0 ? length : n;
}

// v_reset_low is v_{\mathrm{reset},\mathrm{low}}.
static void put_name(Text *text, const char *name)
{
    size_t length = strcspn(name, "_");
    size_t letters = letters_before_digits(name, length);
    const char *separator = "_{";
    put_word(text, name, letters);
    if (letters < length) {
        text_put(text, separator);
        put_word(text, name + letters, length - letters);
        separator = ",";
    }
    for (name += length; *name == '_'; name += length) {
        length = strcspn(++name, "_");
        text_put(text, separator);
        put_word(text, name, length);
        separator = ",";
    }
    text_put(text, *separator == ',' ? "}" : "");
}

static void put_symbol(Text *text, const Expr *e)
{
    if (e->latex != NULL)
        text_put(text, e->latex);
    else
        put_name(text, e->name);
}

static void put_number(Text *text, double value)
{
    char number[NUMBER_SIZE];
    form_number(number, value);
    char *exponent = strchr(number, 'e');
    if (isinf(value))
        text_put(text, value < 0 ? "-\\infty" : "\\infty");
    else if (isnan(value))
        text_put(text, "\\mathrm{nan}");
    else if (exponent == NULL)
        text_put(text, number);
    else if (exponent == number + 1 && *number == '1')
        text_printf(text, "10^{%s}", exponent + 1);
    else
        text_printf(text, "%.*s \\cdot 10^{%s}", (int)(exponent - number),
                    number, exponent + 1);
}

// ---- sums and products -----------------------------------------------------

// `in_frac`: braces stand around it, so that one sum alone needs no more.
static void put_factors(Text *text, const FormFraction *fraction,
                        double number, const FormPower *powers, size_t n,
                        bool in_frac)
{
    bool alone = n == 1 && number == 1;
    Binding binding = !alone ? BIND_POWER : in_frac ? BIND_SUM : BIND_PRODUCT;
    if (number != 1 || n == 0)
        put_number(text, number);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 || number != 1)
            text_put(text, is_constant(powers[i].base) ? " \\cdot " : "\\,");
        put_power(text, powers[i], powers[i].base == fraction->flipped,
                  binding);
    }
}

// Without its sign.
static void put_fraction(Text *text, const FormFraction *fraction)
{
    bool under = fraction->n_under > 0 || fraction->under_number != 1;
    text_put(text, under ? "\\frac{" : "");
    put_factors(text, fraction, fraction->over_number, fraction->over,
                fraction->n_over, under);
    if (!under)
        return;
    text_put(text, "}{");
    put_factors(text, fraction, fraction->under_number, fraction->under,
                fraction->n_under, true);
    text_put(text, "}");
}

// ---- the rest --------------------------------------------------------------

// How an operation stands around its arguments.
typedef struct Style {
    const char *before, *between, *after;
} Style;

#define CALL(name) {name "\\left(", ", ", "\\right)"}

static const Style styles[EXPR_OP_COUNT] = {
    [EXPR_EXP] = CALL("\\exp"),
    [EXPR_LOG] = CALL("\\log"),
    [EXPR_SQRT] = {"\\sqrt{", "", "}"},
    [EXPR_SIN] = CALL("\\sin"),
    [EXPR_COS] = CALL("\\cos"),
    [EXPR_TANH] = CALL("\\tanh"),
    [EXPR_SIGMOID] = CALL("\\sigma"),
    [EXPR_ABS] = {"\\left|", "", "\\right|"},
    [EXPR_SIGN] = CALL("\\operatorname{sign}"),
    [EXPR_FLOOR] = {"\\left\\lfloor ", "", "\\right\\rfloor"},
    [EXPR_MIN] = CALL("\\min"),
    [EXPR_MAX] = CALL("\\max"),
    [EXPR_EXPDD] = {"\\exp\\left[", ", ", "\\right]"},
    [EXPR_SUM] = {"\\sum_{n} \\left(", "", "\\right)"},
    [EXPR_MAXIMUM] = {"\\max_{n} \\left(", "", "\\right)"},
    [EXPR_MINIMUM] = {"\\min_{n} \\left(", "", "\\right)"},
    [EXPR_LOGSUMEXP] = {"\\log \\sum_{n} \\exp\\left(", "", "\\right)"},
    [EXPR_ARGMAX] = {"\\operatorname{arg\\,max}_{n} \\left(", "", "\\right)"},
    [EXPR_ARGMIN] = {"\\operatorname{arg\\,min}_{n} \\left(", "", "\\right)"},
    [EXPR_LT] = {"", " < ", ""},
    [EXPR_LE] = {"", " \\le ", ""},
    [EXPR_EQ] = {"", " = ", ""},
    [EXPR_AND] = {"", " \\wedge ", ""},
    [EXPR_OR] = {"", " \\vee ", ""},
    [EXPR_NOT] = {"\\neg ", "", ""},
};

static void put_styled(Text *text, const Expr *e)
{
    const Style *style = &styles[e->op];
    Binding binding = form_binding(e);
    Binding inside = binding == BIND_ATOM ? BIND_SELECT : binding + 1;
    text_put(text, style->before);
    for (size_t i = 0; i < e->n_args; i++) {
        text_put(text, i > 0 ? style->between : "");
        put_expr(text, e->args[i], inside);
    }
    text_put(text, style->after);
}

static void put_select(Text *text, const Expr *e)
{
    text_put(text, "\\begin{cases} ");
    put_expr(text, e->args[1], BIND_OR);
    text_put(text, " & \\text{if } ");
    put_expr(text, e->args[0], BIND_OR);
    text_put(text, " \\\\ ");
    put_expr(text, e->args[2], BIND_OR);
    text_put(text, " & \\text{otherwise} \\end{cases}");
}

static void put_pairs(Text *text, const Expr *e)
{
    PairNodes p = expr_pair_nodes(e);
    if (p.base) {
        text_put(text, "\\left(z - ");
        put_expr(text, p.base, BIND_PRODUCT);
        text_put(text, "\\right) ");
    }
    text_put(text, p.base ? "e^{z}" : "\\exp");
    for (size_t k = 0; k < p.n; k++) {
        bool is_square = k < 2 * p.n_pairs && k % 2 == 1;
        text_put(text, k == 0 ? "\\left[" : is_square ? " \\pm \\sqrt{" : ", ");
        put_expr(text, p.nodes[k], is_square ? BIND_SELECT : BIND_SUM);
        text_put(text, is_square ? "}" : "");
    }
    text_put(text, "\\right]");
}

static void put_rest(Text *text, const Expr *e)
{
    switch (e->op) {
    case EXPR_IOTA:
        text_put(text, "n");
        return;
    case EXPR_COUNT:
        text_put(text, "N");
        return;
    case EXPR_SELECT:
        put_select(text, e);
        return;
    case EXPR_PAIRDD:
    case EXPR_PAIRDDT:
        put_pairs(text, e);
        return;
    default:
        put_styled(text, e);
    }
}

char *expr_latex(Arena *arena, const Expr *e)
{
    static const Notation notation = {
        .open = "\\left(", .close = "\\right)",
        .index_open = "\\left[", .index_close = "\\right]",
        .raise = "^{", .lower = "}", .exponent = BIND_SELECT,
        .put_number = put_number, .put_symbol = put_symbol,
        .put_fraction = put_fraction, .put_rest = put_rest,
    };
    return form_print(arena, &notation, e);
}
