// Seconds of a clock that only goes forward.
#ifndef SNN_CLI_CLOCK_H
#define SNN_CLI_CLOCK_H

double clock_seconds(void);
// Seconds that the processor spent on this program.
double clock_processor_seconds(void);

#endif
