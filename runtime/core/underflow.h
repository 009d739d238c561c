// Numbers below the least normal one cost x86 and others a hundred times what
// arithmetic costs else. Between the two calls they are 0, on this thread.
#ifndef SNN_CORE_UNDERFLOW_H
#define SNN_CORE_UNDERFLOW_H

#include <stdint.h>

#if defined(__x86_64__) && defined(__GNUC__)

enum { UNDERFLOW_FLUSH = 0x8040 }; // MXCSR: results and operands

static inline uint64_t underflow_flush(void)
{
    uint32_t before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | UNDERFLOW_FLUSH);
    return before;
}

static inline void underflow_restore(uint64_t before)
{
    __builtin_ia32_ldmxcsr((uint32_t)before);
}

#elif defined(__aarch64__) && defined(__GNUC__)

enum { UNDERFLOW_FLUSH = 1 << 24 }; // FPCR.FZ

static inline uint64_t underflow_flush(void)
{
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | UNDERFLOW_FLUSH));
    return before;
}

static inline void underflow_restore(uint64_t before)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}

#else

static inline uint64_t underflow_flush(void)
{
    return 0;
}

static inline void underflow_restore(uint64_t before)
{
    (void)before;
}

#endif

#endif
