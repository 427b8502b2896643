/*
 * Unit tests of server/master/completion: an end is reported once, and a failure never as a
 * success.
 */
#include "server/master/completion.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/unit/tap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MEMORY_CAN_END = false }; /* the sanitizer would end the program */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { MEMORY_CAN_END = false };
#else
enum { MEMORY_CAN_END = true };
#endif
#else
enum { MEMORY_CAN_END = true };
#endif

static void test_ends(void)
{
    struct completion completion = {.ended = false};
    const char *why = "";

    ok(!completion_take(&completion, &why), "there is no end before the first");
    completion_set(&completion, "one\ntwo");
    ok(completion_take(&completion, &why), "an end is reported");
    is_text(why, "one\ntwo", "with why nothing has changed");
    ok(!completion_take(&completion, &why), "once");
    completion_set(&completion, "three");
    completion_set(&completion, NULL);
    ok(completion_take(&completion, &why), "the last of two ends is reported");
    is_text(why, NULL, "and that it has succeeded");
    completion_forget(&completion);
}

static void test_no_memory(void)
{
    const size_t size = (size_t)8 << 20;
    struct rlimit before, none = {.rlim_cur = 0};
    struct completion completion = {.ended = false};
    const char *why = NULL;
    char *reason;

    if (!MEMORY_CAN_END)
        return;
    reason = malloc(size);
    if (reason == NULL)
        return;
    memset(reason, 'x', size - 1);
    reason[size - 1] = '\0';
    getrlimit(RLIMIT_AS, &before);
    none.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_AS, &none);
    completion_set(&completion, reason);
    setrlimit(RLIMIT_AS, &before);
    ok(completion_take(&completion, &why) && why != NULL,
       "without memory for the reason it is a failure all the same");
    completion_forget(&completion);
    free(reason);
}

int main(void)
{
    test_ends();
    test_no_memory();
    return tap_end();
}
