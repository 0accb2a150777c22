/* Limits, user and service manager of the process. */
#define _GNU_SOURCE /* setresuid, getpwnam's kin */

#include "app/serve/process.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/cli/cli.h"

void process_limits(void)
{
    struct rlimit files;
    /* A limit of 1 also holds where images go to a program (core(5)). */
    const struct rlimit no_core = {.rlim_cur = 1, .rlim_max = 1};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)umask(077);
}

static bool refuse(const char *user)
{
    cli_error("--user: cannot become %s: %s", user, strerror(errno));
    return false;
}

/* The last folder of the path, made for `pw` where it is not there. */
static void give_folder(const char *folder, const struct passwd *pw)
{
    if (*folder && mkdir(folder, 0700) == 0 && chown(folder, pw->pw_uid, pw->pw_gid) != 0) {
        cli_error("%s: %s", folder, strerror(errno));
    }
}

bool process_drop(const char *user, const char *folder)
{
    if (!user || !*user) {
        if (geteuid() == 0) {
            cli_error(
                "warning: this runs as root; `user` in the configuration (or --user) names another "
                "for it");
        }
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        return true;
    }
    errno = 0;
    const struct passwd *pw = getpwnam(user);
    if (!pw) {
        cli_error("--user: there is no user %s", user);
        return false;
    }
    if (pw->pw_uid == geteuid()) {
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        return true;
    }
    uid_t uid = pw->pw_uid;
    gid_t gid = pw->pw_gid;
    give_folder(folder, pw);
    if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0 || (uid != 0 && setuid(0) == 0) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return refuse(user);
    }
    return true;
}

void process_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(to.sun_path, path, len);
    to.sun_path[0] = path[0] == '@' ? '\0' : path[0];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
        (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, size);
        (void)close(fd);
    }
}

usec_t process_watchdog(void)
{
    const char *text = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    uint64_t n = 0, whom = 0;
    if (!text || !str_u64(str_z(text), &n) || n < 2 || n > (uint64_t)USEC_DAY) {
        return USEC_NONE;
    }
    if (pid && (!str_u64(str_z(pid), &whom) || whom != (uint64_t)getpid())) {
        return USEC_NONE;
    }
    return (usec_t)(n / 2);
}
