/* HTTP clients by the dozen, as a load: every one asks again as soon as it has its answer.
 *
 *     webload to=ADDRESS:PORT path=/NAME [tls=1.2|1.3] [cert=FILE key=FILE] [new=1] [clients=N] [warm=S] [time=S]
 *             [idle=N] [watch=PID,...]
 *
 * "new": a connection for each request, nothing resumed; else they are kept. "idle": so many more connections that ask once, whatever the
 * answer, and say nothing then. Prints one
 * line of JSON: fetches and failures within `time`, bytes of an answer's body, the rate, microseconds from asking to having it (median, 99 of
 * 100, the longest), and by the CPU clocks of the watched processes and of this one the microseconds that each fetch took there. It shares no
 * code with the server. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 1 << 20, SAMPLES = 1 << 20, PIDS = 16, EVENTS = 64 };

struct client {
    int fd;
    SSL *ssl;
    bool shaken, asked;
    bool idle;     /* any answer is good */
    bool last;     /* the server ends the connection behind this answer */
    size_t len;    /* bytes of the answer so far */
    size_t wanted; /* all of it; 0: its head is not all there */
    size_t head;
    uint64_t since; /* nanoseconds */
    char text[1024];
};

static struct {
    struct sockaddr_in to;
    const char *path, *tls, *cert, *key;
    bool fresh;
    unsigned clients, idle;
    double warm, seconds;
    pid_t pid[PIDS];
    size_t pids;
} wish = {.path = "/", .clients = 16, .warm = 0.5, .seconds = 3};

static SSL_CTX *ctx;
static int poll_fd;
static char request[512];
static char room[ANSWER];
static bool counting;
static uint64_t fetches, failures, body_bytes;
static uint32_t *samples;
static size_t n_samples;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "webload: %s: %s\n", what, errno ? strerror(errno) : "");
    exit(1);
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;
    if (clock_gettime(id, &t) != 0) {
        die("a clock");
    }
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Nanoseconds of CPU that the watched processes took. */
static uint64_t watched(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < wish.pids; i++) {
        clockid_t id;
        if (clock_getcpuclockid(wish.pid[i], &id) != 0) {
            die("a watched process");
        }
        sum += clock_ns(id);
    }
    return sum;
}

/* -- One client */

static void watch(struct client *c, int op, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = c};
    if (epoll_ctl(poll_fd, op, c->fd, &e) != 0) {
        die("epoll");
    }
}

static void begin(struct client *c)
{
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    if (c->fd < 0 || setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (connect(c->fd, (struct sockaddr *)&wish.to, sizeof wish.to) != 0 &&
         errno != EINPROGRESS)) {
        die("connect");
    }
    c->shaken = !ctx;
    c->asked = false;
    c->since = clock_ns(CLOCK_MONOTONIC);
    if (ctx) {
        c->ssl = SSL_new(ctx);
        if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1) {
            die("TLS");
        }
        SSL_set_connect_state(c->ssl);
    }
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void end(struct client *c)
{
    if (c->ssl) {
        SSL_set_quiet_shutdown(c->ssl, 1);
        SSL_free(c->ssl);
        c->ssl = NULL;
    }
    /* No port waits for late packets: there would be none left. */
    struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(c->fd);
}

static void failed(struct client *c)
{
    failures += counting;
    end(c);
    begin(c);
}

static bool ask(struct client *c)
{
    size_t len = strlen(request);
    size_t n = 0;
    c->len = c->wanted = c->head = 0;
    if (!wish.fresh) {
        c->since = clock_ns(CLOCK_MONOTONIC);
    }
    if (c->ssl) {
        return SSL_write_ex(c->ssl, request, len, &n) == 1 && n == len;
    }
    return send(c->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Whether its handshake is done; false with *ret_broken where it never will be. */
static bool shake(struct client *c, bool *ret_broken)
{
    *ret_broken = false;
    if (c->shaken) {
        return true;
    }
    int rc = SSL_do_handshake(c->ssl);
    if (rc == 1) {
        c->shaken = true;
        return true;
    }
    int why = SSL_get_error(c->ssl, rc);
    *ret_broken = why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
    watch(c, EPOLL_CTL_MOD, why == SSL_ERROR_WANT_WRITE ? EPOLLOUT : EPOLLIN);
    return false;
}

/* The head's length and what it says of the body. False: not an answer of 200. */
static bool head_read(struct client *c)
{
    c->text[c->len < sizeof c->text ? c->len : sizeof c->text - 1] = '\0';
    const char *blank = strstr(c->text, "\r\n\r\n");
    const char *length = strstr(c->text, "\r\nContent-Length: ");
    if (!blank) {
        return c->len < sizeof c->text;
    }
    bool good = c->idle || strncmp(c->text, "HTTP/1.1 200 ", 13) == 0;
    if (!good || !length || length > blank) {
        return false;
    }
    const char *close = strstr(c->text, "\r\nConnection: close\r\n");
    c->last = close && close < blank;
    c->head = (size_t)(blank - c->text) + 4;
    c->wanted = c->head + strtoul(length + 18, NULL, 10);
    return true;
}

static bool take(struct client *c, const char *bytes, size_t n)
{
    if (c->wanted == 0 && c->len < sizeof c->text - 1) {
        size_t space = sizeof c->text - 1 - c->len;
        memcpy(c->text + c->len, bytes, n < space ? n : space);
        c->len += n;
        return head_read(c);
    }
    c->len += n;
    return true;
}

static void fetched(struct client *c)
{
    if (counting) {
        uint64_t us = (clock_ns(CLOCK_MONOTONIC) - c->since) / 1000;
        fetches++;
        body_bytes = c->wanted - c->head;
        if (n_samples < SAMPLES) {
            samples[n_samples++] = (uint32_t)us;
        }
    }
}

/* Bytes, 0: none now, -1: broken. */
static ssize_t receive(struct client *c)
{
    if (!c->ssl) {
        ssize_t n = recv(c->fd, room, sizeof room, 0);
        return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
    }
    size_t n = 0;
    int rc = SSL_read_ex(c->ssl, room, sizeof room, &n);
    return rc == 1 ? (ssize_t)n : SSL_get_error(c->ssl, rc) == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void on_ready(struct client *c)
{
    bool broken;
    if (!shake(c, &broken)) {
        if (broken) {
            failed(c);
        }
        return;
    }
    if (!c->asked) {
        c->asked = true;
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
        if (!ask(c)) {
            failed(c);
        }
        return;
    }
    for (ssize_t n; (n = receive(c)) != 0;) {
        if (n < 0 || !take(c, room, (size_t)n)) {
            failed(c);
            return;
        }
        if (c->wanted && c->len >= c->wanted) {
            fetched(c);
            if (wish.fresh || c->last) {
                end(c);
                begin(c);
            } else if (!ask(c)) {
                failed(c);
            }
            return;
        }
    }
}

/* -- All of them */

static void run_until(uint64_t when)
{
    struct epoll_event events[EVENTS];
    while (clock_ns(CLOCK_MONOTONIC) < when) {
        int n = epoll_wait(poll_fd, events, EVENTS, 100);
        for (int i = 0; i < n; i++) {
            on_ready(events[i].data.ptr);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x;
    uint32_t y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

static void tell(double seconds, uint64_t theirs, uint64_t own)
{
    qsort(samples, n_samples, sizeof *samples, by_size);
    double n = fetches ? (double)fetches : 1;
    printf("{\"fetches\":%llu,\"failed\":%llu,\"bytes\":%llu,\"rate\":%.0f,\"median_us\":%u,\"p99_"
           "us\":%u,"
           "\"most_us\":%u,\"watched_us\":%.2f,\"own_us\":%.2f}\n",
           (unsigned long long)fetches, (unsigned long long)failures,
           (unsigned long long)body_bytes, (double)fetches / seconds,
           n_samples ? samples[n_samples / 2] : 0, n_samples ? samples[n_samples * 99 / 100] : 0,
           n_samples ? samples[n_samples - 1] : 0, (double)theirs / 1e3 / n, (double)own / 1e3 / n);
}

static void tls_prepare(void)
{
    int version = strcmp(wish.tls, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx) {
        die("TLS");
    }
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    if (wish.cert && (SSL_CTX_use_certificate_chain_file(ctx, wish.cert) != 1 ||
                      SSL_CTX_use_PrivateKey_file(ctx, wish.key, SSL_FILETYPE_PEM) != 1)) {
        die("certificate and key");
    }
}

static void read_pids(char *list)
{
    for (char *p = strtok(list, ","); p && wish.pids < PIDS; p = strtok(NULL, ",")) {
        wish.pid[wish.pids++] = (pid_t)strtol(p, NULL, 10);
    }
}

static void read_option(char *text)
{
    char *value = strchr(text, '=');
    if (!value) {
        die(text);
    }
    *value++ = '\0';
    if (strcmp(text, "to") == 0) {
        char *colon = strrchr(value, ':');
        *(colon ? colon : value) = '\0';
        wish.to = (struct sockaddr_in){
            .sin_family = AF_INET,
            .sin_port = htons((uint16_t)strtoul(colon ? colon + 1 : "0", NULL, 10))};
        if (inet_pton(AF_INET, value, &wish.to.sin_addr) != 1) {
            die("to=");
        }
    } else if (strcmp(text, "watch") == 0) {
        read_pids(value);
    } else if (strcmp(text, "warm") == 0 || strcmp(text, "time") == 0) {
        *(text[0] == 'w' ? &wish.warm : &wish.seconds) = strtod(value, NULL);
    } else if (strcmp(text, "clients") == 0 || strcmp(text, "idle") == 0) {
        *(text[0] == 'c' ? &wish.clients : &wish.idle) = (unsigned)strtoul(value, NULL, 10);
    } else if (strcmp(text, "new") == 0) {
        wish.fresh = strcmp(value, "0") != 0;
    } else {
        const char **at = strcmp(text, "path") == 0   ? &wish.path
                          : strcmp(text, "tls") == 0  ? &wish.tls
                          : strcmp(text, "cert") == 0 ? &wish.cert
                          : strcmp(text, "key") == 0  ? &wish.key
                                                      : NULL;
        if (!at) {
            die(text);
        }
        *at = value;
    }
}

/* Asks once and reads the answer. */
static void idle_one(struct client *c)
{
    bool broken = false;
    c->idle = true;
    begin(c);
    while (!broken && (c->wanted == 0 || c->len < c->wanted)) {
        struct epoll_event e;
        if (epoll_wait(poll_fd, &e, 1, 10000) != 1) {
            break;
        }
        if (!shake(c, &broken)) {
            continue;
        }
        if (!c->asked) {
            c->asked = true;
            watch(c, EPOLL_CTL_MOD, EPOLLIN);
            broken = !ask(c);
            continue;
        }
        ssize_t n = receive(c);
        broken = n < 0 || (n > 0 && !take(c, room, (size_t)n));
    }
    if (broken || c->wanted == 0 || c->len < c->wanted) {
        die("an idle connection");
    }
    watch(c, EPOLL_CTL_DEL, 0);
}

static struct client *idle_come(void)
{
    struct client *idle = calloc(wish.idle + 1, sizeof *idle);
    for (unsigned i = 0; idle && i < wish.idle; i++) {
        idle_one(&idle[i]);
    }
    return idle;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++) {
        read_option(argv[i]);
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct client *clients = calloc(wish.clients, sizeof *clients);
    samples = calloc(SAMPLES, sizeof *samples);
    if (poll_fd < 0 || !clients || !samples) {
        die("memory");
    }
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: prov.example.com\r\n"
             "User-Agent: Cisco-CP-8865-3PCC/12.0.3 (00:00:5e:00:53:01)\r\nAccept: */*\r\n%s\r\n",
             wish.path, wish.fresh ? "Connection: close\r\n" : "");
    if (wish.tls) {
        tls_prepare();
    }
    struct client *idle = idle_come();
    for (unsigned i = 0; i < wish.clients; i++) {
        begin(&clients[i]);
    }
    uint64_t start = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(wish.warm * 1e9);
    run_until(start);
    uint64_t theirs = watched();
    uint64_t own = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    counting = true;
    run_until(start + (uint64_t)(wish.seconds * 1e9));
    counting = false;
    tell(wish.seconds, watched() - theirs, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - own);
    for (unsigned i = 0; i < wish.clients; i++) {
        end(&clients[i]);
    }
    for (unsigned i = 0; i < wish.idle; i++) {
        end(&idle[i]);
    }
    free(idle);
    free(clients);
    free(samples);
    SSL_CTX_free(ctx);
    return 0;
}
