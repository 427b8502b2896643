/*
 * Unit tests of server/as_pool: a child that a signal stops or ends has not found that all is well.
 */
#include "server/as_pool.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static int sent;

static const char *send_signal(const struct pool_config *pool, const char **key,
                               char text[PROGRAM_CHECK_SIZE])
{
    (void)pool;
    (void)text;
    *key = "command";
    if (sent != 0)
        kill(getpid(), sent);
    return NULL;
}

/* Let this process signal those of other users, or not. Returns whether that was possible. */
static bool set_reach(bool is_far)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (syscall(SYS_capget, &head, sets) < 0)
        return false;
    sets[CAP_TO_INDEX(CAP_KILL)].effective &= ~CAP_TO_MASK(CAP_KILL);
    if (is_far)
        sets[CAP_TO_INDEX(CAP_KILL)].effective |= CAP_TO_MASK(CAP_KILL);
    return syscall(SYS_capset, &head, sets) == 0;
}

int main(void)
{
    static gid_t groups[] = {65534};
    static char user[] = "nobody", group[] = "nogroup";
    const struct pool_config pool = {.has_identity = geteuid() == 0,
                                     .chroot = geteuid() == 0 ? NULL : "/none-such",
                                     .user = user,
                                     .group = group,
                                     .uid = 65534,
                                     .gid = 65534,
                                     .groups = groups,
                                     .group_count = 1,
                                     .umask = NUMBER_UNLIMITED};
    char text[PROGRAM_CHECK_SIZE] = "";
    const char *key = "";
    pid_t pid;

    if (geteuid() != 0) {
        ok(as_pool(&pool, send_signal, &key, text, NULL) != NULL,
           "no root, no other root directory");
        return tap_end();
    }
    ok(as_pool(&pool, send_signal, &key, text, NULL) == NULL, "nothing is wrong");
    sent = SIGKILL;
    ok(as_pool(&pool, send_signal, &key, text, NULL) != NULL, "a child that is killed is an error");
    is_text(text, "could not be checked: killed by SIGKILL (as user nobody)", "which says so");
    is_text(key, "command", "of the key that it was at");
    sent = SIGSTOP;
    text[0] = '\0';
    ok(as_pool(&pool, send_signal, &key, text, NULL) != NULL, "one that is stopped is killed");
    is_text(text, "could not be checked: killed by SIGKILL (as user nobody)", "and is an error");
    ok(set_reach(false), "without CAP_KILL");
    ok(as_pool(&pool, send_signal, &key, text, NULL) != NULL, "one that is stopped is left");
    ok(strstr(text, "cannot signal processes of user nobody (65534)") == text, "and is an error");
    is_text(key, "user", "of its user");
    pid = waitpid(-1, NULL, WUNTRACED);
    ok(pid > 0 && set_reach(true) && kill(pid, SIGKILL) == 0, "nor is it waited for");
    return tap_end();
}
