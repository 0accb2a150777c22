/* The site: its network, and what holds there. */
#define _GNU_SOURCE /* namespaces, pipe2 */
#include "app/lab/site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "io/link/link.h"

_Static_assert((int)PARTS <= (int)SITE_PARTS, "every part has room");

bool site_has(const struct site *s, const struct fault_step *step)
{
    return s->on && (!step->later || s->later);
}

/* -- texts of a fault */

void site_text(struct sink *out, struct str text)
{
    static const struct str lab = STR_INIT("{lab}");
    size_t at;
    while ((at = str_find(text, lab)) != STR_NPOS) {
        sink_str(out, str_head(text, at));
        sink_z(out, SPACE_FOLDER);
        text = str_from(text, at + lab.len);
    }
    sink_str(out, text);
}

void site_words(struct words *w, const struct fault_step *step, size_t from)
{
    for (size_t i = from; i < step->n; i++) {
        struct buf b = {0};
        struct sink out = buf_sink(&b);
        site_text(&out, step->arg[i]);
        words_add(w, buf_str(&b));
        buf_clear(&b);
    }
}

void site_addresses(const struct site *s, struct str text, struct sink *out)
{
    static const struct {
        struct str from;
        const char *to;
    } nets[] = {{STR_INIT("192.0.2."), "127.0.2."},
                {STR_INIT("198.51.100."), "127.0.100."},
                {STR_INIT("203.0.113."), "127.0.113."}};
    enum { NETS = sizeof nets / sizeof *nets };
    while (text.len) {
        size_t n = 0;
        while (n < NETS && !(s->space.flat && str_starts(text, nets[n].from))) {
            n++;
        }
        if (n < NETS) {
            sink_z(out, nets[n].to);
        } else {
            sink_char(out, text.p[0]);
        }
        text = str_from(text, n < NETS ? nets[n].from.len : 1);
    }
}

/* -- the network */

/* A command that must go well. False after telling. */
static bool must(const struct site *s, const char *host, const struct words *w)
{
    static const char err[] = SPACE_FOLDER "/command.err";
    struct buf said = {0};
    int code = program_run(&s->space, host, w, err, 10 * USEC_S, NULL);
    if (code != 0) {
        (void)file_read(err, &said);
        struct str text = str_trim(buf_str(&said));
        cli_error("%s %s: exit code %d: %.*s", w->argv[0], w->n > 1 ? w->argv[1] : "", code,
                  STR_ARG(text));
    }
    buf_clear(&said);
    return code == 0;
}

static bool batch(const struct site *s, const char *host, const char *lines)
{
    struct words w = {.n = 0};
    static const char path[] = SPACE_FOLDER "/ip.batch";
    words_addz(&w, "ip");
    if (host) {
        words_addz(&w, "-n");
        words_addz(&w, host);
    }
    words_addz(&w, "-batch");
    words_addz(&w, path);
    if (!file_write(path, str_z(lines))) {
        cli_error("%s: %s", path, strerror(errno));
        return false;
    }
    return must(s, NULL, &w);
}

static bool wire(const struct site *s)
{
    return batch(s, NULL,
                 "link add eth0 netns phone address " SITE_MAC
                 " type veth peer name port1 netns site\n"
                 "link add eth0 netns phone2 address " SITE_MAC2
                 " type veth peer name port3 netns site\n"
                 "link add eth0 netns rival type veth peer name port2 netns site\n"
                 "link add wan netns site type veth peer name eth0 netns service\n") &&
           batch(s, "site",
                 "link add lan address 00:00:5e:00:53:01 type bridge\n"
                 "link set port1 master lan up\nlink set port2 master lan up\nlink set port3 "
                 "master lan up\nlink set lan up\nlink set wan up\n"
                 "address add 192.0.2.1/24 dev lan\naddress add 192.0.2.53/24 dev lan\naddress add "
                 "192.0.2.54/24 dev lan\n"
                 "address add 198.51.100.1/24 dev wan\nroute add 203.0.113.0/24 via "
                 "198.51.100.20\n") &&
           batch(s, "service",
                 "link set eth0 up\naddress add 198.51.100.10/24 dev eth0\naddress add "
                 "198.51.100.20/24 dev eth0\n"
                 "address add 198.51.100.31/24 dev eth0\naddress add 198.51.100.32/24 dev "
                 "eth0\naddress add 203.0.113.20/32 dev eth0\n"
                 "route add default via 198.51.100.1\n") &&
           batch(s, "phone", "link set eth0 up\n") && batch(s, "phone2", "link set eth0 up\n") &&
           batch(s, "rival", "link set eth0 up\naddress add 192.0.2.254/24 dev eth0\n");
}

static bool hosts(struct site *s)
{
    static const char *const names[] = {"phone", "phone2", "site", "rival", "service"};
    enum err e = space_open(&s->space);
    for (size_t i = 0; e == ERR_OK && i < sizeof names / sizeof *names; i++) {
        struct words w = {.n = 0};
        e = space_host(&s->space, names[i]);
        words_split(&w, "ip link set lo up");
        if (e == ERR_OK && !must(s, names[i], &w)) {
            return false;
        }
    }
    if (e != ERR_OK) {
        cli_error("no hosts can be made: %s", e == ERR_IO ? strerror(errno) : err_name(e));
    }
    return e == ERR_OK;
}

/* The name servers that a probe finds here are those of the lease. */
static bool resolvers(void)
{
    static const char path[] = SPACE_FOLDER "/resolv.conf";
    bool ok = file_write(path, STR("nameserver 192.0.2.53\nnameserver 192.0.2.54\n")) &&
              chmod(path, 0644) == 0 && mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;
    if (!ok) {
        cli_error("/etc/resolv.conf: %s", strerror(errno));
    }
    return ok;
}

bool site_open(struct site *s)
{
    (void)umask(022);
    ssize_t n = readlink("/proc/self/exe", s->self, sizeof s->self - 1);
    if (n <= 0) {
        cli_error("/proc/self/exe: %s", strerror(errno));
        return false;
    }
    s->self[n] = 0;
    return s->space.flat ? space_open(&s->space) == ERR_OK : hosts(s) && wire(s) && resolvers();
}

void site_close(struct site *s)
{
    site_capture_end(s);
    for (size_t i = 0; i < s->n_extra; i++) {
        server_stop(&s->extra[i]);
    }
    for (int p = 0; p < PARTS; p++) {
        server_stop(&s->part[p].server);
        buf_clear(&s->part[p].text);
    }
    buf_clear(&s->filters);
    space_close(&s->space);
}

/* -- what holds */

static void part_path(enum site_part p, char path[PROGRAM_PATH])
{
    (void)snprintf(path, PROGRAM_PATH, SPACE_FOLDER "/%s.conf", part_name(p));
}

static bool part_start(struct site *s, enum site_part p)
{
    char path[PROGRAM_PATH];
    struct words w = {.n = 0};
    part_path(p, path);
    if (!file_write(path, buf_str(&s->part[p].text))) {
        cli_error("%s: %s", path, strerror(errno));
        return false;
    }
    part_words(s, p, path, &w);
    return server_start(&s->part[p].server, &s->space, part_host(p), part_name(p), &w,
                        part_ready(p));
}

/* Ends what runs with another configuration. */
static bool part_end(struct site *s, enum site_part p)
{
    struct buf text = {0}, usual = {0};
    struct sink out = buf_sink(&text), first = buf_sink(&usual);
    /* Without a network of its own nobody can give leases. */
    if (!s->space.flat || (p != PART_DHCP && p != PART_RIVAL)) {
        part_text(s, p, &first);
    }
    site_addresses(s, buf_str(&usual), &out);
    buf_clear(&usual);
    out.err = first.err != ERR_OK ? first.err : out.err;
    if (out.err != ERR_OK) {
        cli_error("no memory");
        buf_clear(&text);
        return false;
    }
    if (str_eq(buf_str(&text), buf_str(&s->part[p].text)) &&
        (text.len == 0 || s->part[p].server.pid)) {
        buf_clear(&text);
        return true;
    }
    server_stop(&s->part[p].server);
    buf_clear(&s->part[p].text);
    s->part[p].text = text;
    return true;
}

static bool filter(struct site *s)
{
    if (s->space.flat) {
        return true;
    }
    static const char path[] = SPACE_FOLDER "/filters.nft";
    struct buf text = {0};
    struct sink out = buf_sink(&text);
    struct words w = {.n = 0};
    part_filters(s, &out);
    bool same = str_eq(buf_str(&text), buf_str(&s->filters));
    buf_clear(&s->filters);
    s->filters = text;
    words_split(&w, "nft -f");
    words_addz(&w, path);
    return same || (file_write(path, buf_str(&s->filters)) && must(s, "site", &w));
}

static struct server *extra(struct site *s)
{
    if (s->n_extra == SITE_SERVERS) {
        cli_error("a fault starts more than %d servers", SITE_SERVERS);
        return NULL;
    }
    return &s->extra[s->n_extra];
}

/* A second phone, as the first one but for its MAC address; it is waited for until it is registered. */
static bool phone2(struct site *s, const struct fault_step *step)
{
    struct words w = {.n = 0};
    struct server *at = extra(s);
    words_addz(&w, s->self);
    words_split(&w, "phone --interface eth0 --mac " SITE_MAC2 " --model " SITE_MODEL
                    " --activation activate.example.com --ca " SPACE_FOLDER
                    "/ca/ca.crt --cert " SPACE_FOLDER "/phone2.crt --key " SPACE_FOLDER
                    "/phone2.key -o jsonl --folder " SPACE_FOLDER "/phone2");
    site_words(&w, step, 0);
    bool ok = at && server_start(at, &s->space, "phone2", "phone2", &w, SITE_REGISTERED);
    s->n_extra += ok;
    return ok;
}

/* Steps that are programs' words: ip, files, servers of the fault's own. */
static bool step_on(struct site *s, const struct fault_step *step)
{
    struct words w = {.n = 0};
    struct buf text = {0}, plain = {0};
    struct sink out = buf_sink(&text), first = buf_sink(&plain);
    char path[PROGRAM_PATH];
    bool ok = true;
    if (step->word == WORD_PHONE2) {
        ok = phone2(s, step);
    } else if (step->word == WORD_FILE) {
        site_text(&out, step->text);
        (void)snprintf(path, sizeof path, SPACE_FOLDER "/%.*s", STR_ARG(step->arg[0]));
        ok = file_write(path, buf_str(&text)) && chmod(path, 0644) == 0;
        if (!ok) {
            cli_error("%s: %s", path, strerror(errno));
        }
    } else if (step->word == WORD_IP || step->word == WORD_SERVER) {
        char host[SPACE_NAME], name[PROGRAM_NAME], ready[PROGRAM_PATH];
        bool ip = step->word == WORD_IP;
        (void)snprintf(host, sizeof host, "%.*s", STR_ARG(step->arg[ip ? 0 : 1]));
        site_addresses(s, step->arg[ip ? (s->on ? 1 : 2) : 3], &first);
        site_text(&out, buf_str(&plain));
        sink_char(&out, '\0');
        if (ip) {
            words_split(&w, "ip");
        }
        words_split(&w, text.p ? text.p : "");
        if (ip) {
            ok = must(s, host, &w);
        } else {
            struct server *at = extra(s);
            (void)snprintf(name, sizeof name, "%.*s", STR_ARG(step->arg[0]));
            (void)snprintf(ready, sizeof ready, "%.*s", STR_ARG(step->arg[2]));
            ok = at && server_start(at, &s->space, host, name, &w, ready);
            s->n_extra += ok;
        }
    }
    buf_clear(&plain);
    buf_clear(&text);
    return ok;
}

/* `later` only: those behind the word; `last`: a second phone, which needs the site as it is to be. Repairs undo what `ip` did, and end the fault's own servers. */
static bool steps(struct site *s, bool later, bool last)
{
    bool ok = true;
    for (size_t i = 0; ok && s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        bool mine = s->on ? step->later == later : step->word == WORD_IP;
        ok = !mine || (step->word == WORD_PHONE2) != last || step_on(s, step);
    }
    return ok;
}

static bool settle_parts(struct site *s)
{
    for (int p = 0; p < PARTS; p++) {
        if (!part_end(s, (enum site_part)p)) {
            return false;
        }
    }
    for (int p = 0; p < PARTS; p++) {
        if (s->part[p].text.len && !s->part[p].server.pid && !part_start(s, (enum site_part)p)) {
            return false;
        }
    }
    return true;
}

bool site_settle(struct site *s)
{
    if (!s->on) {
        while (s->n_extra) {
            server_stop(&s->extra[--s->n_extra]);
        }
    }
    bool ok = certificates_make(s) && filter(s) && (!s->on || steps(s, s->later, false)) &&
              settle_parts(s);
    ok = ok && (s->hub.token[0] || hub_set_up(s));
    if (ok && s->fault) {
        ok = s->on ? hub_steps(s, WORD_API) && steps(s, s->later, true)
                   : steps(s, false, false) && hub_steps(s, WORD_MEND);
    }
    return ok;
}

/* -- the capture */

/* In a process of its own, at the phone. */
static int capture(void *ctx)
{
    const char *path = ctx;
    struct link l;
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    enum err e = fd >= 0 ? link_find("eth0", &l) : ERR_IO;
    e = e == ERR_OK ? link_capture(&l, fd) : e;
    cli_error("the capture: %s", e == ERR_IO ? strerror(errno) : err_name(e));
    return CLI_UNFINISHED;
}

bool site_capture(struct site *s, const char *path)
{
    static const char magic[] = "\xd4\xc3\xb2\xa1", magic_big[] = "\xa1\xb2\xc3\xd4";
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    s->capture = (struct server){.name = "capture"};
    (void)snprintf(s->capture.log, sizeof s->capture.log, "%s", path);
    if (!file_write(path, STR("")) ||
        space_call(&s->space, "phone", capture, s->capture.log, &s->capture.pid) != ERR_OK) {
        cli_error("%s: %s", path, strerror(errno));
        return false;
    }
    return server_awaits(&s->capture, path, little ? magic : magic_big, 5 * USEC_S);
}

/* A datagram to everybody, sent after all else, to be found at the end of the capture. */
static void mark(const struct site *s, const char *text)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    to.sin_addr.s_addr = htonl(0xe0000001);
    if (space_enter(&s->space, "phone") == ERR_OK) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        (void)sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&to, sizeof to);
        (void)close(fd);
    }
    space_leave(&s->space);
}

void site_capture_end(struct site *s)
{
    static const char text[] = "the capture ends here";
    if (s->capture.pid == 0) {
        return;
    }
    (void)site_address(s);
    mark(s, text);
    (void)server_awaits(&s->capture, s->capture.log, text, 2 * USEC_S);
    server_end(&s->capture, SIGTERM);
}

bool site_address(struct site *s)
{
    return batch(s, "phone",
                 "address replace " SITE_PHONE
                 "/24 dev eth0\nroute replace default via 192.0.2.1\n");
}
