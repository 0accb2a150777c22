/* Writing the file anew, beside the old one, and putting it in its place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "io/wal/inside.h"

enum {
    GROWN_BYTES = 1024 * 1024,
    GROWN_TIMES = 4,
    PIECE = 256 * 1024, /* bytes that gather before they are written */
};
static const usec_t retry_after = 60 * USEC_S;

bool wal_wants_anew(const struct wal *w)
{
    bool grown = w->file.size > GROWN_BYTES && w->file.size > GROWN_TIMES * w->size_new;
    return w->anew == ANEW_NONE && !w->folder_changed && (grown || w->missing) &&
           w->now >= w->retry;
}

bool wal_anew_under_way(const struct wal *w)
{
    return w->anew == ANEW_COLLECTS || w->anew == ANEW_SYNCS || w->folder_changed;
}

void anew_give_up(struct wal *w)
{
    if (w->anew == ANEW_COLLECTS || w->anew == ANEW_SYNCS) {
        int error = errno;
        gathered_close(&w->fresh);
        (void)unlink(w->path_new);
        w->retry = w->now + retry_after;
        /* Whoever collects is told. */
        w->anew = w->anew == ANEW_COLLECTS ? ANEW_FAILED : ANEW_NONE;
        errno = error;
    }
}

enum err wal_anew_begin(struct wal *w)
{
    if (w->anew != ANEW_NONE || w->folder_changed) {
        return ERR_USAGE;
    }
    int fd = open(w->path_new, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    w->fresh = (struct gathered){.fd = fd};
    w->asked = false;
    w->anew = ANEW_COLLECTS;
    /* Locked before it can be found at the name of the old one. */
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        anew_give_up(w);
        w->anew = ANEW_NONE;
        return ERR_IO;
    }
    return ERR_OK;
}

enum err wal_anew_add(struct wal *w, struct str records)
{
    if (w->anew != ANEW_COLLECTS) {
        return w->anew == ANEW_FAILED ? ERR_IO : ERR_USAGE;
    }
    bool added = gathered_add(&w->fresh, records);
    if (!added) {
        errno = ENOMEM;
    }
    if (!added || (w->fresh.buf.len >= PIECE && gathered_write(&w->fresh) != ERR_OK)) {
        anew_give_up(w);
        return ERR_IO;
    }
    return ERR_OK;
}

enum err wal_anew_done(struct wal *w)
{
    if (w->anew == ANEW_FAILED) {
        w->anew = ANEW_NONE;
        return ERR_IO;
    }
    if (w->anew != ANEW_COLLECTS) {
        return ERR_USAGE;
    }
    if (gathered_write(&w->fresh) != ERR_OK) {
        anew_give_up(w);
        w->anew = ANEW_NONE;
        return ERR_IO;
    }
    w->anew = ANEW_SYNCS;
    return ERR_OK;
}

/* The new file has all that the old one has, and what that one lost. */
static void take_its_place(struct wal *w)
{
    if (rename(w->path_new, w->path) != 0) {
        anew_give_up(w);
        return;
    }
    gathered_close(&w->file);
    w->file = w->fresh;
    w->fresh = (struct gathered){.fd = -1};
    w->size_new = w->file.size;
    w->missing = false;
    w->written = true;
    w->anew = ANEW_NONE;
    w->folder_changed = true;
    w->asked = false;
}

void anew_step(struct wal *w)
{
    int error = 0;
    enum job job = helper_done(&w->helper, &error);
    if (job == JOB_DATA && error) {
        /* What the kernel could not write it may have dropped. */
        w->missing = true;
    } else if (job == JOB_FOLDER) {
        w->folder_changed = false;
    } else if (job == JOB_ANEW && w->anew == ANEW_SYNCS && w->asked) {
        if (error) {
            anew_give_up(w);
        } else {
            take_its_place(w);
        }
    }
    if (w->anew == ANEW_SYNCS && !w->asked) {
        w->asked = helper_ask(&w->helper, JOB_ANEW, w->fresh.fd);
    } else if (w->folder_changed && !w->asked) {
        w->asked = helper_ask(&w->helper, JOB_FOLDER, w->folder);
    }
}
