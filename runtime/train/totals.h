// What is counted over samples.
#ifndef SNN_TRAIN_TOTALS_H
#define SNN_TRAIN_TOTALS_H

#include "train/blame.h"

typedef struct Totals {
    double loss;              // sum over samples whose loss is finite
    uint64_t n_samples;
    uint64_t n_correct;
    uint64_t n_spikes;        // of all populations but inputs
    uint64_t n_bad_loss;      // loss or its gradient not finite: left out
    uint64_t n_bad_gradient;  // adjoint not finite: left out of the step
    uint64_t n_steps;         // of numeric solvers, forward
    uint64_t n_grazing;       // spikes whose jump was left out
    uint64_t n_idle;          // first batches whose gradient is 0 everywhere
    uint64_t n_kept;          // elements whose step was not finite: kept
    Blame loss_blame, gradient_blame; // of the first of those left out
} Totals;

void totals_add(Totals *sum, const Totals *more);
// Mean over samples with a finite loss; NaN when there is none.
double totals_mean_loss(const Totals *totals);
double totals_accuracy(const Totals *totals);

#endif
