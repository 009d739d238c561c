// Builders of tree nodes: what the actions of parser.y call. Every node is
// complete when it is built; nothing here resolves or judges, except that
// what the tree has no place for (a second `batch`) is reported.
#ifndef SNNC_SYNTAX_AST_BUILD_H
#define SNNC_SYNTAX_AST_BUILD_H

#include "syntax/ast.h"
#include "syntax/parse_state.h"

// ---- expressions ----------------------------------------------------------

AstExpr *ast_number(Arena *arena, Span span, double value, Name text,
                    AstUnit unit);
AstExpr *ast_string(ParseState *state, Span span, const char *text);
AstExpr *ast_name(ParseState *state, Ident name);
AstExpr *ast_member(ParseState *state, AstExpr *base, Ident member);
AstExpr *ast_unary(ParseState *state, AstOperator op, Span op_span,
                   AstExpr *operand);
AstExpr *ast_binary(ParseState *state, AstOperator op, Span op_span,
                    AstExpr *left, AstExpr *right);
AstExpr *ast_call(ParseState *state, Span span, Ident callee, AstArgs args);
AstExpr *ast_index(ParseState *state, Span span, AstExpr *base,
                   AstExpr *index);
AstExpr *ast_if(ParseState *state, Span span, AstExpr *condition,
                AstExpr *then, AstExpr *otherwise);
// The same expression in parentheses: only its span grows.
AstExpr *ast_parens(AstExpr *expr, Span span);

AstExprs ast_exprs_add(ParseState *state, AstExprs exprs, AstExpr *expr);

// ---- arguments and units --------------------------------------------------

AstArgs ast_args_add(ParseState *state, AstArgs args, AstArg *arg);
AstArg *ast_arg(ParseState *state, Span span, Ident name, bool random,
                AstExpr *value, const AstArg *modifiers);
AstUse *ast_use(ParseState *state, Span span, Ident name, AstArgs args);

// What stands behind an argument, gathered in an AstArg without value.
AstArg *ast_modifiers(ParseState *state);
typedef enum { MODIFIER_LEARNED, MODIFIER_FROZEN } AstModifier;
AstArg *ast_modify(ParseState *state, AstArg *modifiers, AstModifier which,
                   Span span);
AstArg *ast_per(ParseState *state, AstArg *modifiers, Ident per, Span span);
AstArg *ast_bound(ParseState *state, AstArg *modifiers, AstExpr *low,
                  AstExpr *high, Span span);

AstUnit *ast_unit(ParseState *state, AstUnitFactor *factor);
AstUnit *ast_unit_add(ParseState *state, AstUnit *unit, bool divide,
                      AstUnitFactor *factor);
AstUnitFactor *ast_unit_factor(ParseState *state, Ident name);
// `number` must be an integer without a unit; reports what is not.
AstUnitFactor *ast_unit_power(ParseState *state, AstUnitFactor *factor,
                              bool negative, AstExpr *numerator,
                              AstExpr *denominator);
// A number in the place of a unit: only `1`.
AstUnitFactor *ast_unit_one(ParseState *state, AstExpr *number);

AstParams ast_params_add(ParseState *state, AstParams params, AstParam *param);
AstParam *ast_param(ParseState *state, Span span, Ident name, AstUnit *unit,
                    AstExpr *value);

// ---- statements -----------------------------------------------------------

AstStmts ast_stmts_add(ParseState *state, AstStmts stmts, AstStmt *stmt);
AstStmts ast_stmts_join(ParseState *state, AstStmts stmts, AstStmts more);
AstStmts ast_stmts_of(ParseState *state, AstStmt *stmt);
AstStmt *ast_state(ParseState *state, Span span, Ident name, AstExpr *value);
AstStmt *ast_flow(ParseState *state, Span span, Ident name, AstExpr *value);
AstStmt *ast_assign(ParseState *state, Span span, Ident name, AstAssignOp op,
                    Span op_span, AstExpr *value);
AstStmt *ast_receive(ParseState *state, Span span, Ident port,
                     AstParams params, AstStmts body);
AstStmt *ast_spike(ParseState *state, Span span, AstExpr *condition,
                   AstStmts body);
AstStmt *ast_emit(ParseState *state, Span span, AstExpr *time,
                  AstExpr *condition);
AstStmt *ast_bias(ParseState *state, Span span, AstExpr *time);
AstStmt *ast_keep(ParseState *state, Span span, AstExpr *condition);
AstStmt *ast_result(ParseState *state, AstExpr *value);
// `spike E` without `at` or `when`: reported, NULL.
AstStmt *ast_refractory(ParseState *state, Span span, AstExpr *time,
                        AstStmts body, AstStmts end);
AstStmt *ast_spike_bare(ParseState *state, Span spike);

// ---- items of a model -----------------------------------------------------

AstItems ast_items_add(ParseState *state, AstItems items, AstItem *item);
AstItem *ast_duration(ParseState *state, Span span, AstExpr *value);
AstItem *ast_input(ParseState *state, Span span, Ident name, AstExprs shape);
AstItem *ast_input_at(ParseState *state, Span span, Ident name,
                      AstExprs times);
// `layer` solved by `solver`.
AstItem *ast_layer_solved(AstItem *layer, AstUse *solver);
AstItem *ast_layer(ParseState *state, Span span, Ident name, AstExprs shape,
                   AstUse *neuron);
AstItem *ast_connect(ParseState *state, Ident source, Ident target,
                     Ident port, Ident name);
AstItem *ast_connect_pattern(AstItem *connect, Span span,
                             const AstUse *pattern, Ident without,
                             AstArgs settings);
AstItem *ast_loss(ParseState *state, Span span, AstUse *use);
AstItem *ast_predict(ParseState *state, Span span, bool maximum,
                     AstExpr *value);
AstItem *ast_data(ParseState *state, Span span, AstUse *source);
AstItem *ast_data_encoded(AstItem *data, Span span, AstUse *encoder);
AstItem *ast_data_transformed(ParseState *state, AstItem *data, Span span,
                              AstUse *transform);
AstItem *ast_train(ParseState *state);
AstUses ast_uses_add(ParseState *state, AstUses uses, AstUse *use);
AstTargets ast_targets_add(ParseState *state, AstTargets targets,
                           AstTarget target);
AstItem *ast_train_optimizer(ParseState *state, AstItem *train, Span word,
                             AstUses chain, AstTargets targets);
AstItem *ast_train_batch(ParseState *state, AstItem *train, Span word,
                         AstExpr *value);
AstItem *ast_train_epochs(ParseState *state, AstItem *train, Span word,
                          AstExpr *value);
AstItem *ast_item_spanned(AstItem *item, Span span);

// ---- declarations ---------------------------------------------------------

AstDecl *ast_const(ParseState *state, Span span, Ident name, AstUnit *unit,
                   AstExpr *value);
AstDecl *ast_decl(ParseState *state, AstDeclKind kind, Span span, Ident name,
                  AstParams params, AstStmts body);
AstDecl *ast_dataset(ParseState *state, Span span, Ident name,
                     AstParams params, AstUse *reader);
AstDecl *ast_model(ParseState *state, Span span, Ident name, AstItems items);
// The // comment lines just above a declaration, each with its line end, or
// NULL.
const char *ast_doc_above(Arena *arena, Span decl);
void ast_file_add(ParseState *state, AstDecl *decl);
void ast_file_import(ParseState *state, Span span, const char *path);

#endif
