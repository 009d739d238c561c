// Builders of expressions.
#include "syntax/ast/ast_build.h"

static AstExpr *mk(Arena *a, AstExprKind k, Span s)
{
    AstExpr *e = ARENA_NEW(a, AstExpr);
    e->kind = k;
    e->span = s;
    return e;
}
AstExpr *ast_number(Arena *a, Span s, double v, Name t, AstUnit u)
{
    AstExpr *e = mk(a, AST_NUMBER, s);
    e->number.value = v;
    e->number.text = t;
    e->number.unit = u;
    return e;
}
AstExpr *ast_string(ParseState *st, Span s, const char *t)
{
    AstExpr *e = mk(st->arena, AST_STRING, s);
    e->string.text = t;
    return e;
}
AstExpr *ast_name(ParseState *st, Ident n)
{
    AstExpr *e = mk(st->arena, AST_NAME, n.span);
    e->name.name = n.name;
    return e;
}
AstExpr *ast_member(ParseState *st, AstExpr *b, Ident m)
{
    AstExpr *e = mk(st->arena, AST_MEMBER, span_join(b->span, m.span));
    e->member.base = b;
    e->member.member = m;
    return e;
}
AstExpr *ast_unary(ParseState *st, AstOperator op, Span os, AstExpr *x)
{
    AstExpr *e = mk(st->arena, AST_UNARY, span_join(os, x->span));
    e->unary.op = op;
    e->unary.op_span = os;
    e->unary.operand = x;
    return e;
}
AstExpr *ast_binary(ParseState *st, AstOperator op, Span os, AstExpr *l,
                    AstExpr *r)
{
    AstExpr *e = mk(st->arena, AST_BINARY, span_join(l->span, r->span));
    e->binary.op = op;
    e->binary.op_span = os;
    e->binary.left = l;
    e->binary.right = r;
    return e;
}
AstExpr *ast_call(ParseState *st, Span s, Ident c, AstArgs a)
{
    AstExpr *e = mk(st->arena, AST_CALL, s);
    e->call.callee = c;
    e->call.args = a;
    return e;
}
AstExpr *ast_index(ParseState *st, Span s, AstExpr *b, AstExpr *i)
{
    AstExpr *e = mk(st->arena, AST_INDEX, s);
    e->index.base = b;
    e->index.index = i;
    return e;
}
AstExpr *ast_if(ParseState *st, Span s, AstExpr *c, AstExpr *t, AstExpr *o)
{
    AstExpr *e = mk(st->arena, AST_IF, s);
    e->conditional.condition = c;
    e->conditional.then = t;
    e->conditional.otherwise = o;
    return e;
}
AstExpr *ast_parens(AstExpr *e, Span s)
{
    e->span = s;
    return e;
}
