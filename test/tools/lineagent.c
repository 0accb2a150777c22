/* lineagent udp|tcp SERVERS [NAME=VALUE...]: one line of a phone (flow/agent) over a real socket, user 1001, password "secret",
 * domain example.com. Prints a line for each thing that came of it: "registered 120", "waiting 403", "stopped", "notify EVENT",
 * "ringing". NAMEs: retry, long, timer-f (ms), expires, seconds (until it ends: 20), lines (ends after so many), codes, backup. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flow/agent/agent.h"
#include "io/tls/crypto.h"

struct line {
    struct agent a;
    struct agent_cfg cfg;
    struct agent_line who;
    int fd; /* -1: none */
    usec_t seconds;
    unsigned lines, told;
};

static usec_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

static struct sockaddr_in to_system(struct endpoint e)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e.port)};
    memcpy(&in.sin_addr, e.ip.b, 4);
    return in;
}

static void end(struct line *l)
{
    if (l->fd >= 0) {
        close(l->fd);
    }
    l->fd = -1;
}

static void open_to(struct line *l, const struct agent_action *x)
{
    struct sockaddr_in at = to_system(x->peer), own = {.sin_family = AF_INET};
    socklen_t len = sizeof own;
    bool udp = x->transport == SELECT_UDP;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&own, sizeof own) != 0 ||
        (!udp && connect(l->fd, (struct sockaddr *)&at, sizeof at) != 0) ||
        getsockname(l->fd, (struct sockaddr *)&own, &len) != 0) {
        end(l);
        agent_on_closed(&l->a, now());
        return;
    }
    struct endpoint local = {addr_of(&own.sin_addr, 4), ntohs(own.sin_port)};
    agent_on_open(&l->a, local, now());
}

static void say(struct line *l, const char *what, long long number)
{
    printf(number ? "%s %lld\n" : "%s\n", what, number);
    fflush(stdout);
    l->told++;
}

static void tell_state(struct line *l, const struct agent_action *x)
{
    static const char *const why[] = {"", "", " silence", " broken", " names", ""};
    char text[40];
    if (x->state == AGENT_REGISTERED) {
        say(l, "registered", l->a.granted);
    } else if (x->state == AGENT_WAITING || x->state == AGENT_STOPPED) {
        snprintf(text, sizeof text, "%s%s", x->state == AGENT_WAITING ? "waiting" : "stopped",
                 why[x->why]);
        say(l, text, x->status);
    }
}

static void drain(struct line *l)
{
    static const char *const call[] = {"ringing", "talking", "held", "ended"};
    struct agent_action x;
    struct sockaddr_in to;
    while (agent_next(&l->a, &x)) {
        switch (x.what) {
        case AGENT_ASK:
            agent_on_answer(&l->a, SELECT_REFUSED, str_of(NULL, 0), now());
            break;
        case AGENT_OPEN:
            open_to(l, &x);
            break;
        case AGENT_SEND:
            to = to_system(x.peer);
            (void)!sendto(l->fd, x.text.p, x.text.len, MSG_NOSIGNAL,
                          x.transport == SELECT_UDP ? (struct sockaddr *)&to : NULL,
                          x.transport == SELECT_UDP ? sizeof to : 0);
            break;
        case AGENT_CLOSE:
            end(l);
            break;
        case AGENT_STATE:
            tell_state(l, &x);
            break;
        case AGENT_NOTIFY:
            say(l, "notify", 0);
            break;
        case AGENT_CALL:
            say(l, call[x.call], 0);
            if (x.call == AGENT_RINGING) {
                agent_answer(&l->a, (struct endpoint){l->a.local.ip, 16384}, now());
            }
            break;
        }
    }
}

static void hear(struct line *l)
{
    char text[65536];
    ssize_t n = recv(l->fd, text, sizeof text, 0);
    if (n > 0) {
        agent_on_bytes(&l->a, str_of(text, (size_t)n), now());
    } else if (l->cfg.servers.transport != SELECT_UDP && (n == 0 || errno != EINTR)) {
        end(l);
        agent_on_closed(&l->a, now());
    }
}

static void run(struct line *l)
{
    usec_t stop = now() + l->seconds * USEC_S;
    agent_start(&l->a, now());
    drain(l);
    while (now() < stop && (l->lines == 0 || l->told < l->lines)) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        usec_t due = agent_deadline(&l->a);
        due = due == USEC_NONE || due > stop ? stop : due;
        usec_t wait = due > now() ? (due - now()) / 1000 + 1 : 0;
        if (poll(&p, l->fd >= 0 ? 1 : 0, (int)wait) > 0) {
            hear(l);
        }
        agent_on_time(&l->a, now());
        drain(l);
    }
}

static void set(struct line *l, const char *word)
{
    const char *value = strchr(word, '=');
    struct str name = str_head(str_z(word), value ? (size_t)(value - word) : 0);
    value = value ? value + 1 : "";
    uint32_t n = (uint32_t)strtoul(value, NULL, 10);
    const struct {
        const char *name;
        uint32_t *to;
    } numbers[] = {{"retry", &l->cfg.retry},
                   {"long", &l->cfg.retry_long},
                   {"timer-f", &l->cfg.timer_f_ms},
                   {"expires", &l->cfg.expires},
                   {"lines", &l->lines}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (str_eq(name, str_z(numbers[i].name))) {
            *numbers[i].to = n;
        }
    }
    if (str_eq(name, STR("seconds"))) {
        l->seconds = n;
    } else if (str_eq(name, STR("codes"))) {
        l->cfg.retry_codes = str_z(value);
    } else if (str_eq(name, STR("backup"))) {
        l->cfg.backup_codes = str_z(value);
    }
}

int main(int argc, char **argv)
{
    static struct line l = {.fd = -1, .seconds = 20};
    struct agent_work *work;
    if (argc < 3 || agent_work_new(&work) != ERR_OK) {
        fprintf(stderr, "lineagent udp|tcp SERVERS [NAME=VALUE...]\n");
        return 2;
    }
    agent_cfg_usual(&l.cfg);
    l.cfg.crypto = tls_crypto();
    l.cfg.domain = STR("example.com");
    l.cfg.user_agent = STR("Cisco-CP-8865-3PCC/12.0.2");
    l.cfg.servers.servers = str_z(argv[2]);
    l.cfg.servers.transport = strcmp(argv[1], "tcp") == 0 ? SELECT_TCP : SELECT_UDP;
    l.who = (struct agent_line){.user = STR("1001"),
                                .password = STR("secret"),
                                .mac = {{0, 0, 0x5e, 0, 0x53, 1}},
                                .uuid = {1, 2, 3}};
    for (int i = 3; i < argc; i++) {
        set(&l, argv[i]);
    }
    agent_init(&l.a, &l.cfg, &l.who, work, NULL, (uint64_t)now());
    run(&l);
    agent_clear(&l.a);
    agent_work_free(work);
    end(&l);
    return 0;
}
