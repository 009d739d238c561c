// Deep stacks are those of threads (deep_stack.h). Only touched pages count.
#include "base/deep_stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static const size_t STACK_BYTES = (size_t)256 << 20;

typedef struct DeepCall {
    void (*function)(void *argument);
    void *argument;
} DeepCall;

static void *run(void *context)
{
    const DeepCall *call = context;
    call->function(call->argument);
    return NULL;
}

void deep_stack_call(void (*function)(void *argument), void *argument)
{
    DeepCall call = {function, argument};
    pthread_attr_t attributes;
    pthread_t thread;
    bool started = pthread_attr_init(&attributes) == 0;
    if (started) {
        started = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
                  pthread_create(&thread, &attributes, run, &call) == 0;
        pthread_attr_destroy(&attributes);
    }
    if (started)
        pthread_join(thread, NULL);
    else
        run(&call);
}
