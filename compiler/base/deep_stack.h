// A call on a stack of its own that is far larger than the usual one: the
// passes walk nested trees recursively, and the depth that they promise to
// bear must not hang on the frame sizes of a compiler or of sanitizers.
#ifndef SNNC_BASE_DEEP_STACK_H
#define SNNC_BASE_DEEP_STACK_H

// Calls function(argument) and waits for it; on the caller's own stack when
// the system grants no other.
void deep_stack_call(void (*function)(void *argument), void *argument);

#endif
