// Interner: equal text gives equal pointers, also after the table has grown.
#include "base/intern.h"

#include "unit.h"

static void test_equal(Interner *interner)
{
    char text[] = "tau_mem";
    Name name = intern(interner, text);
    text[0] = 'x';
    CHECK_TEXT(name, "tau_mem");
    CHECK(intern(interner, "tau_mem") == name);
    CHECK(intern_n(interner, "tau_mem_and_more", 7) == name);
    CHECK(intern(interner, "tau_syn") != name);
    CHECK(intern(interner, "") == intern_n(interner, "x", 0));
}

static void test_many(Interner *interner)
{
    enum { N = 5000 };
    static Name names[N];
    char text[32];
    for (int i = 0; i < N; i++) {
        snprintf(text, sizeof text, "name%d", i);
        names[i] = intern(interner, text);
    }
    for (int i = 0; i < N; i++) {
        snprintf(text, sizeof text, "name%d", i);
        CHECK(intern(interner, text) == names[i]);
        CHECK_TEXT(names[i], text);
    }
}

int main(void)
{
    Interner *interner = interner_new();
    Interner *other = interner_new();
    test_equal(interner);
    test_many(interner);
    CHECK(intern(other, "v") != intern(interner, "v"));
    interner_free(interner);
    interner_free(other);
    return unit_report();
}
