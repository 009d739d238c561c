// Sums over samples.
#include "train/totals.h"

#include <math.h>

void totals_add(Totals *sum, const Totals *more)
{
    sum->loss += more->loss;
    if (!sum->n_bad_loss && more->n_bad_loss)
        sum->loss_blame = more->loss_blame;
    if (!sum->n_bad_gradient && more->n_bad_gradient)
        sum->gradient_blame = more->gradient_blame;
    sum->n_samples += more->n_samples;
    sum->n_correct += more->n_correct;
    sum->n_spikes += more->n_spikes;
    sum->n_bad_loss += more->n_bad_loss;
    sum->n_bad_gradient += more->n_bad_gradient;
    sum->n_steps += more->n_steps;
    sum->n_grazing += more->n_grazing;
    sum->n_idle += more->n_idle;
    sum->n_kept += more->n_kept;
}

double totals_mean_loss(const Totals *totals)
{
    uint64_t n = totals->n_samples - totals->n_bad_loss;
    return n ? totals->loss / (double)n : NAN;
}

double totals_accuracy(const Totals *totals)
{
    return totals->n_samples
               ? (double)totals->n_correct / (double)totals->n_samples
               : NAN;
}
