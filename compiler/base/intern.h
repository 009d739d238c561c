// Interner: equal names become equal pointers, so that names compare by `==`.
#ifndef SNNC_BASE_INTERN_H
#define SNNC_BASE_INTERN_H

#include <stddef.h>

typedef struct Interner Interner;
typedef const char *Name; // interned, NUL-terminated

Interner *interner_new(void);
void interner_free(Interner *interner);
Name intern(Interner *interner, const char *text);
Name intern_n(Interner *interner, const char *text, size_t length);

#endif
