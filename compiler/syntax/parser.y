/* The grammar of the language (docs/language.md goes through it clause by
   clause). It accepts a little too much, so that syntax/check.c can say in a
   good sentence what is wrong. Actions build nodes and do nothing else.

   After a syntax error the feed of tokens (syntax/recover.c) puts in NEXT_STMT
   where the next statement may begin, and NEXT_DECL where the next declaration
   may: `error` takes all before it. */
%define api.pure full
%define api.prefix {syntax_}
%define api.token.prefix {TOKEN_}
%define api.value.type union
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {ParseState *state}

%code requires {
#include "syntax/ast/ast_build.h"

// Deeper nesting is refused as "nested too deeply".
#define YYMAXDEPTH 10000
}

%code {
#define YYLLOC_DEFAULT(Current, Rhs, N)                               \
    ((Current) = (N) ? span_join(YYRHSLOC(Rhs, 1), YYRHSLOC(Rhs, N))  \
                     : (Span){YYRHSLOC(Rhs, 0).source,                \
                              YYRHSLOC(Rhs, 0).end,                   \
                              YYRHSLOC(Rhs, 0).end})

#include "syntax/parse_report.h"

#define NONE ((Ident){0})
#define BINARY(op, at, left, right) \
    ast_binary(state, AST_OP_##op, at, left, right)
}

/* The words; keyword.def says which are reserved. */
%token <Name>
    IMPORT "import" CONST "const" FUNCTION "function" NEURON "neuron"
    ENCODER "encoder" INITIALIZER "initializer" TRANSFORM "transform"
    DATASET "dataset" MODEL "model" OPTIMIZER "optimizer" LOSS "loss"
    STATE "state" RECEIVE "receive" SPIKE "spike" REFRACTORY "refractory" BIAS "bias"
    KEEP "keep"
    DURATION "duration" INPUT "input" LAYER "layer" CONNECT "connect"
    PREDICT "predict" DATA "data" TRAIN "train" BATCH "batch"
    EPOCHS "epochs" ENCODED "encoded" TRANSFORMED "transformed"
    SOLVED "solved" WITHOUT "without" ARGMIN "argmin" ARGMAX "argmax" FOR "for" IF "if" THEN "then"
    ELSE "else"
    AND "and" OR "or" NOT "not" AT "at" BY "by" AS "as" IN "in" PER "per"
    WHEN "when" LEARNED "learned" FROZEN "frozen"

%token <Name> NAME "name"
%token <AstExpr *> NUMBER "number"
%token <const char *> STRING "string"
%token END 0 "end"
%token
    OPEN "(" OPEN_LINE "(line" CLOSE ")"
    OPEN_INDEX "[" CLOSE_INDEX "]" OPEN_BLOCK "{" CLOSE_BLOCK "}"
    ARROW "->" SET "=" DRAWN "~" ADD_TO "+=" SUBTRACT_FROM "-="
    MULTIPLY_BY "*=" DIVIDE_BY "/=" COMMA "," SEMICOLON ";" COLON ":"
    PRIME "'" PERCENT "%" BAD "bad"
    NEXT_STMT "next_stmt" NEXT_DECL "next_decl"
    EQUAL "==" NOT_EQUAL "!=" LESS "<" LESS_EQUAL "<=" GREATER ">"
    GREATER_EQUAL ">=" PLUS "+" MINUS "-" STAR "*" SLASH "/" POWER "^" DOT "."

/* Loosest first, as in operator.def. ALONE and ELSE are looser than all: what
   may go on does. Comparisons do not chain; check.c says so. */
%precedence ALONE
%precedence ELSE
%left OR
%left AND
%precedence NOT
%left EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL
%left PLUS MINUS
%left STAR SLASH
%precedence NEGATE
%right POWER
%precedence DOT OPEN OPEN_INDEX

%type <Ident> name setting_name port alias per without
%type <AstExpr *> expr start value
%type <AstExprs> shape sizes
%type <AstArgs> args arg_list settings
%type <AstArg *> arg modifiers setting
%type <AstUse *> use
%type <AstUses> chain
%type <AstTargets> targets target_list
%type <AstTarget> target
%type <AstUnit *> unit unit_option
%type <AstUnitFactor *> factor
%type <AstParams> params params_option param_list
%type <AstParam *> param
%type <AstStmts> stmts states body assignments end_body
%type <AstStmt *> stmt state_one assignment
%type <AstAssignOp> assign_op
%type <AstItems> items
%type <AstItem *> item connect data train
%type <AstDecl *> decl

%%

file
    : %empty
    | file decl                  { ast_file_add(state, $decl); }
    | file IMPORT STRING         { ast_file_import(state, @3, $STRING); }
    | file error NEXT_DECL       { yyerrok; recover_done(state); }
    | file ";"
    ;

/* ---- declarations ------------------------------------------------------ */

decl
    : CONST name unit_option "=" expr
        { $$ = ast_const(state, @$, $name, $unit_option, $expr); }
    | FUNCTION name params "=" expr
        { $$ = ast_decl(state, AST_FUNCTION, @$, $name, $params,
                        ast_stmts_of(state, ast_result(state, $expr))); }
    | FUNCTION name params "{" stmts "}"
        { $$ = ast_decl(state, AST_FUNCTION, @$, $name, $params, $stmts); }
    | NEURON name params_option "{" stmts "}"
        { $$ = ast_decl(state, AST_NEURON, @$, $name, $3, $stmts); }
    | LOSS name params_option "{" stmts "}"
        { $$ = ast_decl(state, AST_LOSS_DECL, @$, $name, $3, $stmts); }
    | OPTIMIZER name params_option "{" stmts "}"
        { $$ = ast_decl(state, AST_OPTIMIZER, @$, $name, $3, $stmts); }
    | ENCODER name params_option "{" stmts "}"
        { $$ = ast_decl(state, AST_ENCODER, @$, $name, $3, $stmts); }
    | INITIALIZER name params_option "=" expr
        { $$ = ast_decl(state, AST_INITIALIZER, @$, $name, $3,
                        ast_stmts_of(state, ast_result(state, $expr))); }
    | INITIALIZER name params_option "{" stmts "}"
        { $$ = ast_decl(state, AST_INITIALIZER, @$, $name, $3, $stmts); }
    | TRANSFORM name params_option "{" stmts "}"
        { $$ = ast_decl(state, AST_TRANSFORM, @$, $name, $3, $stmts); }
    | DATASET name params_option "=" use
        { $$ = ast_dataset(state, @$, $name, $3, $use); }
    | MODEL name "{" items "}"
        { $$ = ast_model(state, @$, $name, $items); }
    ;

/* Every word that no keyword rule can claim where a name may stand. */
name
    : NAME        { $$ = (Ident){$1, @1}; }
    | LOSS        { $$ = (Ident){$1, @1}; }
    | REFRACTORY  { $$ = (Ident){$1, @1}; }
    | BIAS        { $$ = (Ident){$1, @1}; }
    | KEEP        { $$ = (Ident){$1, @1}; }
    | DURATION    { $$ = (Ident){$1, @1}; }
    | INPUT       { $$ = (Ident){$1, @1}; }
    | LAYER       { $$ = (Ident){$1, @1}; }
    | CONNECT     { $$ = (Ident){$1, @1}; }
    | PREDICT     { $$ = (Ident){$1, @1}; }
    | DATA        { $$ = (Ident){$1, @1}; }
    | TRAIN       { $$ = (Ident){$1, @1}; }
    | BATCH       { $$ = (Ident){$1, @1}; }
    | EPOCHS      { $$ = (Ident){$1, @1}; }
    | ENCODED     { $$ = (Ident){$1, @1}; }
    | TRANSFORMED { $$ = (Ident){$1, @1}; }
    | SOLVED      { $$ = (Ident){$1, @1}; }
    | WITHOUT     { $$ = (Ident){$1, @1}; }
    | ARGMIN      { $$ = (Ident){$1, @1}; }
    | ARGMAX      { $$ = (Ident){$1, @1}; }
    ;

/* A '(' that begins a line is a token of its own; only a call minds. */
open: OPEN | OPEN_LINE ;

params_option
    : %empty                     { $$ = (AstParams){0}; }
    | params
    ;

params
    : open ")"                   { $$ = (AstParams){0}; }
    | open param_list ")"        { $$ = $2; }
    ;

param_list
    : param                      { $$ = ast_params_add(state, (AstParams){0},
                                                       $param); }
    | param_list "," param       { $$ = ast_params_add(state, $1, $param); }
    ;

param
    : name unit_option value
        { $$ = ast_param(state, @$, $name, $unit_option, $value); }
    ;

value
    : %empty                     { $$ = NULL; }
    | "=" start                  { $$ = $start; }
    ;

unit_option
    : %empty                     { $$ = NULL; }
    | ":" unit                   { $$ = $unit; }
    ;

unit
    : factor                     { $$ = ast_unit(state, $factor); }
    | unit "*" factor            { $$ = ast_unit_add(state, $1, false, $3); }
    | unit "/" factor            { $$ = ast_unit_add(state, $1, true, $3); }
    ;

factor
    : name                       { $$ = ast_unit_factor(state, $name); }
    | "%"                        { $$ = ast_unit_factor(state,
                                       (Ident){"%", @1}); }
    | NUMBER                     { $$ = ast_unit_one(state, $1); }
    | name "^" NUMBER
        { $$ = ast_unit_power(state, ast_unit_factor(state, $name), false,
                              $NUMBER, NULL); }
    | name "^" "-" NUMBER
        { $$ = ast_unit_power(state, ast_unit_factor(state, $name), true,
                              $NUMBER, NULL); }
    | name "^" open NUMBER "/" NUMBER ")"
        { $$ = ast_unit_power(state, ast_unit_factor(state, $name), false,
                              $4, $6); }
    | name "^" open "-" NUMBER "/" NUMBER ")"
        { $$ = ast_unit_power(state, ast_unit_factor(state, $name), true,
                              $5, $7); }
    ;

/* ---- statements -------------------------------------------------------- */

stmts
    : %empty                     { $$ = (AstStmts){0}; }
    | stmts stmt                 { $$ = ast_stmts_add(state, $1, $stmt); }
    | stmts STATE states         { $$ = ast_stmts_join(state, $1, $states); }
    | stmts ";"                  { $$ = $1; }
    | stmts error NEXT_STMT      { $$ = $1; yyerrok; recover_done(state); }
    ;

states
    : state_one                  { $$ = ast_stmts_of(state, $1); }
    | states "," state_one       { $$ = ast_stmts_add(state, $1, $3); }
    ;

state_one
    : name value                 { $$ = ast_state(state, @$, $name, $value); }
    ;

stmt
    : name "'" "=" start
        { $$ = ast_flow(state, @$, $name, $start); }
    | assignment
    | RECEIVE port params body
        { $$ = ast_receive(state, @$, $port, $params, $body); }
    | SPIKE WHEN expr body
        { $$ = ast_spike(state, @$, $expr, $body); }
    | SPIKE body
        { $$ = ast_spike(state, @$, NULL, $body); }
    | SPIKE AT start
        { $$ = ast_emit(state, @$, $start, NULL); }
    | SPIKE AT start WHEN start
        { $$ = ast_emit(state, @$, $3, $5); }
    | SPIKE start
        { $$ = ast_spike_bare(state, @1); }
    | SPIKE start body
        { $$ = ast_spike_bare(state, @1); }
    | REFRACTORY FOR expr "{" stmts "}" end_body
        { $$ = ast_refractory(state, @$, $expr, $stmts, $end_body); }
    | BIAS AT start
        { $$ = ast_bias(state, @$, $start); }
    | KEEP WHEN start
        { $$ = ast_keep(state, @$, $start); }
    | start
        { $$ = ast_result(state, $start); }
    ;

/* An expression that ends a statement: it goes on as far as it can. */
start: expr                      %prec ALONE ;

assignment
    : name assign_op start
        { $$ = ast_assign(state, @$, $name, $assign_op, @assign_op,
                          $start); }
    ;

assign_op
    : "="                        { $$ = AST_SET; }
    | "+="                       { $$ = AST_ADD_TO; }
    | "-="                       { $$ = AST_SUBTRACT_FROM; }
    | "*="                       { $$ = AST_MULTIPLY_BY; }
    | "/="                       { $$ = AST_DIVIDE_BY; }
    ;

port
    : %empty                     { $$ = NONE; }
    | name
    ;

body
    : "{" stmts "}"              { $$ = $stmts; }
    | ":" assignments            { $$ = $assignments; }
    ;

end_body
    : %empty                     { $$ = (AstStmts){0}; }
    | THEN body                  { $$ = $body; }
    ;

assignments
    : assignment                 { $$ = ast_stmts_of(state, $1); }
    | assignments "," assignment { $$ = ast_stmts_add(state, $1, $3); }
    ;

/* ---- the items of a model ---------------------------------------------- */

items
    : %empty                     { $$ = (AstItems){0}; }
    | items item                 { $$ = ast_items_add(state, $1, $item); }
    | items ";"                  { $$ = $1; }
    | items error NEXT_STMT      { $$ = $1; yyerrok; recover_done(state); }
    ;

item
    : DURATION expr              { $$ = ast_duration(state, @$, $expr); }
    | INPUT name shape           { $$ = ast_input(state, @$, $name, $shape); }
    | INPUT name AT sizes        { $$ = ast_input_at(state, @$, $name,
                                                     $sizes); }
    | LAYER name shape           { $$ = ast_layer(state, @$, $name, $shape,
                                                  NULL); }
    | LAYER name shape ":" use   { $$ = ast_layer(state, @$, $name, $shape,
                                                  $use); }
    | LAYER name shape ":" use SOLVED BY use
        { $$ = ast_layer_solved(ast_layer(state, @$, $name, $shape, $5),
                                $8); }
    | connect
    | connect ":" use without
        { $$ = ast_connect_pattern($1, @$, $use, $without, (AstArgs){0}); }
    | connect ":" use without "{" settings "}"
        { $$ = ast_connect_pattern($1, @$, $use, $without, $settings); }
    | LOSS use                   { $$ = ast_loss(state, @$, $use); }
    | PREDICT ARGMIN expr        { $$ = ast_predict(state, @$, false, $3); }
    | PREDICT ARGMAX expr        { $$ = ast_predict(state, @$, true, $3); }
    | data
    | TRAIN "{" train "}"        { $$ = ast_item_spanned($train, @$); }
    ;

shape
    : %empty                     { $$ = (AstExprs){0}; }
    | "[" sizes "]"              { $$ = $sizes; }
    ;

sizes
    : expr                       { $$ = ast_exprs_add(state, (AstExprs){0},
                                                      $expr); }
    | sizes "," expr             { $$ = ast_exprs_add(state, $1, $expr); }
    ;

connect
    : CONNECT name "->" name alias
        { $$ = ast_item_spanned(
              ast_connect(state, $2, $4, NONE, $alias), @$); }
    | CONNECT name "->" name "." name alias
        { $$ = ast_item_spanned(
              ast_connect(state, $2, $4, $6, $alias), @$); }
    ;

alias
    : %empty                     { $$ = NONE; }
    | AS name                    { $$ = $name; }
    ;

without
    : %empty                     { $$ = NONE; }
    | WITHOUT name               { $$ = $name; }
    ;

settings
    : %empty                     { $$ = (AstArgs){0}; }
    | settings setting           { $$ = ast_args_add(state, $1, $setting); }
    | settings ";"               { $$ = $1; }
    | settings error NEXT_STMT   { $$ = $1; yyerrok; recover_done(state); }
    ;

setting
    : setting_name "=" expr modifiers
        { $$ = ast_arg(state, @$, $1, false, $expr, $modifiers); }
    | setting_name "~" expr modifiers
        { $$ = ast_arg(state, @$, $1, true, $expr, $modifiers); }
    ;

setting_name: name ;

data
    : DATA use                   { $$ = ast_data(state, @$, $use); }
    | DATA use ENCODED BY use
        { $$ = ast_data_encoded(ast_data(state, @$, $2), @$, $5); }
    | data TRANSFORMED BY use
        { $$ = ast_data_transformed(state, $1, @$, $use); }
    ;

train
    : %empty                     { $$ = ast_train(state); }
    | train OPTIMIZER chain targets
        { $$ = ast_train_optimizer(state, $1, @2, $chain, $targets); }
    | train BATCH expr           { $$ = ast_train_batch(state, $1, @2,
                                                        $expr); }
    | train EPOCHS expr          { $$ = ast_train_epochs(state, $1, @2,
                                                         $expr); }
    | train ";"                  { $$ = $1; }
    | train error NEXT_STMT      { $$ = $1; yyerrok; recover_done(state); }
    ;

chain
    : use                        { $$ = ast_uses_add(state, (AstUses){0},
                                                     $use); }
    | chain THEN use             { $$ = ast_uses_add(state, $1, $use); }
    ;

targets
    : %empty                     { $$ = (AstTargets){0}; }
    | FOR target_list            { $$ = $2; }
    ;

target_list
    : target                     { $$ = ast_targets_add(
                                       state, (AstTargets){0}, $target); }
    | target_list "," target     { $$ = ast_targets_add(state, $1, $target); }
    ;

target
    : name                       { $$ = (AstTarget){$1, NONE, @$}; }
    | name "." name              { $$ = (AstTarget){$1, $3, @$}; }
    ;

use
    : name                       { $$ = ast_use(state, @$, $name,
                                                (AstArgs){0}); }
    | name open args ")"         { $$ = ast_use(state, @$, $name, $args); }
    ;

/* ---- arguments --------------------------------------------------------- */

args
    : %empty                     { $$ = (AstArgs){0}; }
    | arg_list
    ;

arg_list
    : arg                        { $$ = ast_args_add(state, (AstArgs){0},
                                                     $arg); }
    | arg_list "," arg           { $$ = ast_args_add(state, $1, $arg); }
    ;

arg
    : expr modifiers
        { $$ = ast_arg(state, @$, NONE, false, $expr, $modifiers); }
    | name "=" expr modifiers
        { $$ = ast_arg(state, @$, $name, false, $expr, $modifiers); }
    | name "~" expr modifiers
        { $$ = ast_arg(state, @$, $name, true, $expr, $modifiers); }
    ;

modifiers
    : %empty                     { $$ = ast_modifiers(state); }
    | modifiers LEARNED
        { $$ = ast_modify(state, $1, MODIFIER_LEARNED, @2); }
    | modifiers FROZEN
        { $$ = ast_modify(state, $1, MODIFIER_FROZEN, @2); }
    | modifiers PER per
        { $$ = ast_per(state, $1, $per, span_join(@2, @3)); }
    | modifiers IN "[" expr "," expr "]"
        { $$ = ast_bound(state, $1, $4, $6, span_join(@2, @7)); }
    ;

per
    : name
    | NEURON                     { $$ = (Ident){$1, @1}; }
    ;

/* ---- expressions ------------------------------------------------------- */

expr
    : NUMBER
    | STRING                     { $$ = ast_string(state, @1, $1); }
    | name                       %prec ALONE
                                 { $$ = ast_name(state, $name); }
    | open expr ")"              { $$ = ast_parens($2, @$); }
    | name OPEN args ")"         { $$ = ast_call(state, @$, $name, $args); }
    | expr "[" expr "]"          { $$ = ast_index(state, @$, $1, $3); }
    | expr "." name              { $$ = ast_member(state, $1, $name); }
    | "-" expr                   %prec NEGATE
        { $$ = ast_unary(state, AST_OP_NEGATE, @1, $2); }
    | NOT expr
        { $$ = ast_unary(state, AST_OP_NOT, @1, $2); }
    | expr OR expr               { $$ = BINARY(OR, @2, $1, $3); }
    | expr AND expr              { $$ = BINARY(AND, @2, $1, $3); }
    | expr "==" expr             { $$ = BINARY(EQUAL, @2, $1, $3); }
    | expr "!=" expr             { $$ = BINARY(NOT_EQUAL, @2, $1, $3); }
    | expr "<" expr              { $$ = BINARY(LESS, @2, $1, $3); }
    | expr "<=" expr             { $$ = BINARY(LESS_EQUAL, @2, $1, $3); }
    | expr ">" expr              { $$ = BINARY(GREATER, @2, $1, $3); }
    | expr ">=" expr             { $$ = BINARY(GREATER_EQUAL, @2, $1, $3); }
    | expr "+" expr              { $$ = BINARY(ADD, @2, $1, $3); }
    | expr "-" expr              { $$ = BINARY(SUBTRACT, @2, $1, $3); }
    | expr "*" expr              { $$ = BINARY(MULTIPLY, @2, $1, $3); }
    | expr "/" expr              { $$ = BINARY(DIVIDE, @2, $1, $3); }
    | expr "^" expr              { $$ = BINARY(POWER, @2, $1, $3); }
    | IF expr THEN expr ELSE expr
        { $$ = ast_if(state, @$, $2, $4, $6); }
    ;

%%

// Called by bison at every syntax error: hands on the names of what could
// have stood here.
static int yyreport_syntax_error(const yypcontext_t *context,
                                 ParseState *state)
{
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *expected[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    for (int i = 0; i < count; i++)
        expected[i] = yysymbol_name(kinds[i]);
    syntax_report(state, expected, count < 0 ? 0 : (size_t)count);
    return 0;
}
