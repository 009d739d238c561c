// Evaluating a set: fixed chunks of samples, summed in their order.
#include "train/trainer.h"

enum { CHUNK = 32 };

typedef struct Chunk {
    Totals totals;
    RunError error;
} Chunk;

typedef struct EvaluateTask {
    Trainer *trainer;
    const Stimuli *set;
    uint32_t n;
    SampleResult *results;
    Chunk *chunks;
} EvaluateTask;

static bool evaluate_sample(const EvaluateTask *task, Worker *worker,
                            Chunk *chunk, uint32_t sample)
{
    SampleResult result;
    NetworkError *error = &chunk->error.network;
    chunk->error.sample = sample;
    if (!stimulus_fetch(&worker->stimulus, task->set, sample)) {
        *error = (NetworkError){.status = SNN_NO_MEMORY, .neuron = -1};
        return false;
    }
    if (!worker_forward(worker, sample, stimuli_label(task->set, sample),
                        task->trainer->hypers.values, false, &chunk->totals,
                        &result, error))
        return false;
    if (task->results)
        task->results[sample] = result;
    return true;
}

static void evaluate_chunk(void *context, uint32_t item, uint32_t worker)
{
    const EvaluateTask *task = context;
    uint32_t first = item * CHUNK;
    uint32_t end = task->n - first < CHUNK ? task->n : first + CHUNK;
    for (uint32_t i = first; i < end; i++)
        if (!evaluate_sample(task, &task->trainer->workers[worker],
                             &task->chunks[item], i))
            return;
}

static bool collect(const Chunk *chunks, uint32_t n_chunks, Totals *totals,
                    RunError *error)
{
    *totals = (Totals){0};
    for (uint32_t c = 0; c < n_chunks; c++) {
        if (chunks[c].error.network.status != SNN_OK) {
            *error = chunks[c].error;
            return false;
        }
        totals_add(totals, &chunks[c].totals);
    }
    return true;
}

bool trainer_evaluate(Trainer *trainer, const Stimuli *set, uint32_t n,
                      Totals *out_totals, SampleResult *results,
                      RunError *out_error)
{
    uint32_t n_chunks = n / CHUNK + (n % CHUNK != 0);
    Chunk *chunks = memory_array(n_chunks, sizeof *chunks);
    if (!chunks || !trainer_update(trainer)) {
        memory_free(chunks);
        *out_error =
            (RunError){.network = {.status = SNN_NO_MEMORY, .neuron = -1}};
        return false;
    }
    uint64_t step = trainer->progress.step;
    hypers_evaluate(&trainer->hypers, step ? step : 1,
                    trainer->progress.epoch);
    EvaluateTask task = {trainer, set, n, results, chunks};
    pool_run(trainer->pool, evaluate_chunk, &task, n_chunks);
    bool ok = collect(chunks, n_chunks, out_totals, out_error);
    memory_free(chunks);
    return ok;
}
