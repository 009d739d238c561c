// Running a slot. The gradients are checked once, at its end; only when they
// are not finite do the samples run again one by one to find the culprits.
#include "train/slot.h"

#include <string.h>

enum { BIG_GRADIENTS = 512 << 10, FEW = 4 };
enum { SAMPLES_OF_BIG = 3, SAMPLES_OF_SMALL = 8 };

// The optimiser reads every slot's gradients, those of other workers from their
// caches, which hold only so much: few slots, each of several samples.
static uint32_t most_slots(uint32_t batch_size, size_t gradient_bytes)
{
    uint32_t several = (batch_size + SAMPLES_OF_BIG - 1) / SAMPLES_OF_BIG;
    if (gradient_bytes > BIG_GRADIENTS)
        return several < FEW ? several : FEW;
    several = batch_size / SAMPLES_OF_SMALL;
    if (several < FEW)
        return FEW;
    return several < SLOTS_MAX ? several : SLOTS_MAX;
}

uint32_t slot_count(uint32_t batch_size, size_t gradient_bytes)
{
    uint32_t most = most_slots(batch_size, gradient_bytes);
    return batch_size < most ? batch_size : most;
}

void slot_free(Slot *slot)
{
    if (slot->gradients.module)
        gradients_free(&slot->gradients);
    silence_free(&slot->silence);
    buffer_free(&slot->is_bad);
}

static bool fetch(Worker *worker, const SlotWork *work, uint32_t sample)
{
    StimulusDraw draw = {work->seed, work->epoch, sample};
    return stimulus_fetch(&worker->stimulus, work->stimuli, sample) &&
           (!work->is_training ||
            stimulus_transform(&worker->stimulus, work->stimuli->module, draw,
                               work->hypers));
}

static bool run_sample(Slot *slot, Worker *worker, const SlotWork *work,
                       uint32_t sample, Totals *totals)
{
    NetworkError *error = &slot->error.network;
    SampleResult result;
    slot->error.sample = sample;
    if (!fetch(worker, work, sample)) {
        *error = (NetworkError){.status = SNN_NO_MEMORY, .neuron = -1};
        return false;
    }
    if (!worker_forward(worker, sample, stimuli_label(work->stimuli, sample),
                        work->hypers, true, totals, &result, error))
        return false;
    if (!result.is_finite)
        return true;
    if (!worker_backward(worker, &slot->gradients, work->hypers, error))
        return false;
    totals->n_grazing += network_stats(&worker->network).n_grazing;
    return true;
}

static bool run_all(Slot *slot, Worker *worker, const SlotWork *work,
                    const uint8_t *skip, Totals *totals)
{
    for (uint32_t i = 0; i < work->n; i++) {
        if (skip && skip[i])
            continue;
        if (!run_sample(slot, worker, work, work->samples[i], totals))
            return false;
        if (!skip && slot->silence.module)
            silence_count(&slot->silence, &worker->network);
    }
    return true;
}

// Marks the samples whose own gradient is not finite.
static bool find_bad(Slot *slot, Worker *worker, const SlotWork *work)
{
    if (!buffer_reserve(&slot->is_bad, work->n)) {
        slot->error.network = (NetworkError){.status = SNN_NO_MEMORY};
        return false;
    }
    uint8_t *is_bad = slot->is_bad.data;
    for (uint32_t i = 0; i < work->n; i++) {
        Totals ignored = {0};
        gradients_clear(&slot->gradients);
        if (!run_sample(slot, worker, work, work->samples[i], &ignored))
            return false;
        is_bad[i] = !gradients_are_finite(&slot->gradients);
        if (is_bad[i] && slot->totals.n_bad_gradient++ == 0)
            blame_adjoint(&slot->totals.gradient_blame, &worker->network,
                          &slot->gradients, work->samples[i]);
    }
    return true;
}

static void run_carefully(Slot *slot, Worker *worker, const SlotWork *work)
{
    Totals ignored = {0};
    if (!find_bad(slot, worker, work))
        return;
    gradients_clear(&slot->gradients);
    if (!run_all(slot, worker, work, slot->is_bad.data, &ignored))
        return;
    if (gradients_are_finite(&slot->gradients))
        return;
    // Each is finite, their sum is not: leave all of it out.
    gradients_clear(&slot->gradients);
    slot->totals.n_bad_gradient = work->n;
    slot->totals.gradient_blame = (Blame){
        .kind = BLAME_SUM, .sample = work->samples[0]};
}

void slot_run(Slot *slot, Worker *worker, const SlotWork *work)
{
    slot->totals = (Totals){0};
    if (slot->silence.module)
        silence_clear(&slot->silence);
    slot->error = (RunError){.network = {.status = SNN_OK}};
    if (!run_all(slot, worker, work, NULL, &slot->totals))
        return;
    gradients_widen(&slot->gradients);
    if (!gradients_are_finite(&slot->gradients))
        run_carefully(slot, worker, work);
}
