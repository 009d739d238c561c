// The syntax tree: what the user wrote, with spans, nothing resolved. Built by
// the parser in one arena; printed as source by ast_print.c; read by sema/.
#ifndef SNNC_SYNTAX_AST_H
#define SNNC_SYNTAX_AST_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/intern.h"
#include "base/source.h"

// ---- names and lists ------------------------------------------------------

typedef struct Ident {
    Name name;
    Span span;
} Ident;

typedef struct AstExpr AstExpr;
typedef struct AstDecl AstDecl;
typedef struct AstStmt AstStmt;

typedef struct AstExprs { AstExpr **items; size_t count, capacity; } AstExprs;
typedef struct AstDecls { AstDecl **items; size_t count, capacity; } AstDecls;
typedef struct AstStmts { AstStmt **items; size_t count, capacity; } AstStmts;

// ---- units ----------------------------------------------------------------

// One factor of a unit: `ms`, `s^-1`, `m^2`, `V^(1/2)`.
typedef struct AstUnitFactor {
    Ident name;
    int numerator, denominator; // exponent; already negated behind a '/'
} AstUnitFactor;

// `mV/ms`, `nA*s`; count == 0 means dimensionless.
typedef struct AstUnit {
    AstUnitFactor *factors;
    size_t count;
    Span span;
} AstUnit;

// ---- expressions ----------------------------------------------------------

typedef enum {
    AST_NUMBER,   // 3.5, 20 ms, 1e-3 mV/ms
    AST_STRING,   // "file"
    AST_NAME,     // v, t_end
    AST_MEMBER,   // out.v
    AST_UNARY,    // -a, not a
    AST_BINARY,   // a + b, a >= b, a or b
    AST_CALL,     // f(a, name = b)
    AST_INDEX,    // t[label]
    AST_IF,       // if c then a else b
    AST_EXPR_ERROR, // poisoned: already reported, keep quiet
} AstExprKind;

typedef enum {
#define OPERATOR(id, text, precedence, associativity) AST_OP_##id,
#include "syntax/operator.def"
#undef OPERATOR
    AST_OP_COUNT
} AstOperator;

typedef struct AstArg {
    Ident name;        // name.name == NULL: positional
    bool random;       // `~` instead of `=`: drawn by an initialiser
    AstExpr *value;
    bool learned;      // `learned`
    bool frozen;       // `frozen`
    Ident per;         // `per neuron`, `per source`; name NULL without
    AstExpr *low, *high; // `in [low, high]`; NULL without
    Span span;
} AstArg;

typedef struct AstArgs { AstArg *items; size_t count, capacity; } AstArgs;

struct AstExpr {
    AstExprKind kind;
    unsigned depth;    // nodes down to the deepest leaf; bounded by the parser
    Span span;         // with the parentheses around it
    union {
        struct { double value; Name text; AstUnit unit; } number; // as written
        struct { const char *text; } string;                      // unescaped
        struct { Name name; } name;
        struct { AstExpr *base; Ident member; } member;
        struct { AstOperator op; Span op_span; AstExpr *operand; } unary;
        struct { AstOperator op; Span op_span; AstExpr *left, *right; } binary;
        struct { Ident callee; AstArgs args; } call;
        struct { AstExpr *base, *index; } index;
        struct { AstExpr *condition, *then, *otherwise; } conditional;
    };
};

// ---- statements of declarations' bodies -----------------------------------

typedef enum {
    AST_STATE,     // state v = 0 mV       (value may be NULL: 0)
    AST_FLOW,      // v' = ...
    AST_ASSIGN,    // v = ..., i += w, parameter -= ...
    AST_RECEIVE,   // receive port(w: mV) { ... }
    AST_SPIKE,     // spike when v >= threshold { ... }
    AST_REFRACTORY, // refractory for tau_ref { v' = 0 } then { ... }
    AST_EMIT,      // spike at EXPR [when EXPR]      (encoders)
    AST_BIAS,      // bias at EXPR                   (encoders)
    AST_KEEP,      // keep when EXPR                 (transforms)
    AST_RESULT,    // a bare expression: the value of a loss or function body
} AstStmtKind;

typedef enum { AST_SET, AST_ADD_TO, AST_SUBTRACT_FROM, AST_MULTIPLY_BY,
               AST_DIVIDE_BY } AstAssignOp;

// A parameter of a declaration: `tau = 20 ms`, `w : mV`, `x`.
typedef struct AstParam {
    Ident name;
    bool has_unit;
    AstUnit unit;      // `: unit`
    AstExpr *value;    // default or NULL
    Span span;
} AstParam;

typedef struct AstParams { AstParam *items; size_t count, capacity; } AstParams;

struct AstStmt {
    AstStmtKind kind;
    Span span;
    union {
        struct { Ident name; AstExpr *value; } state;
        struct { Ident name; AstExpr *value; } flow;
        struct {
            Ident name;
            AstAssignOp op;
            Span op_span;
            AstExpr *value;
        } assign;
        struct {
            Ident port;             // name NULL: the default
            AstParams params;
            AstStmts body;
        } receive;
        struct { AstExpr *condition; AstStmts body; } spike;
        struct { AstExpr *time; AstStmts body, end; } refractory;
        struct { AstExpr *time, *condition; } emit;   // condition may be NULL
        struct { AstExpr *time; } bias;
        struct { AstExpr *condition; } keep;
        struct { AstExpr *value; } result;
    };
};

// ---- the model's body -----------------------------------------------------

typedef enum {
    AST_DURATION,  // duration 60 ms
    AST_INPUT,     // input x[5], input x[1, 28, 28], input x at 1 ms, 2 ms
    AST_LAYER,     // layer hidden[200] : lif(tau_mem = 10 ms learned)
    AST_CONNECT,   // connect x -> hidden.port as w : dense { weight ~ ... }
    AST_LOSS,      // loss name(out, label, alpha = 1e-3)
    AST_PREDICT,   // predict argmin EXPR
    AST_DATA,      // data name(args) encoded by e(args) transformed by t(args)
    AST_TRAIN,     // train { optimizer adam(...) batch 32 epochs 100 }
} AstItemKind;

// The use of a declared thing with arguments: `lif(tau_mem = 10 ms)`.
typedef struct AstUse {
    Ident name;
    AstArgs args;
    Span span;
} AstUse;

typedef struct AstUses { AstUse *items; size_t count, capacity; } AstUses;

// What an optimizer is for: a layer or projection, or one of its parameters.
typedef struct AstTarget {
    Ident owner, member; // member.name NULL: all of the owner's
    Span span;
} AstTarget;

typedef struct AstTargets {
    AstTarget *items;
    size_t count, capacity;
} AstTargets;

// optimizer clip(1) then adam(rate = 1e-3) for hidden.tau_mem
typedef struct AstRule {
    AstUses chain;
    AstTargets targets; // none: everything that no other rule names
    Span span;
} AstRule;

typedef struct AstRules { AstRule *items; size_t count, capacity; } AstRules;

typedef struct AstItem {
    AstItemKind kind;
    Span span;
    union {
        struct { AstExpr *value; } duration;
        // Of an input's shape and times at most one is not empty.
        struct { Ident name; AstExprs shape, times; } input;
        struct {
            Ident name;
            AstExprs shape;
            AstUse neuron;
            AstUse solver;            // name.name NULL without
        } layer;
        struct {
            Ident source, target, port, name; // port, name: .name NULL without
            AstUse pattern;                   // `conv2d(kernel = 5)`
            Ident without;                    // `without self`, likewise
            AstArgs settings;                 // weight ~ normal(1.5, 0.78)
        } connect;
        struct { AstUse use; } loss;
        struct { bool maximum; AstExpr *value; } predict;
        struct {
            AstUse source;
            AstUse encoder;         // name.name NULL without
            AstUses transforms;
        } data;
        struct {
            AstRules rules;
            AstExpr *batch, *epochs; // NULL without
        } train;
    };
} AstItem;

typedef struct AstItems { AstItem **items; size_t count, capacity; } AstItems;

// ---- declarations ---------------------------------------------------------

typedef enum {
    AST_CONST, AST_FUNCTION, AST_NEURON, AST_LOSS_DECL, AST_OPTIMIZER,
    AST_ENCODER, AST_INITIALIZER, AST_TRANSFORM, AST_DATASET, AST_MODEL,
} AstDeclKind;

struct AstDecl {
    AstDeclKind kind;
    Ident name;
    Span span;
    const char *doc;    // the // comment lines just above, or NULL
    AstParams params;   // all but const and model
    AstStmts body;      // neuron, loss, optimizer, encoder, initializer,
                        // transform, function (assignments, then a result)
    AstExpr *value;     // const
    bool has_unit;      // const NAME : unit = ...
    AstUnit unit;
    AstUse reader;      // dataset NAME(params) = reader(args)
    AstItems items;     // model
};

typedef struct AstImport {
    const char *path;   // as written, without quotes
    Span span;
} AstImport;

// One file.
typedef struct AstFile {
    const Source *source;
    AstImport *imports;
    size_t n_imports, imports_capacity;
    AstDecls decls;
    struct AstFile *next; // in order of loading: imported before importing
} AstFile;

#endif
