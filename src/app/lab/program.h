/* Programs that the lab starts: servers that are waited for until they say that they are ready, commands that are waited for until they end. */
#ifndef APP_LAB_PROGRAM_H
#define APP_LAB_PROGRAM_H

#include "base/sink.h"
#include "base/time.h"
#include "io/space/space.h"

enum { PROGRAM_NAME = 32, PROGRAM_PATH = 256, PROGRAM_WORDS = 96, PROGRAM_TEXT = 8192 };

/* A command line: words in a room of their own, ended by NULL. */
struct words {
    const char *argv[PROGRAM_WORDS + 1];
    size_t n;
    char text[PROGRAM_TEXT];
    size_t len;
    bool full; /* it did not fit: nothing may be started with it */
};
void words_add(struct words *w, struct str word);
void words_addz(struct words *w, const char *word);
/* Each word of `line`, at blanks. */
void words_split(struct words *w, const char *line);

struct server {
    char name[PROGRAM_NAME];
    pid_t pid;              /* 0: it does not run */
    char log[PROGRAM_PATH]; /* what it says */
};

/* Starts it and waits until its log holds `ready` (NULL: does not wait), ten seconds at most. False after telling, with the last lines of its log. */
bool server_start(struct server *s, const struct space *space, const char *host, const char *name,
                  const struct words *w, const char *ready);
/* Until a file that it writes holds `text`, it ends, or `wait` is over. */
bool server_awaits(const struct server *s, const char *path, const char *text, usec_t wait);
/* Its exit code, when it ends within `wait`; -1: it did not, and was ended. */
int server_wait(struct server *s, usec_t wait);
/* SIGTERM, and SIGKILL two seconds later; waited for. */
void server_stop(struct server *s);
/* The same, with another signal first. */
void server_end(struct server *s, int signum);
/* Whether it still runs. */
bool server_runs(struct server *s);

/* Runs a command to its end; what it writes goes to `ret_out` (NULL: nowhere; text is appended), its messages to the file `err` (NULL: nowhere).
 * The exit code; -1: it could not be started, or did not end within `wait`. */
int program_run(const struct space *space, const char *host, const struct words *w, const char *err,
                usec_t wait, struct buf *ret_out);

/* A file's bytes; at most 64 MiB. False: errno. */
bool file_read(const char *path, struct buf *ret);
/* Readable by its owner only. False: errno. */
bool file_write(const char *path, struct str text);
/* Microseconds of a clock that only goes forward. */
usec_t steady_now(void);

#endif
