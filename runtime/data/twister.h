// MT19937 (Matsumoto and Nishimura 1998), as numpy's RandomState(seed) uses it.
// Only for data sets that others have drawn with it; see core/random.h.
#ifndef SNN_DATA_TWISTER_H
#define SNN_DATA_TWISTER_H

#include <stdint.h>

enum { TWISTER_WORDS = 624 };

typedef struct Twister {
    uint32_t words[TWISTER_WORDS];
    uint32_t next;             // index of the next word; TWISTER_WORDS: none
} Twister;

void twister_seed(Twister *twister, uint32_t seed);
uint32_t twister_next(Twister *twister);
// In [0, 1), 53 bits from two words.
double twister_uniform(Twister *twister);

#endif
