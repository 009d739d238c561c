// Functions that are compiled for several widths of vectors, the machine's best
// chosen when the program starts. Only for integers and comparisons: the bits
// of a result must not depend on the machine.
#ifndef SNN_CORE_CLONES_H
#define SNN_CORE_CLONES_H

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && \
    !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VECTOR_CLONES \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", \
                                 "default")))
#else
#define VECTOR_CLONES
#endif

#endif
