// The first crossing of the guard, and the extrema of what is observed, over an
// interval (crossing.h): the search of zeros.c, piece by piece.
#include "emit/kernel/crossing.h"

#include "emit/kernel/zeros.h"

// ---- pieces ----------------------------------------------------------------

// Over all pieces of [0, length], in lanes that are active and not yet at their
// end. Without pairs the interval is one, and no loop is made.
typedef struct Pieces {
    Search *search;
    LLVMValueRef length, longest;
    LLVMValueRef at, open;      // slots: the next one's start; lanes
    IrWhile loop;
} Pieces;

// A piece is at least this part of the interval: no number leads into a loop
// without end.
static const double least_part = 0x1p-22;

// Lanes whose value stays below `level` from the piece's start on.
static LLVMValueRef stays_below(const Search *s, LLVMValueRef level)
{
    Scope *scope = zeros_scope_at(s, s->from);
    return LLVMBuildFCmp(s->k->e->b, LLVMRealOLT,
                         scope_lanes(scope, s->plan->later), level, "");
}

static Pieces pieces_begin(Search *s, LLVMValueRef length, LLVMValueRef level)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    Pieces p = {.search = s, .length = length};
    s->from = kernel_zero(k);
    s->end = length;
    if (!s->zeros->middle)
        return p;
    LLVMValueRef least = LLVMBuildFMul(
        e->b, length, vmath_const(k->vector, least_part), "");
    p.longest = vmath_max(e->vmath, e->b,
                          scope_lanes(s->start, s->zeros->longest), least);
    p.at = ir_slot(e, k->vector, "from");
    p.open = ir_slot(e, k->mask, "open");
    ir_store(e, kernel_zero(k), p.at);
    ir_store(e, s->active, p.open);
    p.loop = ir_while_begin(e);
    s->active = ir_load(e, k->mask, p.open);
    ir_while_test(e, &p.loop, vmath_any(e->vmath, e->b, s->active));
    s->from = ir_load(e, k->vector, p.at);
    s->end = vmath_min(e->vmath, e->b,
                       LLVMBuildFAdd(e->b, s->from, p.longest, ""), length);
    s->middle = LLVMBuildFMul(e->b, vmath_const(k->vector, 0.5),
                              LLVMBuildFAdd(e->b, s->from, s->end, ""), "");
    LLVMValueRef over = stays_below(s, level ? level : kernel_zero(k));
    s->active = LLVMBuildAnd(e->b, s->active, LLVMBuildNot(e->b, over, ""), "");
    return p;
}

// `done`: lanes that need no further piece.
static void pieces_end(Pieces *p, LLVMValueRef done)
{
    Search *s = p->search;
    Emit *e = s->k->e;
    if (!s->middle)
        return;
    LLVMValueRef more = LLVMBuildFCmp(e->b, LLVMRealOLT, s->end, p->length, "");
    more = LLVMBuildAnd(e->b, more, s->active, "");
    if (done)
        more = LLVMBuildAnd(e->b, more, LLVMBuildNot(e->b, done, ""), "");
    ir_store(e, s->end, p->at);
    ir_store(e, more, p->open);
    ir_while_end(e, &p->loop);
}

void crossing_emit_points(Kernel *k, const CrossingInput *in,
                          const ZeroPlan *plan, const char *tag,
                          CrossingVisit *visit, void *data)
{
    LLVMValueRef points[ZEROS_LEVELS_MAX];
    Scope *start = scope_open(k->e, kernel_scope(k, in->run, in->vector),
                             k->e->real, k->lanes);
    kernel_bind_row(start, k->derived->states, in->states, k->n);
    Search s = {.k = k, .plan = plan, .zeros = plan->zeros, .tag = tag,
                .run = in->run, .vector = in->vector, .x = in->states,
                .start = start, .active = in->active};
    Pieces pieces = pieces_begin(&s, in->end, in->level);
    unsigned n = zeros_emit_points(&s, 0, points);
    for (unsigned i = 0; i < n; i++)
        visit(data, kernel_select(k, s.active, points[i], kernel_zero(k)));
    pieces_end(&pieces, NULL);
}

// ---- the first zero of the guard --------------------------------------------

// In the lanes of `found` the guard reaches 0 from below at `point`.
typedef struct First {
    LLVMValueRef found, point;
} First;


// A bracket around the first crossing, as points; `found` where there is one.
typedef struct Bracket {
    LLVMValueRef low, high, found;
} Bracket;

// Whether a piece ends where the interval does, for which the states are known.
static LLVMValueRef value_at_end(const Search *s, const Pieces *pieces,
                                 const CrossingInput *in)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    Scope *last = scope_open(e, kernel_scope(s->k, in->run, in->vector),
                             e->real, k->lanes);
    kernel_bind_row(last, k->derived->states, in->end_states, k->n);
    LLVMValueRef value = scope_lanes(last, s->zeros->functional[0]);
    if (!s->middle)
        return value;
    LLVMValueRef inside = LLVMBuildFCmp(e->b, LLVMRealOLT, s->end,
                                        pieces->length, "");
    return kernel_select(k, inside, zeros_value_at(s, 0, s->end), value);
}

// The first of the monotone parts of a piece at whose end the guard is not
// below 0.
static Bracket find_bracket(const Search *s, const Pieces *pieces,
                            const CrossingInput *in, LLVMValueRef seeking)
{
    const Kernel *k = s->k;
    LLVMBuilderRef b = k->e->b;
    LLVMValueRef points[ZEROS_LEVELS_MAX], zero = kernel_zero(k);
    LLVMValueRef from = s->from;
    unsigned n = zeros_emit_points(s, 1, points);
    Bracket out = {from, from, NULL};
    for (unsigned i = 0; i <= n; i++) {
        LLVMValueRef to = i < n ? points[i] : s->end;
        LLVMValueRef value = i < n ? zeros_value_at(s, 0, to)
                                   : value_at_end(s, pieces, in);
        LLVMValueRef here = LLVMBuildAnd(
            b, seeking, LLVMBuildFCmp(b, LLVMRealOGE, value, zero, ""), "");
        out.low = kernel_select(k, here, from, out.low);
        out.high = kernel_select(k, here, to, out.high);
        seeking = LLVMBuildAnd(b, seeking, LLVMBuildNot(b, here, ""), "");
        out.found = out.found ? LLVMBuildOr(b, out.found, here, "") : here;
        from = to;
    }
    return out;
}

static LLVMValueRef root_in(const Search *s, const Bracket *bracket)
{
    LLVMValueRef root = s->zeros->n > 1
        ? zeros_emit_newton(s, 0, bracket->low, bracket->high, bracket->found,
                            bracket->found)
        : bracket->low;
    return kernel_select(s->k, bracket->found, root, kernel_zero(s->k));
}

// By isolation over all pieces, in the lanes of `seeking`.
static First first_isolated(const Search *search, const CrossingInput *in,
                            LLVMValueRef seeking)
{
    Search copy = *search, *s = &copy;
    Kernel *k = s->k;
    Emit *e = k->e;
    LLVMValueRef root_slot = NULL, found_slot = NULL;
    s->active = seeking;
    if (s->zeros->middle) {
        root_slot = ir_slot(e, k->vector, "root");
        found_slot = ir_slot(e, k->mask, "found");
        ir_store(e, kernel_zero(k), root_slot);
        ir_store(e, LLVMConstNull(k->mask), found_slot);
    }
    Pieces pieces = pieces_begin(s, search->end, in->level);
    Bracket bracket = find_bracket(s, &pieces, in, s->active);
    LLVMValueRef root = root_in(s, &bracket);
    if (!s->middle)
        return (First){bracket.found, root};
    LLVMValueRef old = ir_load(e, k->vector, root_slot);
    ir_store(e, kernel_select(k, bracket.found, root, old), root_slot);
    ir_store(e, LLVMBuildOr(e->b, bracket.found,
                            ir_load(e, k->mask, found_slot), ""), found_slot);
    pieces_end(&pieces, bracket.found);
    return (First){ir_load(e, k->mask, found_slot),
                   ir_load(e, k->vector, root_slot)};
}

static const double least_square = 0x1p-100; // a normal number

// Parabolas through value, slope and curvature of a function that is concave
// and below 0 at the start of the interval lead to its first zero without a
// bracket.
typedef struct Parabolas {
    const Search *s;
    const Expr *slope, *curvature; // by the point
    LLVMValueRef point, moving, count; // slots
} Parabolas;

// From f < 0 with slope g and curvature c: by -2 f / (g + sqrt(g^2 - 2 c f)).
// An error of the step is one of the next point's, which corrects it; the last
// one is small enough for it not to matter.
static void parabola_step(const Parabolas *p)
{
    const Kernel *k = p->s->k;
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    LLVMValueRef point = ir_load(e, k->vector, p->point);
    LLVMValueRef moving = ir_load(e, k->mask, p->moving);
    Scope *scope = zeros_scope_at(p->s, point);
    LLVMValueRef f2 = LLVMBuildFMul(
        b, scope_lanes(scope, p->s->plan->decay[0]),
        vmath_const(k->vector, -2), "");
    LLVMValueRef g = scope_lanes(scope, p->slope);
    LLVMValueRef square = vmath_fma(
        e->vmath, b, f2, scope_lanes(scope, p->curvature),
        LLVMBuildFMul(b, g, g, ""));
    LLVMValueRef least = vmath_const(k->vector, least_square);
    LLVMValueRef root = vmath_near_sqrt(
        e->vmath, b, vmath_max(e->vmath, b, square, least));
    LLVMValueRef by = LLVMBuildFMul(
        b, f2, vmath_near_reciprocal(e->vmath, b,
                                     LLVMBuildFAdd(b, g, root, "")), "");
    LLVMValueRef next = LLVMBuildFAdd(b, point, by, "");
    LLVMValueRef tolerance = LLVMBuildFMul(
        b, next, vmath_const(k->vector, e->real_size == 8 ? 0x1p-24
                                                          : 0x1p-10), "");
    // Also where nothing is a number any more.
    LLVMValueRef far = LLVMBuildFCmp(b, LLVMRealUGT,
                                     vmath_abs(e->vmath, b, by), tolerance, "");
    ir_store(e, kernel_select(k, moving, next, point), p->point);
    ir_store(e, LLVMBuildAnd(b, moving, far, ""), p->moving);
}

enum { PARABOLAS = 7 };

// `out` holds the lanes that came to rest at a rising zero in the interval.
static First first_concave(const Search *s, LLVMValueRef seeking)
{
    Kernel *k = s->k;
    Emit *e = k->e;
    ExprPool *pool = e->model->pool;
    const Expr *slope = expr_diff(pool, s->plan->decay[0], k->plan->decay);
    Parabolas p = {s, expr_neg(pool, slope),
                   expr_diff(pool, slope, k->plan->decay),
                   ir_slot(e, k->vector, "point"),
                   ir_slot(e, k->mask, "moving"), ir_slot(e, e->i64, "count")};
    LLVMValueRef zero = kernel_zero(k), steps = ir_i64(e, PARABOLAS);
    LLVMValueRef concave = LLVMBuildAnd(
        e->b, seeking, scope_mask(s->start, s->plan->concave), "");
    ir_store(e, zero, p.point);
    ir_store(e, concave, p.moving);
    ir_store(e, ir_i64(e, 0), p.count);
    IrWhile loop = ir_while_begin(e);
    LLVMValueRef count = ir_load(e, e->i64, p.count);
    LLVMValueRef moving = ir_load(e, k->mask, p.moving);
    LLVMValueRef more = LLVMBuildICmp(e->b, LLVMIntSLT, count, steps, "");
    ir_while_test(e, &loop, LLVMBuildAnd(
        e->b, vmath_any(e->vmath, e->b, moving), more, ""));
    parabola_step(&p);
    ir_store(e, LLVMBuildAdd(e->b, count, ir_i64(e, 1), ""), p.count);
    ir_while_end(e, &loop);
    LLVMValueRef point = ir_load(e, k->vector, p.point);
    LLVMValueRef rests = LLVMBuildAnd(
        e->b, concave, LLVMBuildNot(e->b, ir_load(e, k->mask, p.moving), ""),
        "");
    LLVMValueRef rises = LLVMBuildFCmp(
        e->b, LLVMRealOGT,
        scope_lanes(zeros_scope_at(s, point), p.slope), zero, "");
    LLVMValueRef ahead = LLVMBuildFCmp(e->b, LLVMRealOGE, point, zero, "");
    return (First){
        LLVMBuildAnd(e->b, rests, LLVMBuildAnd(e->b, rises, ahead, ""), ""),
        vmath_min(e->vmath, e->b, point, s->end)};
}

// The lanes that parabolas do not settle are isolated: hardly ever any.
static First first_zero(const Search *s, const CrossingInput *in,
                        LLVMValueRef seeking)
{
    const Kernel *k = s->k;
    Emit *e = k->e;
    if (!s->plan->concave)
        return first_isolated(s, in, seeking);
    First quick = first_concave(s, seeking);
    LLVMValueRef found = ir_slot(e, k->mask, "found");
    LLVMValueRef point = ir_slot(e, k->vector, "zero");
    ir_store(e, quick.found, found);
    ir_store(e, quick.point, point);
    LLVMValueRef open = LLVMBuildAnd(
        e->b, seeking, LLVMBuildNot(e->b, quick.found, ""), "");
    IrIf some = ir_if_rarely(e, vmath_any(e->vmath, e->b, open));
    First careful = first_isolated(s, in, open);
    ir_store(e, LLVMBuildOr(e->b, quick.found, careful.found, ""), found);
    ir_store(e, kernel_select(k, careful.found, careful.point, quick.point),
             point);
    ir_if_end(e, &some);
    return (First){ir_load(e, k->mask, found), ir_load(e, k->vector, point)};
}

Crossing crossing_emit_first(Kernel *k, const CrossingInput *in)
{
    Emit *e = k->e;
    LLVMBuilderRef b = e->b;
    const ZeroSequence *zeros = &k->derived->crossing;
    Scope *start = scope_open(e, kernel_scope(k, in->run, in->vector), e->real,
                             k->lanes);
    kernel_bind_row(start, k->derived->states, in->states, k->n);
    Search s = {.k = k, .in_decay = k->plan->crossing.decay != NULL,
                .plan = &k->plan->crossing, .zeros = zeros, .tag = "root",
                .run = in->run, .vector = in->vector, .x = in->states,
                .start = start, .from = kernel_zero(k), .end = in->end,
                .active = in->active};
    if (s.in_decay)
        s.end = in->decay ? zeros_one_minus(k, in->decay)
                          : zeros_point_of(k, in->end);
    LLVMValueRef below = LLVMBuildFCmp(
        b, LLVMRealOLT, scope_lanes(start, zeros->functional[0]),
        kernel_zero(k), "");
    Crossing out;
    out.at_once = LLVMBuildAnd(b, in->active, LLVMBuildNot(b, below, ""), "");
    First first = first_zero(&s, in, LLVMBuildAnd(b, in->active, below, ""));
    LLVMValueRef root = kernel_select(k, first.found, first.point,
                                      kernel_zero(k));
    out.time = root;
    if (s.in_decay)
        out.time = vmath_min(e->vmath, b, zeros_time_of(k, root), in->end);
    out.decay = s.in_decay ? zeros_one_minus(k, root) : NULL;
    out.found = LLVMBuildOr(b, first.found, out.at_once, "");
    return out;
}
