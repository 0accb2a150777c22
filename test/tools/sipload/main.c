/* A load of phones that register, over UDP, TCP or TLS: REGISTER, 401, REGISTER with credentials, 200.
 *
 *     sipload to=ADDRESS:PORT [via=udp|tcp|tls] [OPTION=VALUE...]
 *     sipload list users=N realm=REALM      prints "user secret HA1" of each phone
 *
 * How much:    rate=N (registrations a second, begun when they are due whatever was answered; 0: flight=N at a time, each begun when
 *              another ends), count=N or time=SECONDS behind warm=SECONDS that are not counted, give_up=SECONDS (32)
 * Who:         users=N, first=N, domain=NAME (example.com), expires=SECONDS (3600; 0 unregisters)
 * From where:  lines=N UDP sockets or connections, threads=N, sources=N addresses from 127.0.0.2 on, each=1 (a new connection for
 *              each registration), silent=1 (connections only), hold=1 (keeps all open until standard input ends)
 * TLS:         tls=1.2|1.3, resume=1, ca=FILE, cert=FILE, key=FILE
 * Mischief:    wrong=PERCENT (of the responses), broken=PERCENT (messages with damaged bytes), seed=N
 * For others:  acked=FILE (a line "user granted time" for each 200), watch=PID,PID (whose CPU is counted)
 *              fetch=FILE (a file of acked=, of the same via=: asks what those users are bound to, and compares)
 *
 * All numbers are those of the whole load: threads share them. Prints one line of JSON (figures.c): registrations begun, done,
 * refused, lost; retransmissions (again); CPU of this process in cores (own_cpu) and of those watched, each also in microseconds for a
 * registration that was counted; how late requests left (late_us: the load was its own limit where this grows). Exit code: 1 when
 * anything was lost, closed, not sent or missing. */
#include "sipload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

enum { THREADS_MOST = 64 };

struct load {
    struct thread thread;
    pthread_t id;
    pthread_barrier_t *opened, *begin;
};

void die(const char *what)
{
    fprintf(stderr, "sipload: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(2);
}

static _Noreturn void wrong(const char *word)
{
    fprintf(stderr, "sipload: '%s' is not known; see the head of test/tools/sipload/main.c\n",
            word);
    exit(2);
}

enum kind { NUMBER, FLAG, COUNT, SECONDS, TEXT, RATE };

static const struct {
    const char *name;
    enum kind kind;
    size_t at;
} words[] = {
    {"users", NUMBER, offsetof(struct options, users)},
    {"first", NUMBER, offsetof(struct options, first)},
    {"threads", NUMBER, offsetof(struct options, threads)},
    {"lines", NUMBER, offsetof(struct options, lines)},
    {"sources", NUMBER, offsetof(struct options, sources)},
    {"flight", NUMBER, offsetof(struct options, flight)},
    {"expires", NUMBER, offsetof(struct options, expires)},
    {"wrong", NUMBER, offsetof(struct options, wrong)},
    {"broken", NUMBER, offsetof(struct options, broken)},
    {"seed", NUMBER, offsetof(struct options, seed)},
    {"each", FLAG, offsetof(struct options, each)},
    {"silent", FLAG, offsetof(struct options, silent)},
    {"resume", FLAG, offsetof(struct options, resume)},
    {"hold", FLAG, offsetof(struct options, hold)},
    {"count", COUNT, offsetof(struct options, count)},
    {"warm", SECONDS, offsetof(struct options, warm)},
    {"time", SECONDS, offsetof(struct options, time)},
    {"give_up", SECONDS, offsetof(struct options, give_up)},
    {"rate", RATE, offsetof(struct options, rate)},
    {"domain", TEXT, offsetof(struct options, domain)},
    {"realm", TEXT, offsetof(struct options, realm)},
    {"acked", TEXT, offsetof(struct options, acked)},
    {"fetch", TEXT, offsetof(struct options, fetch)},
    {"ca", TEXT, offsetof(struct options, ca)},
    {"cert", TEXT, offsetof(struct options, cert)},
    {"key", TEXT, offsetof(struct options, key)},
};

static void set(void *at, enum kind kind, const char *value)
{
    char *end = NULL;
    double n = strtod(value, &end);
    if (kind != TEXT && (end == value || *end || n < 0)) {
        wrong(value);
    }
    switch (kind) {
    case NUMBER:
        *(unsigned *)at = (unsigned)n;
        break;
    case FLAG:
        *(bool *)at = n > 0;
        break;
    case COUNT:
        *(uint64_t *)at = (uint64_t)n;
        break;
    case SECONDS:
        *(uint64_t *)at = (uint64_t)(n * 1e9);
        break;
    case RATE:
        *(double *)at = n;
        break;
    case TEXT:
        *(const char **)at = value;
        break;
    }
}

static void set_to(struct options *o, const char *value)
{
    struct str rest = str_z(value);
    char host[64];
    uint64_t port = 0;
    struct str address = str_cut(&rest, ':');
    snprintf(host, sizeof host, "%.*s", STR_ARG(address));
    o->to.sin_family = AF_INET;
    if (inet_pton(AF_INET, host, &o->to.sin_addr) != 1 || !str_u64(rest, &port) || port > 65535) {
        wrong(value);
    }
    o->to.sin_port = htons((uint16_t)port);
}

static void set_via(struct options *o, const char *value)
{
    static const char *const vias[] = {"udp", "tcp", "tls"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(value, vias[i]) == 0) {
            o->via = (enum via)i;
            return;
        }
    }
    wrong(value);
}

static void set_watch(struct options *o, const char *value)
{
    struct str rest = str_z(value);
    for (uint64_t pid; rest.len && o->n_watch < WATCHED;) {
        if (!str_u64(str_cut(&rest, ','), &pid)) {
            wrong(value);
        }
        o->watch[o->n_watch++] = (pid_t)pid;
    }
}

static void set_word(struct options *o, char *word)
{
    char *value = strchr(word, '=');
    if (!value) {
        wrong(word);
    }
    *value++ = '\0';
    if (strcmp(word, "to") == 0) {
        set_to(o, value);
    } else if (strcmp(word, "via") == 0) {
        set_via(o, value);
    } else if (strcmp(word, "watch") == 0) {
        set_watch(o, value);
    } else if (strcmp(word, "tls") == 0) {
        o->tls = strcmp(value, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    } else {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (strcmp(word, words[i].name) == 0) {
                set((char *)o + words[i].at, words[i].kind, value);
                return;
            }
        }
        wrong(word);
    }
}

/* What is for all together becomes what is for each thread. */
static void share_out(struct options *o)
{
    if (o->threads == 0 || o->threads > THREADS_MOST || o->users < o->threads || o->flight == 0 ||
        (!o->count && !o->time && !(o->silent && !o->each))) {
        errno = 0;
        die("threads, users, flight, and count or time must be given");
    }
    if (o->lines == 0) {
        o->lines = o->via == VIA_UDP ? 4 * o->threads : o->each ? o->flight : o->users;
    }
    o->once = !o->each;
    o->lines = (o->lines + o->threads - 1) / o->threads;
    o->flight = (o->flight + o->threads - 1) / o->threads;
    o->count = (o->count + o->threads - 1) / o->threads;
    o->rate /= o->threads;
    if (o->silent && !o->each) {
        o->count = 0;
        o->time = 0;
    }
}

static void *run(void *ctx)
{
    struct load *l = ctx;
    struct thread *t = &l->thread;
    const struct options *o = t->o;
    thread_open(t);
    pthread_barrier_wait(l->opened);
    pthread_barrier_wait(l->begin);
    t->start = now_ns();
    t->count_from = t->start + o->warm;
    t->stop = o->time || !o->count ? t->count_from + o->time : UINT64_MAX;
    thread_talk(t);
    return NULL;
}

static void pause_for(uint64_t ns)
{
    struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

/* The clocks around what counts: the opening of connections where nothing is said on them, else what follows. */
static void measure(const struct options *o, struct load *load, struct figures *all,
                    struct clocks *from, struct clocks *to)
{
    pthread_barrier_t opened;
    pthread_barrier_t begin;
    pthread_barrier_init(&opened, NULL, o->threads + 1);
    pthread_barrier_init(&begin, NULL, o->threads + 1);
    clocks_read(o, from);
    for (unsigned i = 0; i < o->threads; i++) {
        load[i].opened = &opened;
        load[i].begin = &begin;
        if (pthread_create(&load[i].id, NULL, run, &load[i]) != 0) {
            die("thread");
        }
    }
    pthread_barrier_wait(&opened);
    clocks_read(o, to);
    pthread_barrier_wait(&begin);
    if (!o->silent || o->each) {
        pause_for(o->warm);
        clocks_read(o, from);
        pause_for(o->time);
        clocks_read(o, to);
    }
    for (unsigned i = 0; i < o->threads; i++) {
        pthread_join(load[i].id, NULL);
        figures_join(all, &load[i].thread.f);
    }
    if (o->count && !o->time) {
        clocks_read(o, to);
    }
}

static void wait_for_end(void)
{
    char c;
    while (read(STDIN_FILENO, &c, 1) > 0) {
    }
}

static int load_run(const struct options *o)
{
    struct load *load = calloc(o->threads, sizeof *load);
    struct figures *all = calloc(1, sizeof *all);
    FILE *acked = o->acked ? fopen(o->acked, "a") : NULL;
    if (!load || !all || (o->acked && !acked)) {
        die(o->acked ? o->acked : "memory");
    }
    unsigned when = (unsigned)time(NULL);
    for (unsigned i = 0; i < o->threads; i++) {
        load[i].thread = (struct thread){.o = o, .number = i, .acked = acked};
        writer_init(&load[i].thread.w, o, when);
    }
    struct clocks from;
    struct clocks to;
    measure(o, load, all, &from, &to);
    figures_print(stdout, o, all, &from, &to);
    if (o->hold) {
        wait_for_end();
    }
    for (unsigned i = 0; i < o->threads; i++) {
        thread_close(&load[i].thread);
    }
    int code = all->lost || all->closed || all->unsent || all->failed || all->missing ||
               (o->fetch && all->done < o->n_held);
    if (acked) {
        fclose(acked);
    }
    free(load);
    free(all);
    return code;
}

int main(int argc, char **argv)
{
    static struct options o = {.users = 1000,
                               .threads = 1,
                               .flight = 100,
                               .expires = 3600,
                               .give_up = 32000000000,
                               .domain = "example.com",
                               .realm = "example.com"};
    bool list = argc > 1 && strcmp(argv[1], "list") == 0;
    for (int i = list ? 2 : 1; i < argc; i++) {
        set_word(&o, argv[i]);
    }
    if (list) {
        users_print(&o);
        return 0;
    }
    if (o.to.sin_port == 0) {
        wrong("to=");
    }
    signal(SIGPIPE, SIG_IGN);
    if (o.fetch) {
        fetch_read(&o);
    }
    share_out(&o);
    int code = load_run(&o);
    free(o.held);
    return code;
}
