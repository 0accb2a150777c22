/* Files that hold secrets: read whole, and forgotten whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/accounts/inside.h"

/* As ssh looks at its keys: nobody but the owner. Files of another owner (root) may be given to our group. */
static bool open_to_others(const struct stat *st)
{
    mode_t off = st->st_uid == geteuid() ? S_IRWXG | S_IRWXO : S_IRWXO | S_IWGRP;
    return (st->st_mode & off) != 0;
}

static enum err read_all(int fd, char *text, size_t len, size_t *ret_n)
{
    size_t n = 0;
    while (n < len) {
        ssize_t got = read(fd, text + n, len - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ERR_IO;
        }
        if (got == 0) {
            break;
        }
        n += (size_t)got;
    }
    *ret_n = n;
    return ERR_OK;
}

static enum err take(int fd, size_t most, char **ret_text, size_t *ret_len, bool *ret_open,
                     char ret_what[ACCOUNTS_WHAT])
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        (void)snprintf(ret_what, ACCOUNTS_WHAT, "%s", strerror(errno));
        return ERR_IO;
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > most) {
        (void)snprintf(ret_what, ACCOUNTS_WHAT, "it is no file of at most %zu bytes", most);
        return ERR_MALFORMED;
    }
    size_t room = (size_t)st.st_size + 1;
    char *text = malloc(room);
    if (!text) {
        (void)snprintf(ret_what, ACCOUNTS_WHAT, "no memory");
        return ERR_MEMORY;
    }
    if (read_all(fd, text, room - 1, ret_len) != ERR_OK) {
        (void)snprintf(ret_what, ACCOUNTS_WHAT, "%s", strerror(errno));
        secret_free(text, room);
        return ERR_IO;
    }
    text[*ret_len] = 0;
    *ret_text = text;
    *ret_open = open_to_others(&st);
    return ERR_OK;
}

enum err secret_read(const char *path, size_t most, char **ret_text, size_t *ret_len,
                     bool *ret_open, char ret_what[ACCOUNTS_WHAT])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        (void)snprintf(ret_what, ACCOUNTS_WHAT, "%s", strerror(errno));
        return ERR_IO;
    }
    enum err e = take(fd, most, ret_text, ret_len, ret_open, ret_what);
    (void)close(fd);
    return e;
}

void secret_free(char *text, size_t len)
{
    if (text) {
        explicit_bzero(text, len);
    }
    free(text);
}
