// Fuzzes the printer of syntax trees: random expressions are built, printed as
// what losses define and are, and parsed; the trees must be the same. Many mean
// nothing, which is no matter here.
//     ast_print_fuzz [files] [seed]
#include <stdint.h>
#include "../unit/scratch.h"
#include "../unit/unit.h"
#include "syntax/ast/ast_build.h"
#include "syntax/ast/ast_print.h"
#include "syntax/parse.h"

enum { DECLS = 30 };

typedef struct World {
    ParseState state;
    Interner *names;
    uint64_t random;
} World;

static unsigned below(World *world, unsigned n)
{
    world->random = world->random * 6364136223846793005u
                    + 1442695040888963407u;
    return (unsigned)(world->random >> 33) % n;
}

// ---- random trees ---------------------------------------------------------

static AstExpr *random_expr(World *world, unsigned depth);

static Ident random_name(World *world)
{
    static const char *const names[] = {"a", "ms", "loss", "keep", "e5",
                                        "bias", "batch", "\xCF\x84"};
    return (Ident){intern(world->names, names[below(world, 8)]), SPAN_NONE};
}

static AstUnit random_unit(World *world)
{
    static const char *const names[] = {"s", "ms", "mV", "%", "Ohm", "kg"};
    AstUnit unit = {0};
    for (unsigned n = below(world, 4); unit.count < n;) {
        AstUnitFactor factor = {
            .name = {intern(world->names, names[below(world, 6)]), SPAN_NONE},
            .numerator = (int)below(world, 7) - 3,
            .denominator = 1 + (int)below(world, 2)};
        ast_unit_add(&world->state, &unit, false, &factor);
    }
    return unit;
}

static AstExpr *random_number(World *world)
{
    static const char *const texts[] = {"0", "20", ".5", "1.25", "1e-3",
                                        "2E7"};
    const char *text = texts[below(world, 6)];
    AstUnit unit = random_unit(world);
    return ast_number(world->state.arena, SPAN_NONE, strtod(text, NULL),
                      intern(world->names, text), unit);
}

static AstExpr *random_string(World *world)
{
    static const char *const texts[] = {"", "a b", "\"\\n\n\\", "// '"};
    return ast_string(&world->state, SPAN_NONE, texts[below(world, 4)]);
}

static AstExpr *random_leaf(World *world)
{
    switch (below(world, 8)) {
    case 0:
        return random_string(world);
    case 1: case 2: case 3:
        return random_number(world);
    default:
        return ast_name(&world->state, random_name(world));
    }
}

static AstArg *random_arg(World *world, unsigned depth)
{
    AstArg modifiers = {.learned = below(world, 4) == 0,
                        .frozen = below(world, 4) == 0};
    if (below(world, 4) == 0)
        modifiers.per = random_name(world);
    if (below(world, 4) == 0) {
        modifiers.low = random_expr(world, depth);
        modifiers.high = random_expr(world, depth);
    }
    bool named = below(world, 2) == 0;
    AstExpr *value = random_expr(world, depth);
    return ast_arg(&world->state, SPAN_NONE,
                   named ? random_name(world) : (Ident){0},
                   named && below(world, 2) == 0, value, &modifiers);
}

static AstExpr *random_call(World *world, unsigned depth)
{
    AstArgs args = {0};
    for (unsigned n = below(world, 3); args.count < n;)
        args = ast_args_add(&world->state, args, random_arg(world, depth));
    return ast_call(&world->state, SPAN_NONE, random_name(world), args);
}

static AstExpr *random_binary(World *world, unsigned depth)
{
    AstOperator op;
    do
        op = (AstOperator)below(world, AST_OP_COUNT);
    while (op == AST_OP_NOT || op == AST_OP_NEGATE);
    AstExpr *left = random_expr(world, depth);
    return ast_binary(&world->state, op, SPAN_NONE, left,
                      random_expr(world, depth));
}

static AstExpr *random_postfix(World *world, unsigned depth)
{
    AstExpr *base = random_expr(world, depth);
    if (below(world, 2) == 0)
        return ast_member(&world->state, base, random_name(world));
    return ast_index(&world->state, SPAN_NONE, base,
                     random_expr(world, depth));
}

static AstExpr *random_if(World *world, unsigned depth)
{
    AstExpr *condition = random_expr(world, depth);
    AstExpr *then = random_expr(world, depth);
    return ast_if(&world->state, SPAN_NONE, condition, then,
                  random_expr(world, depth));
}

static AstExpr *random_expr(World *world, unsigned depth)
{
    if (depth-- == 0)
        return random_leaf(world);
    switch (below(world, 12)) {
    case 0:
        return random_leaf(world);
    case 1:
        return random_call(world, depth);
    case 2:
        return random_postfix(world, depth);
    case 3:
        return random_if(world, depth);
    case 4: case 5:
        return ast_unary(&world->state, AST_OP_NEGATE, SPAN_NONE,
                         random_expr(world, depth));
    case 6:
        return ast_unary(&world->state, AST_OP_NOT, SPAN_NONE,
                         random_expr(world, depth));
    default:
        return random_binary(world, depth);
    }
}

// ---- comparing ------------------------------------------------------------

static bool are_same(const AstExpr *a, const AstExpr *b);

static bool are_same_units(const AstUnit *a, const AstUnit *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->factors[i].name.name == b->factors[i].name.name
               && a->factors[i].numerator == b->factors[i].numerator
               && a->factors[i].denominator == b->factors[i].denominator;
    return same;
}

static bool are_same_args(const AstArg *a, const AstArg *b)
{
    return a->name.name == b->name.name && a->random == b->random
           && a->learned == b->learned && a->frozen == b->frozen
           && a->per.name == b->per.name && are_same(a->value, b->value)
           && are_same(a->low, b->low) && are_same(a->high, b->high);
}

static bool are_same_calls(const AstExpr *a, const AstExpr *b)
{
    bool same = a->call.callee.name == b->call.callee.name
                && a->call.args.count == b->call.args.count;
    for (size_t i = 0; same && i < a->call.args.count; i++)
        same = are_same_args(&a->call.args.items[i], &b->call.args.items[i]);
    return same;
}

static bool are_same_inside(const AstExpr *a, const AstExpr *b)
{
    switch (a->kind) {
    case AST_NUMBER:
        return a->number.text == b->number.text
               && are_same_units(&a->number.unit, &b->number.unit);
    case AST_STRING:
        return strcmp(a->string.text, b->string.text) == 0;
    case AST_NAME:
        return a->name.name == b->name.name;
    case AST_MEMBER:
        return a->member.member.name == b->member.member.name
               && are_same(a->member.base, b->member.base);
    case AST_UNARY:
        return a->unary.op == b->unary.op
               && are_same(a->unary.operand, b->unary.operand);
    case AST_BINARY:
        return a->binary.op == b->binary.op
               && are_same(a->binary.left, b->binary.left)
               && are_same(a->binary.right, b->binary.right);
    case AST_CALL:
        return are_same_calls(a, b);
    case AST_INDEX:
        return are_same(a->index.base, b->index.base)
               && are_same(a->index.index, b->index.index);
    case AST_IF:
        return are_same(a->conditional.condition, b->conditional.condition)
               && are_same(a->conditional.then, b->conditional.then)
               && are_same(a->conditional.otherwise,
                           b->conditional.otherwise);
    case AST_EXPR_ERROR:
        return false;
    }
    return false;
}

static bool are_same(const AstExpr *a, const AstExpr *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->kind == b->kind && are_same_inside(a, b);
}

// ---- files ----------------------------------------------------------------

static void print_file(const AstFile *file)
{
    FILE *out = fopen(scratch_path("printed.snn"), "w");
    CHECK(out != NULL);
    ast_print(file, out);
    fclose(out);
}

static void check_same(const AstExpr *built, const AstExpr *parsed)
{
    if (are_same(built, parsed))
        return;
    unit_fail(__FILE__, __LINE__);
    printf("another tree: ");
    ast_print_expr(built, stdout);
    printf("\n");
}

// A loss that defines a name and has a value: two expressions.
static AstDecl *random_loss(World *world)
{
    ParseState *state = &world->state;
    AstStmt *definition = ast_assign(state, SPAN_NONE, random_name(world),
                                     AST_SET, SPAN_NONE,
                                     random_expr(world, below(world, 6)));
    AstStmts body = ast_stmts_of(state, definition);
    body = ast_stmts_add(state, body,
                         ast_result(state, random_expr(world,
                                                       below(world, 6))));
    Span span = {state->file->source, 0, 0};
    return ast_decl(state, AST_LOSS_DECL, span, random_name(world),
                    (AstParams){0}, body);
}

static void check_loss(const AstDecl *built, const AstDecl *parsed)
{
    CHECK(parsed->kind == AST_LOSS_DECL && parsed->body.count == 2);
    if (parsed->kind != AST_LOSS_DECL || parsed->body.count != 2)
        return;
    check_same(built->body.items[0]->assign.value,
               parsed->body.items[0]->assign.value);
    check_same(built->body.items[1]->result.value,
               parsed->body.items[1]->result.value);
}

static void fuzz_file(World *world)
{
    Arena *arena = world->state.arena;
    Source nowhere = {.text = ""};
    AstFile file = {.source = &nowhere};
    world->state.file = &file;
    while (file.decls.count < DECLS)
        ast_file_add(&world->state, random_loss(world));
    print_file(&file);
    ParseContext context = {.arena = arena, .names = world->names,
                            .diags = diags_new(arena)};
    AstFile *parsed = parse_program(&context, scratch_path("printed.snn"));
    CHECK(parsed->decls.count == DECLS);
    for (size_t i = 0; i < DECLS && i < parsed->decls.count; i++)
        check_loss(file.decls.items[i], parsed->decls.items[i]);
}

int main(int argc, char **argv)
{
    size_t files = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
    World world = {.random = argc > 2 ? strtoul(argv[2], NULL, 10) : 1};
    scratch_open();
    for (size_t i = 0; i < files && unit_failures < 10; i++) {
        world.state.arena = arena_new();
        world.names = interner_new();
        fuzz_file(&world);
        interner_free(world.names);
        arena_free(world.state.arena);
    }
    scratch_close();
    return unit_report();
}
