// IR building (ir.h).
#include "emit/ir.h"

#include "emit/compat.h"

// ---- functions -------------------------------------------------------------

LLVMValueRef ir_function_begin(Emit *e, const char *name, LLVMTypeRef result,
                               LLVMTypeRef *parameters, unsigned n,
                               bool exported)
{
    LLVMTypeRef type = LLVMFunctionType(result, parameters, n, false);
    e->function = LLVMAddFunction(e->module, name, type);
    LLVMSetLinkage(e->function,
                   exported ? LLVMExternalLinkage : LLVMInternalLinkage);
    compat_add_attribute(e->function, "nounwind");
    // Two blocks: slots collect in the first, code begins in the second.
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(
        e->context, e->function, "entry");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(
        e->context, e->function, "body");
    LLVMPositionBuilderAtEnd(e->b, entry);
    LLVMBuildBr(e->b, body);
    LLVMPositionBuilderAtEnd(e->b, body);
    return e->function;
}

void ir_function_end(Emit *e)
{
    e->function = NULL;
}

LLVMTypeRef ir_function_type(LLVMValueRef function)
{
    return LLVMGlobalGetValueType(function);
}

LLVMValueRef ir_call(Emit *e, LLVMValueRef function, LLVMValueRef *args,
                     unsigned n)
{
    return LLVMBuildCall2(e->b, ir_function_type(function), function, args, n,
                          "");
}

LLVMValueRef ir_external(Emit *e, const char *name, LLVMTypeRef result,
                         LLVMTypeRef *parameters, unsigned n)
{
    LLVMValueRef found = LLVMGetNamedFunction(e->module, name);
    if (found)
        return found;
    LLVMTypeRef type = LLVMFunctionType(result, parameters, n, false);
    return LLVMAddFunction(e->module, name, type);
}

static LLVMBasicBlockRef new_block(Emit *e, const char *name)
{
    return LLVMAppendBasicBlockInContext(e->context, e->function, name);
}

// ---- loops -----------------------------------------------------------------

IrLoop ir_loop_begin(Emit *e, LLVMValueRef from, LLVMValueRef to)
{
    IrLoop loop = {new_block(e, "loop"), NULL, ir_slot(e, e->i64, "i"), NULL};
    LLVMBasicBlockRef body = new_block(e, "body");
    loop.exit = new_block(e, "done");
    ir_store(e, from, loop.slot);
    LLVMBuildBr(e->b, loop.head);
    LLVMPositionBuilderAtEnd(e->b, loop.head);
    loop.index = ir_load(e, e->i64, loop.slot);
    LLVMValueRef more = LLVMBuildICmp(e->b, LLVMIntSLT, loop.index, to, "");
    LLVMBuildCondBr(e->b, more, body, loop.exit);
    LLVMPositionBuilderAtEnd(e->b, body);
    return loop;
}

void ir_loop_end(Emit *e, const IrLoop *loop)
{
    LLVMValueRef next = LLVMBuildNSWAdd(e->b, loop->index, ir_i64(e, 1), "");
    ir_store(e, next, loop->slot);
    LLVMBuildBr(e->b, loop->head);
    LLVMPositionBuilderAtEnd(e->b, loop->exit);
}

IrWhile ir_while_begin(Emit *e)
{
    IrWhile loop = {new_block(e, "while"), new_block(e, "done")};
    LLVMBuildBr(e->b, loop.head);
    LLVMPositionBuilderAtEnd(e->b, loop.head);
    return loop;
}

void ir_while_test(Emit *e, const IrWhile *loop, LLVMValueRef condition)
{
    LLVMBasicBlockRef body = new_block(e, "body");
    LLVMBuildCondBr(e->b, condition, body, loop->exit);
    LLVMPositionBuilderAtEnd(e->b, body);
}

void ir_while_end(Emit *e, const IrWhile *loop)
{
    LLVMBuildBr(e->b, loop->head);
    LLVMPositionBuilderAtEnd(e->b, loop->exit);
}

// ---- branches --------------------------------------------------------------

IrIf ir_if_begin(Emit *e, LLVMValueRef condition)
{
    LLVMBasicBlockRef then = new_block(e, "then");
    IrIf branch = {NULL, new_block(e, "end")};
    LLVMBuildCondBr(e->b, condition, then, branch.end);
    LLVMPositionBuilderAtEnd(e->b, then);
    return branch;
}

IrIf ir_if_rarely(Emit *e, LLVMValueRef condition)
{
    LLVMBasicBlockRef then = new_block(e, "rare");
    IrIf branch = {NULL, new_block(e, "end")};
    LLVMValueRef jump = LLVMBuildCondBr(e->b, condition, then, branch.end);
    LLVMMetadataRef weights[] = {
        LLVMMDStringInContext2(e->context, "branch_weights", 14),
        LLVMValueAsMetadata(ir_i32(e, 1)),
        LLVMValueAsMetadata(ir_i32(e, 16)),
    };
    LLVMMetadataRef node = LLVMMDNodeInContext2(e->context, weights, 3);
    LLVMSetMetadata(jump, LLVMGetMDKindIDInContext(e->context, "prof", 4),
                    LLVMMetadataAsValue(e->context, node));
    LLVMPositionBuilderAtEnd(e->b, then);
    return branch;
}

// The branch jumped to `end` when false: that block becomes the else part.
void ir_else(Emit *e, IrIf *branch)
{
    LLVMBasicBlockRef otherwise = branch->end;
    branch->end = new_block(e, "end");
    LLVMBuildBr(e->b, branch->end);
    LLVMPositionBuilderAtEnd(e->b, otherwise);
}

void ir_if_end(Emit *e, IrIf *branch)
{
    LLVMBuildBr(e->b, branch->end);
    LLVMPositionBuilderAtEnd(e->b, branch->end);
}

void ir_return_if(Emit *e, LLVMValueRef condition, LLVMValueRef value)
{
    LLVMBasicBlockRef leave = new_block(e, "leave");
    LLVMBasicBlockRef stay = new_block(e, "stay");
    LLVMBuildCondBr(e->b, condition, leave, stay);
    LLVMPositionBuilderAtEnd(e->b, leave);
    LLVMBuildRet(e->b, value);
    LLVMPositionBuilderAtEnd(e->b, stay);
}

// ---- values ----------------------------------------------------------------

LLVMValueRef ir_i64(const Emit *e, int64_t value)
{
    return LLVMConstInt(e->i64, (unsigned long long)value, true);
}

LLVMValueRef ir_i32(const Emit *e, int32_t value)
{
    return LLVMConstInt(e->i32, (unsigned long long)(int64_t)value, true);
}

LLVMValueRef ir_slot(Emit *e, LLVMTypeRef type, const char *name)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->b);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(e->function);
    LLVMPositionBuilderBefore(e->b, LLVMGetBasicBlockTerminator(entry));
    LLVMValueRef slot = LLVMBuildAlloca(e->b, type, name);
    LLVMPositionBuilderAtEnd(e->b, here);
    return slot;
}

LLVMValueRef ir_load(Emit *e, LLVMTypeRef type, LLVMValueRef pointer)
{
    return LLVMBuildLoad2(e->b, type, pointer, "");
}

void ir_store(Emit *e, LLVMValueRef value, LLVMValueRef pointer)
{
    LLVMBuildStore(e->b, value, pointer);
}

LLVMValueRef ir_load_loose(Emit *e, LLVMTypeRef type, LLVMValueRef pointer)
{
    LLVMValueRef load = LLVMBuildLoad2(e->b, type, pointer, "");
    LLVMSetAlignment(load, e->real_size);
    return load;
}

void ir_store_loose(Emit *e, LLVMValueRef value, LLVMValueRef pointer)
{
    LLVMSetAlignment(LLVMBuildStore(e->b, value, pointer), e->real_size);
}

void ir_prefetch(Emit *e, LLVMValueRef pointer, bool to_write)
{
    enum { ALL_CACHES = 3, DATA = 1 };
    LLVMValueRef args[] = {pointer, ir_i32(e, to_write),
                           ir_i32(e, ALL_CACHES), ir_i32(e, DATA)};
    compat_intrinsic(e->module, e->b, "llvm.prefetch", &e->pointer, 1, args, 4);
}

LLVMValueRef ir_at(Emit *e, LLVMTypeRef type, LLVMValueRef base,
                   LLVMValueRef index)
{
    return LLVMBuildInBoundsGEP2(e->b, type, base, &index, 1, "");
}

LLVMValueRef ir_byte_offset(Emit *e, LLVMValueRef base, LLVMValueRef bytes)
{
    return ir_at(e, e->i8, base, bytes);
}

LLVMTypeRef ir_vector(const Emit *e, LLVMTypeRef scalar, unsigned lanes)
{
    (void)e;
    return lanes > 1 ? LLVMVectorType(scalar, lanes) : scalar;
}

// ---- the run ---------------------------------------------------------------

static LLVMTypeRef field_type(const Emit *e, RunField field)
{
    const LLVMTypeRef DOUBLES = e->pointer, WORDS = e->pointer,
                      VOIDS = e->pointer, BYTES = e->pointer,
                      INTEGER = e->i64, REAL = e->f64;
    const LLVMTypeRef types[] = {
#define FIELD(kind, name) kind,
#include "snn/abi_layer_run.def"
#undef FIELD
    };
    return types[field];
}

LLVMValueRef ir_run_get(Emit *e, LLVMValueRef run, RunField field)
{
    LLVMValueRef at = ir_at(e, e->i64, run, ir_i64(e, field));
    return ir_load(e, field_type(e, field), at);
}

void ir_run_set(Emit *e, LLVMValueRef run, RunField field, LLVMValueRef value)
{
    ir_store(e, value, ir_at(e, e->i64, run, ir_i64(e, field)));
}

LLVMValueRef ir_lowest_bit(Emit *e, LLVMValueRef bits)
{
    LLVMValueRef args[] = {bits, LLVMConstInt(e->i1, 1, false)};
    return compat_intrinsic(e->module, e->b, "llvm.cttz", &e->i64, 1, args, 2);
}

LLVMValueRef ir_clear_lowest(Emit *e, LLVMValueRef bits)
{
    return LLVMBuildAnd(e->b, bits,
                        LLVMBuildSub(e->b, bits, ir_i64(e, 1), ""), "");
}
