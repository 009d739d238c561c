// The one global of the runtime: whether a signal asked to stop.
#include "cli/interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t is_requested;

static void request(int signal_number)
{
    (void)signal_number;
    is_requested = 1;
}

void interrupt_install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = request;
    action.sa_flags = (int)SA_RESETHAND; // the second one kills
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool interrupt_is_requested(void)
{
    return is_requested != 0;
}
