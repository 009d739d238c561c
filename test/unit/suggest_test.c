// "did you mean": near names are found, far ones are not.
#include "base/diag.h"

#include "unit.h"

static const char *const names[] = {"tau_mem", "tau_syn", "threshold",
                                    "v",       "i",       "Adam"};

static const char *near(const char *wrong)
{
    return suggest_name(wrong, names, sizeof names / sizeof *names);
}

int main(void)
{
    CHECK_TEXT(near("tau_men"), "tau_mem");
    CHECK_TEXT(near("tua_syn"), "tau_syn");
    CHECK_TEXT(near("treshold"), "threshold");
    CHECK_TEXT(near("threshhold"), "threshold");
    CHECK_TEXT(near("TAU_MEM"), "tau_mem");
    CHECK_TEXT(near("adam"), "Adam");
    CHECK_TEXT(near("V"), "v");
    CHECK_TEXT(near("w"), NULL);
    CHECK_TEXT(near("population"), NULL);
    CHECK_TEXT(near(""), NULL);
    CHECK_TEXT(suggest_name("v", names, 0), NULL);
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_TEXT(near(longest), NULL);
    return unit_report();
}
