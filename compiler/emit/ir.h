// IR building: the emitter's state, and small words for what the C API says at
// length. Local variables are stack slots in the entry block; LLVM's SROA turns
// them into registers, so no phi is written by hand.
#ifndef SNNC_EMIT_IR_H
#define SNNC_EMIT_IR_H

#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stdint.h>
#include "emit/target.h"
#include "emit/vmath/vmath.h"
#include "events/plan.h"

typedef struct Emit {
    Arena *arena;
    const EventProgram *program;
    const Model *model;
    const EmitTarget *target;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;
    VMath *vmath;
    LLVMValueRef function;      // being built
    LLVMTypeRef real, f32, f64, i1, i8, i32, i64, pointer, none;
    unsigned real_size;
} Emit;

// The fields of SnnLayerRun (snn/abi_layer_run.def).
typedef enum {
#define FIELD(kind, name) RUN_##name,
#include "snn/abi_layer_run.def"
#undef FIELD
    RUN_FIELD_COUNT
} RunField;

// ---- functions and control flow --------------------------------------------

// Starts a function with an entry block; parameters by LLVMGetParam.
LLVMValueRef ir_function_begin(Emit *e, const char *name, LLVMTypeRef result,
                               LLVMTypeRef *parameters, unsigned n,
                               bool exported);
void ir_function_end(Emit *e);
LLVMTypeRef ir_function_type(LLVMValueRef function);
LLVMValueRef ir_call(Emit *e, LLVMValueRef function, LLVMValueRef *args,
                     unsigned n);
// A runtime function, declared at its first use.
LLVMValueRef ir_external(Emit *e, const char *name, LLVMTypeRef result,
                         LLVMTypeRef *parameters, unsigned n);

// for (i = from; i < to; i++): `index` holds i as i64.
typedef struct IrLoop {
    LLVMBasicBlockRef head, exit;
    LLVMValueRef slot, index;
} IrLoop;
IrLoop ir_loop_begin(Emit *e, LLVMValueRef from, LLVMValueRef to);
void ir_loop_end(Emit *e, const IrLoop *loop);

// while (...): ir_while_begin; compute the condition; ir_while_test; body;
// ir_while_end.
typedef struct IrWhile {
    LLVMBasicBlockRef head, exit;
} IrWhile;
IrWhile ir_while_begin(Emit *e);
void ir_while_test(Emit *e, const IrWhile *loop, LLVMValueRef condition);
void ir_while_end(Emit *e, const IrWhile *loop);

typedef struct IrIf {
    LLVMBasicBlockRef otherwise, end;
} IrIf;
IrIf ir_if_begin(Emit *e, LLVMValueRef condition);
// Like ir_if_begin for a condition that is nearly always false.
IrIf ir_if_rarely(Emit *e, LLVMValueRef condition);
void ir_else(Emit *e, IrIf *branch);
void ir_if_end(Emit *e, IrIf *branch);
// if (condition) return value;
void ir_return_if(Emit *e, LLVMValueRef condition, LLVMValueRef value);

// ---- values ----------------------------------------------------------------

LLVMValueRef ir_i64(const Emit *e, int64_t value);
LLVMValueRef ir_i32(const Emit *e, int32_t value);
LLVMValueRef ir_slot(Emit *e, LLVMTypeRef type, const char *name);
LLVMValueRef ir_load(Emit *e, LLVMTypeRef type, LLVMValueRef pointer);
void ir_store(Emit *e, LLVMValueRef value, LLVMValueRef pointer);
// Loads and stores of any type at the alignment of one real.
LLVMValueRef ir_load_loose(Emit *e, LLVMTypeRef type, LLVMValueRef pointer);
void ir_store_loose(Emit *e, LLVMValueRef value, LLVMValueRef pointer);
// Asks for a cache line ahead of its use.
void ir_prefetch(Emit *e, LLVMValueRef pointer, bool to_write);
// &((type *)base)[index]
LLVMValueRef ir_at(Emit *e, LLVMTypeRef type, LLVMValueRef base,
                   LLVMValueRef index);
LLVMValueRef ir_byte_offset(Emit *e, LLVMValueRef base, LLVMValueRef bytes);
LLVMTypeRef ir_vector(const Emit *e, LLVMTypeRef scalar, unsigned lanes);
// A field of the run: its value (of its kind's type), or a new value for it.
LLVMValueRef ir_run_get(Emit *e, LLVMValueRef run, RunField field);
void ir_run_set(Emit *e, LLVMValueRef run, RunField field, LLVMValueRef value);
// Of a word (i64) that is not 0: the number of its lowest bit; the word without
// it.
LLVMValueRef ir_lowest_bit(Emit *e, LLVMValueRef bits);
LLVMValueRef ir_clear_lowest(Emit *e, LLVMValueRef bits);

#endif
