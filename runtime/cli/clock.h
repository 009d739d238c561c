// What the program uses of time and memory.
#ifndef SNN_CLI_CLOCK_H
#define SNN_CLI_CLOCK_H

#include <stdint.h>

// Of a clock that only goes forward.
double clock_seconds(void);
// Seconds that the processor spent on this program.
double clock_processor_seconds(void);
// The most memory that it held at a time.
uint64_t clock_peak_bytes(void);

#endif
