// A trainer at work: module, options, pool, trainer and data. Opening and
// loading end the program with a message when they fail.
#ifndef SNN_CLI_SESSION_H
#define SNN_CLI_SESSION_H

#include "cli/options.h"
#include "snn/reader.h"
#include "train/trainer.h"

typedef struct Session {
    const SnnModule *module;
    const Options *options;
    Pool *pool;
    Trainer trainer;
    SnnDataset dataset;
    Stimuli train, validation, test; // n_samples 0: none
} Session;

// Checks that the module can do what the command needs, makes pool and
// trainer, draws parameters by seed, applies --load and --set.
void session_open(Session *session, const SnnModule *module,
                  const Options *options);
// Where data lies: --data, else ./data, else here.
const char *session_data_directory(const Options *options);
// Reads and encodes the data set.
void session_read_data(Session *session);
void session_close(Session *session);

// The set named by --on, or the test set.
const Stimuli *session_chosen_set(const Session *session,
                                  const char **out_name);

// Ends the program: a kernel failed on a sample of the set `what`.
_Noreturn void session_fail(const Session *session, const RunError *error,
                            const char *what);

// --set NAME=VALUE: value in SI, or with the unit and an SI prefix.
void session_assign(Session *session, const char *assignment);

// Of all layers but inputs.
uint32_t session_count_neurons(const SnnModule *module);
// "f32" or "f64"
const char *session_precision(const SnnModule *module);

#endif
