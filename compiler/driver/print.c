// Every form has a text: printing what a pass made, for --emit and
// --print-after.
#include "driver/session.h"
#include "syntax/ast/ast_print.h"

// Imported files come first: the model's own is the last.
static const AstFile *main_file(const Session *session)
{
    const AstFile *file = session->files;
    while (file->next)
        file = file->next;
    return file;
}

static void print_ast(const Session *session, FILE *out)
{
    ast_print(main_file(session), out);
}

static void print_model(const Session *session, FILE *out)
{
    model_print(session->model, out);
}

static void print_equations(const Session *session, FILE *out)
{
    derived_print(session->derived, session->options.latex, out);
}

static void print_events(const Session *session, FILE *out)
{
    plan_print(session->program, out);
}

static void print_ir(const Session *session, FILE *out)
{
    char *text = LLVMPrintModuleToString(session->parts[0].module);
    fputs(text, out);
    LLVMDisposeMessage(text);
}

static void print_nothing(const Session *session, FILE *out)
{
    (void)session;
    (void)out;
}

void session_print(const Session *session, PassId pass, FILE *out)
{
    static void (*const printers[PASS_COUNT])(const Session *, FILE *) = {
#define PASS(id, name, print, summary) print_##print,
#include "driver/pipeline.def"
#undef PASS
    };
    printers[pass](session, out);
}
