// From a pattern's arguments and the shapes of its ends to an SnnPattern: one
// function for each row of pattern.def.
#include "sema/topology/pattern.h"

#include <math.h>

typedef struct Lowering {
    Sema *sema;
    const PatternUse *use;
    SnnPattern *out;
} Lowering;

static const char *shape_text(const Lowering *l, const Population *p)
{
    return pattern_shape_text(l->sema->arena, p);
}

const char *pattern_shape_text(Arena *arena, const Population *population)
{
    const char *text = arena_printf(arena, "[%u", population->shape[0]);
    for (uint32_t k = 1; k < population->rank; k++)
        text = arena_printf(arena, "%s, %u", text, population->shape[k]);
    return arena_printf(arena, "%s]", text);
}

static uint32_t count_of(const Lowering *l, const char *argument)
{
    return (uint32_t)pattern_value(l->use, argument);
}

// ---- patterns without a shape ----------------------------------------------

static bool lower_dense(const Lowering *l)
{
    l->out->kind = SNN_PATTERN_DENSE;
    return true;
}

static bool lower_one_to_one(const Lowering *l)
{
    const Population *source = l->use->source, *target = l->use->target;
    l->out->kind = SNN_PATTERN_ONE_TO_ONE;
    if (source->size == target->size)
        return true;
    Diag *diag =
        diag_report(l->sema->diags, DIAG_SIZES_DIFFER, l->use->span,
                    source->name, source->size, target->name, target->size);
    diag_note(diag, target->span, "'%s' is declared here", target->name);
    return false;
}

static bool lower_degree(const Lowering *l, const char *argument,
                         uint32_t kind, const Population *other)
{
    uint32_t degree = count_of(l, argument);
    uint32_t others = other->size;
    l->out->kind = kind;
    l->out->degree = degree;
    if (l->out->without_self)
        others--;
    if (degree <= others)
        return true;
    diag_report(l->sema->diags, DIAG_DEGREE, pattern_span(l->use, argument),
                argument, degree, others, other->name);
    return false;
}

// Projections draw different pairs unless they are given the same seed.
static uint64_t choose_seed(const PatternUse *use)
{
    double seed = pattern_value(use, "seed");
    uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
    if (!isnan(seed))
        return (uint64_t)seed;
    for (const char *c = use->projection; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash | 1ull << 63; // never one that can be written
}

static bool lower_sparse(const Lowering *l)
{
    const PatternUse *use = l->use;
    bool has_probability = !isnan(pattern_value(use, "probability"));
    bool has_in = !isnan(pattern_value(use, "in_degree"));
    bool has_out = !isnan(pattern_value(use, "out_degree"));
    int given = has_probability + has_in + has_out;
    l->out->seed = choose_seed(use);
    if (given != 1) {
        diag_report(l->sema->diags, DIAG_SPARSE_CHOICE, use->span,
                    given ? "several" : "none");
        return false;
    }
    if (has_in)
        return lower_degree(l, "in_degree", SNN_PATTERN_IN_DEGREE,
                            use->source);
    if (has_out)
        return lower_degree(l, "out_degree", SNN_PATTERN_OUT_DEGREE,
                            use->target);
    l->out->kind = SNN_PATTERN_RANDOM;
    l->out->probability = pattern_value(use, "probability");
    return true;
}

// Pairs that are known when the trainer starts.
static bool lower_list(const Lowering *l)
{
    l->out->kind = SNN_PATTERN_LIST;
    l->out->file = pattern_text(l->use, "file");
    return true;
}

// ---- windows ---------------------------------------------------------------

static bool has_rank(const Lowering *l, const Population *p, uint32_t rank)
{
    if (p->rank == rank)
        return true;
    Diag *diag = diag_report(l->sema->diags, DIAG_PATTERN_RANK, l->use->span,
                             l->use->name,
                             rank == 2 ? "[channels, length]"
                                       : "[channels, height, width]",
                             p->name, shape_text(l, p));
    diag_note(diag, p->span, "'%s' is declared here", p->name);
    return false;
}

// The last axis of two has arguments of its own.
static uint32_t axis_value(const Lowering *l, const char *name, bool is_last)
{
    if (is_last) {
        const char *own = arena_printf(l->sema->arena, "%s_x", name);
        double value = pattern_value(l->use, own);
        if (!isnan(value))
            return (uint32_t)value;
    }
    return count_of(l, name);
}

static uint32_t window_reach(const SnnWindow *w)
{
    uint64_t reach = (uint64_t)w->dilation * (w->kernel - 1) + 1;
    return reach < UINT32_MAX ? (uint32_t)reach : UINT32_MAX;
}

// How many places a window takes along its axis; 0: it does not fit.
static uint32_t window_places(const SnnWindow *w)
{
    uint64_t room = (uint64_t)w->from + 2 * (uint64_t)w->padding;
    uint64_t reach = window_reach(w);
    return room < reach ? 0 : (uint32_t)((room - reach) / w->stride + 1);
}

static bool window_fits(const Lowering *l, const SnnWindow *w,
                        const Population *wide)
{
    if (window_places(w) > 0)
        return true;
    Diag *diag = diag_report(
        l->sema->diags, DIAG_KERNEL_TOO_LARGE, l->use->span, window_reach(w),
        wide->name, shape_text(l, wide),
        (double)w->from + 2 * (double)w->padding);
    diag_note(diag, wide->span, "'%s' is declared here", wide->name);
    return false;
}

// The side that a window gives must be declared with the extents it gives.
static bool window_gives(const Lowering *l, uint32_t axes,
                         const Population *wide, const Population *narrow)
{
    const SnnPattern *p = l->out;
    const SnnWindow *windows[] = {&p->y, &p->x};
    bool is_same = true, is_known = true;
    const char *want = arena_printf(l->sema->arena, "[%u", narrow->shape[0]);
    for (uint32_t k = 2 - axes; k < 2; k++) {
        uint32_t places = window_places(windows[k]);
        is_known &= window_fits(l, windows[k], wide);
        is_same &= places == windows[k]->to;
        want = arena_printf(l->sema->arena, "%s, %u", want, places);
    }
    if (is_same || !is_known)
        return is_same && is_known;
    Diag *diag = diag_report(l->sema->diags, DIAG_WINDOW_SHAPE, l->use->span,
                             l->use->name, wide->name, shape_text(l, wide),
                             want, narrow->name, shape_text(l, narrow));
    diag_note(diag, narrow->span, "'%s' is declared here", narrow->name);
    return false;
}

static bool splits(const Lowering *l, const Population *p, uint32_t groups)
{
    if (p->shape[0] % groups == 0)
        return true;
    diag_report(l->sema->diags, DIAG_GROUPS, pattern_span(l->use, "groups"),
                p->shape[0], p->name, groups);
    return false;
}

typedef struct Axes {
    uint32_t count;          // 1 or 2
    const char *kernel;      // names of arguments
    bool has_dilation, is_transposed;
} Axes;

static SnnWindow axis_window(const Lowering *l, const Axes *axes,
                             uint32_t axis, const Population *wide,
                             const Population *narrow)
{
    bool is_last = axes->count == 2 && axis == 1;
    SnnWindow w = {.from = wide->shape[axis + 1],
                   .to = narrow->shape[axis + 1], .dilation = 1};
    w.kernel = axis_value(l, axes->kernel, is_last);
    w.padding = axis_value(l, "padding", is_last);
    if (axes->has_dilation)
        w.dilation = axis_value(l, "dilation", is_last);
    // The stride of a pool is its size unless given.
    w.stride = isnan(pattern_value(l->use, "stride")) &&
                       !(is_last && !isnan(pattern_value(l->use, "stride_x")))
                   ? w.kernel
                   : axis_value(l, "stride", is_last);
    return w;
}

static bool lower_window(const Lowering *l, const Axes *axes)
{
    const Population *source = l->use->source, *target = l->use->target;
    const Population *wide = axes->is_transposed ? target : source;
    const Population *narrow = axes->is_transposed ? source : target;
    SnnPattern *p = l->out;
    if (!has_rank(l, source, axes->count + 1) ||
        !has_rank(l, target, axes->count + 1))
        return false;
    p->kind = SNN_PATTERN_WINDOW;
    p->transposed = axes->is_transposed;
    p->source_channels = source->shape[0];
    p->target_channels = target->shape[0];
    p->y = (SnnWindow){1, 1, 1, 1, 0, 1};
    p->x = axis_window(l, axes, axes->count - 1, wide, narrow);
    if (axes->count == 2)
        p->y = axis_window(l, axes, 0, wide, narrow);
    return window_gives(l, axes->count, wide, narrow);
}

static bool lower_conv(const Lowering *l, uint32_t n_axes, bool is_transposed)
{
    Axes axes = {n_axes, "kernel", true, is_transposed};
    l->out->groups = count_of(l, "groups");
    return lower_window(l, &axes) &&
           splits(l, l->use->source, l->out->groups) &&
           splits(l, l->use->target, l->out->groups);
}

static bool lower_conv1d(const Lowering *l)
{
    return lower_conv(l, 1, false);
}

static bool lower_conv2d(const Lowering *l)
{
    return lower_conv(l, 2, false);
}

static bool lower_transposed_conv1d(const Lowering *l)
{
    return lower_conv(l, 1, true);
}

static bool lower_transposed_conv2d(const Lowering *l)
{
    return lower_conv(l, 2, true);
}

static bool lower_local1d(const Lowering *l)
{
    return lower_conv(l, 1, false);
}

static bool lower_local2d(const Lowering *l)
{
    return lower_conv(l, 2, false);
}

// A pool looks at each channel by itself.
static bool lower_pool(const Lowering *l)
{
    const Population *source = l->use->source, *target = l->use->target;
    Axes axes = {source->rank == 2 ? 1 : 2, "size", false, false};
    l->out->groups = source->shape[0];
    if (!lower_window(l, &axes))
        return false;
    if (source->shape[0] == target->shape[0])
        return true;
    diag_report(l->sema->diags, DIAG_POOL_CHANNELS, l->use->span,
                l->use->name, source->shape[0], source->name,
                target->shape[0], target->name);
    return false;
}

static bool lower_sum_pool(const Lowering *l)
{
    return lower_pool(l);
}

static bool lower_average_pool(const Lowering *l)
{
    return lower_pool(l);
}

// ---- all -------------------------------------------------------------------

bool pattern_lower(Sema *sema, const PatternUse *use, SnnPattern *out_pattern)
{
    static bool (*const functions[])(const Lowering *) = {
#define PATTERN(id, weights) lower_##id,
#include "sema/topology/pattern.def"
    };
    static const SnnPer weights[] = {
#define PATTERN(id, weights) SNN_PER_##weights,
#include "sema/topology/pattern.def"
    };
    Lowering l = {sema, use, out_pattern};
    out_pattern->per = weights[use->id];
    return functions[use->id](&l);
}
