// What training shows: a line that is rewritten on a terminal, and one plain
// line per epoch.
#ifndef SNN_CLI_PROGRESS_H
#define SNN_CLI_PROGRESS_H

#include <stdbool.h>
#include "train/totals.h"

typedef struct ProgressView {
    const SnnModule *module;
    bool is_live;             // stderr is a terminal
    bool is_quiet;
    bool has_prediction;      // else accuracy means nothing
    uint32_t n_neurons;       // of all layers but inputs
    uint64_t n_epochs;        // in all
    uint64_t epochs_before;   // done before this run
    double started;           // s, clock_seconds
    double drawn;             // when the live line was last drawn
} ProgressView;

// What is known when an epoch is done; n_samples 0: there is no such set.
typedef struct EpochResult {
    uint64_t epoch;           // 1, 2, ...
    uint64_t step;
    Totals train, validation, test;
    double train_seconds;     // of training in this run
    uint64_t n_run;           // samples trained in these seconds
} EpochResult;

// `fraction` of the epoch under way is done; drawn ten times a second.
void progress_update(ProgressView *view, uint64_t epoch, double fraction,
                     const Totals *totals, double samples_per_second);
void progress_clear(ProgressView *view);
void progress_print_epoch(ProgressView *view, const EpochResult *result);
// Warns of samples left out, and why.
void progress_warn(ProgressView *view, const EpochResult *result);

#endif
