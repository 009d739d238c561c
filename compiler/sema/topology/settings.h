// The settings of a projection: `weight` and `delay`, each with its modifiers.
#ifndef SNNC_SEMA_TOPOLOGY_SETTINGS_H
#define SNNC_SEMA_TOPOLOGY_SETTINGS_H

#include "sema/build.h"

// NULL: not given.
typedef struct Settings {
    const AstArg *weight, *delay;
} Settings;

// False after a report.
bool settings_find(Sema *sema, const AstItem *item, Settings *out_settings);
// Follows `per` behind a setting; *per stays as it is without one. False after
// a report.
bool settings_per(Sema *sema, const AstArg *arg, uint32_t *per);

#endif
