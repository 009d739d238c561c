// Patterns of connections: a use such as `conv2d(kernel = 5)` is looked up in
// pattern.def, its arguments are evaluated, and it is lowered to what model and
// runtime know.
#ifndef SNNC_SEMA_TOPOLOGY_PATTERN_H
#define SNNC_SEMA_TOPOLOGY_PATTERN_H

#include "sema/build.h"

typedef enum {
#define PATTERN(id, weights) PATTERN_##id,
#include "sema/topology/pattern.def"
    PATTERN_COUNT
} PatternId;

enum { PATTERN_ARGUMENTS_MAX = 12 };

// A number that was given, or the argument's fallback.
typedef struct PatternArgument {
    const char *name;
    double value;       // NAN: absent
    const char *text;   // of a TEXT
    Span span;          // of the argument; of the use when it was not given
} PatternArgument;

typedef struct PatternUse {
    PatternId id;
    const char *name;
    Span span;
    PatternArgument arguments[PATTERN_ARGUMENTS_MAX];
    size_t n_arguments;
    const Population *source, *target;
    const char *projection; // its name
} PatternUse;

// ---- pattern.c -------------------------------------------------------------

// The pattern that `use` names, its arguments within their ranges. False after
// a report. The ends are left to the caller.
bool pattern_read(Sema *sema, const AstUse *use, PatternUse *out_use);
// The argument's value; it must be in the pattern's table.
double pattern_value(const PatternUse *use, const char *argument);
// The same of a TEXT.
const char *pattern_text(const PatternUse *use, const char *argument);
Span pattern_span(const PatternUse *use, const char *argument);

// ---- lower.c ---------------------------------------------------------------

// Checks the pattern against the shapes of its ends and lowers it, its weights
// as the table has them. False after a report.
bool pattern_lower(Sema *sema, const PatternUse *use, SnnPattern *out_pattern);
// "[1, 28, 28]"
const char *pattern_shape_text(Arena *arena, const Population *population);

#endif
