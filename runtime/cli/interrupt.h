// SIGINT and SIGTERM: the first asks to stop after the batch, a second kills.
#ifndef SNN_CLI_INTERRUPT_H
#define SNN_CLI_INTERRUPT_H

#include <stdbool.h>

void interrupt_install(void);
bool interrupt_is_requested(void);

#endif
