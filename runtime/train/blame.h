// What made a sample's gradient not finite, as far back as it can be told.
#ifndef SNN_TRAIN_BLAME_H
#define SNN_TRAIN_BLAME_H

#include "event/network.h"
#include "train/gradients.h"

typedef enum {
    BLAME_UNKNOWN,     // of an epoch that was resumed
    BLAME_LOSS,        // the loss itself
    BLAME_OBSERVABLE,  // its derivative by what is observed of a neuron
    BLAME_SPIKE,       // the adjoint at a spike
    BLAME_PARAMETER,   // an element of a parameter's gradient
    BLAME_SUM,         // all is finite but the sum over samples
} BlameKind;

typedef struct Blame {
    BlameKind kind;
    uint32_t sample;   // in its set
    uint32_t layer, neuron;      // OBSERVABLE, SPIKE
    double time;                 // SPIKE: s
    uint32_t parameter;          // PARAMETER
    uint64_t element;            // row by row
} Blame;

// After a forward pass whose loss, or its gradient, is not finite.
void blame_loss(Blame *blame, const Network *network, uint32_t sample,
                double loss);
// After the sample's own backward pass: the last spike in time, of the layers
// nearest to the loss, whose dL/dt is not finite; else what is not finite in
// `gradients`, which hold this sample alone.
void blame_adjoint(Blame *blame, const Network *network,
                   const Gradients *gradients, uint32_t sample);
// "sample 3: ..." without a full stop.
void blame_format(const Blame *blame, const SnnModule *module, char *out,
                  size_t size);

#endif
